"""Shared parts of the generated checks of the hot path: the known sources, and the errors."""

from typing import Final

from schemas.ids import is_pseudonym

__all__ = ["SOURCES", "UnsoundError", "learn"]

_SOURCES_KEPT: Final = 1_024

SOURCES: Final[set[str]] = set()
"""Sources that were found right; a log has few, and each event names one."""


class UnsoundError(ValueError):
    """The struct has the right shape, but something in it is not right."""


def learn(source: str) -> None:
    """Add a source to the known ones.

    Raises:
        UnsoundError: It is no id, or has the shape of an A-number.
    """
    if not is_pseudonym(source):
        raise UnsoundError
    if len(SOURCES) >= _SOURCES_KEPT:
        SOURCES.clear()
    SOURCES.add(source)
