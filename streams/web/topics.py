"""Which topics the console reads: what it must be allowed to, and nothing else."""

from typing import Final

from schemas.topics import input_topics

__all__ = ["BOARD_TOPICS", "READ_TOPICS"]

BOARD_TOPICS: Final = (
    "lost-track-alerts",
    "restricted-alerts",
    "officer-load",
    "office-partials",
    "officer-alerts",
    "dead-letters",
)
"""What is followed from the beginning, without prefix."""

READ_TOPICS: Final = (*BOARD_TOPICS, "load-partials", "case-state", "audit", *(each.short for each in input_topics()))
"""All of it: clocks and cases too, and of the feeds how far they are."""
