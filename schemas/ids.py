"""Ids: what an id may look like, and what no pseudonym may look like (CONTRACT.md §2)."""

import re
from typing import Final

__all__ = [
    "A_NUMBER",
    "EVENT_ID_PATTERN",
    "ID_PATTERN",
    "PSEUDONYM_PATTERN",
    "is_event_id",
    "is_id",
    "is_pseudonym",
    "looks_like_a_number",
    "looks_like_a_written_number",
]

_CHARACTERS: Final = r"[A-Za-z0-9._:-]{1,64}"
ID_PATTERN: Final = rf"^{_CHARACTERS}$"
"""What every id looks like, for JSON Schema."""

PSEUDONYM_PATTERN: Final = rf"^(?![Aa]?[- ]?[0-9]{{7,9}}$){_CHARACTERS}$"
"""What the id of a case, an officer, a check-in, a hearing, an office or a feed looks like: it is no A-number."""

EVENT_ID_PATTERN: Final = rf"^(?!(?:[Aa][- ]?|[- ])[0-9]{{7,9}}$){_CHARACTERS}$"
"""What the id of an event looks like: it is no A-number with its A or a hyphen; many feeds number their events."""

A_NUMBER: Final = re.compile(r"A?[- ]?\d{7,9}", re.IGNORECASE | re.ASCII)
"""The shape of an Alien Registration Number."""

_WRITTEN_A_NUMBER: Final = re.compile(r"(?:A[- ]?|[- ])\d{7,9}", re.IGNORECASE | re.ASCII)

_ID: Final = re.compile(_CHARACTERS, re.ASCII)


def is_id(text: str) -> bool:
    """Whether a text has the length and the characters of an id."""
    return _ID.fullmatch(text) is not None


def is_pseudonym(text: str) -> bool:
    """Whether a text can be the id of a case, an officer, a check-in, a hearing, an office or a feed."""
    return is_id(text) and not looks_like_a_number(text)


def is_event_id(text: str) -> bool:
    """Whether a text can be the id of an event.

    Digits alone may be one, though an A-number may be written so: a feed that numbers its events from 1 would otherwise
    be refused from the millionth on, and the number of a person cannot be the id of each of their events.
    """
    return is_id(text) and not looks_like_a_written_number(text)


def looks_like_a_number(text: str) -> bool:
    """Whether the whole text has the shape of an A-number, in either case, with or without its A."""
    return A_NUMBER.fullmatch(text) is not None


def looks_like_a_written_number(text: str) -> bool:
    """Whether the whole text has the shape of an A-number with its A, a hyphen or a space, so that it is no counter."""
    return _WRITTEN_A_NUMBER.fullmatch(text) is not None
