"""Refusals: why a record is not taken, as a code to count and one sentence to read (CONTRACT.md §2)."""

from enum import StrEnum
from typing import Final

__all__ = ["FEED_SKEW", "MAX_EVENT_BYTES", "RefusalCode", "Refused"]

MAX_EVENT_BYTES: Final = 16_384
"""The largest record that is looked at; an event has a few hundred bytes."""
FEED_SKEW: Final = 60_000
"""How far (ms) a feed's clock may be ahead of the worker's, where the wall clock counts."""


class RefusalCode(StrEnum):
    """Why a record was refused; the value is the label under which metrics count it."""

    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    OVERSIZED = "oversized"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    DUPLICATE_FIELD = "duplicate_field"
    BAD_VALUE = "bad_value"
    BAD_ID = "bad_id"
    IDENTIFIER_SHAPED = "identifier_shaped"
    BAD_INSTANT = "bad_instant"
    TIME_ORDER = "time_order"
    FROM_THE_FUTURE = "from_the_future"
    WRONG_TOPIC = "wrong_topic"
    WRONG_KEY = "wrong_key"


class Refused(Exception):  # noqa: N818  # it is a verdict on a record, not a fault of the program
    """A record is no event of the contract.

    Args:
        code: What kind of refusal it is.
        field: The field at fault, or "" when it is the record as a whole.
        sentence: What is wrong and what would be right, the field named; it never holds the refused value.
    """

    def __init__(self, code: RefusalCode, field: str, sentence: str) -> None:
        self.code, self.field, self.sentence = code, field, sentence
        super().__init__(sentence)

    def __reduce__(self) -> tuple[type["Refused"], tuple[RefusalCode, str, str]]:
        return Refused, (self.code, self.field, self.sentence)
