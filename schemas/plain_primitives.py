"""The questions of `schemas.primitives` in Python: what they mean, and what answers where nothing is compiled."""

from schemas.ids import is_event_id, is_id, is_pseudonym
from schemas.instants import to_ms as instant

__all__ = ["count_quotes", "instant", "is_event_id", "is_id", "is_pseudonym"]


def count_quotes(raw: bytes) -> int:
    """How many quotation marks a record has."""
    return raw.count(b'"')
