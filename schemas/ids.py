"""Ids: what an id may look like, and what no pseudonym may look like (contract §2)."""

import re
from typing import Final

__all__ = ["A_NUMBER", "ID_PATTERN", "PSEUDONYM_PATTERN", "is_id", "is_pseudonym", "looks_like_a_number"]

_CHARACTERS: Final = r"[A-Za-z0-9._:-]{1,64}"
ID_PATTERN: Final = rf"^{_CHARACTERS}$"
"""What every id looks like, for JSON Schema."""

PSEUDONYM_PATTERN: Final = rf"^(?![Aa]?[- ]?[0-9]{{7,9}}$){_CHARACTERS}$"
"""What the id of a case, an officer, a check-in or a hearing looks like: an id that is no A-number, for JSON Schema."""

A_NUMBER: Final = re.compile(r"A?[- ]?\d{7,9}", re.IGNORECASE | re.ASCII)
"""The shape of an Alien Registration Number."""

_ID: Final = re.compile(_CHARACTERS, re.ASCII)


def is_id(text: str) -> bool:
    """Whether a text has the length and the characters of an id."""
    return _ID.fullmatch(text) is not None


def is_pseudonym(text: str) -> bool:
    """Whether a text can be the id of a case, an officer, a check-in or a hearing."""
    return is_id(text) and not looks_like_a_number(text)


def looks_like_a_number(text: str) -> bool:
    """Whether the whole text has the shape of an A-number, in either case, with or without its A."""
    return A_NUMBER.fullmatch(text) is not None
