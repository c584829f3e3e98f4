"""The views of the console, as its navigation names them, and those that a user may open."""

from typing import Final

from streams.http_paths import CONSOLE_PATHS, find_path
from streams.web.identity import Identity

__all__ = ["VIEWS", "may_open", "views_of"]

VIEWS: Final = (
    ("/", "Overview"),
    ("/lost-track", "Lost track"),
    ("/due-soon", "Due soon"),
    ("/officers", "Officers"),
    ("/offices", "Offices"),
    ("/report", "Report"),
    ("/feeds", "Feeds"),
    ("/policy", "Policy"),
)
"""Path and name of each, in order."""


def may_open(identity: Identity, path: str) -> bool:
    """Whether a user may open a page."""
    entry = find_path(CONSOLE_PATHS, path)
    return entry is not None and entry.role is not None and identity.may(entry.role)


def views_of(identity: Identity) -> list[tuple[str, str]]:
    """Path and name of the views that a user may open."""
    return [(path, name) for path, name in VIEWS if may_open(identity, path)]
