"""The topics that the console reads; it needs no other read permission."""

from typing import Final

from schemas.topics import input_topics

__all__ = ["FOLLOWED_TOPICS", "READ_TOPICS"]

FOLLOWED_TOPICS: Final = (
    "lost-track-alerts",
    "restricted-alerts",
    "officer-load",
    "office-partials",
    "officer-alerts",
    "dead-letters",
)
"""Topics that are read from the beginning into tables, without prefix."""

READ_TOPICS: Final = (
    *FOLLOWED_TOPICS,
    "load-partials",
    "case-state",
    "audit",
    *(each.short for each in input_topics()),
)
"""All topics: also those of clocks, of cases, and of the feeds."""
