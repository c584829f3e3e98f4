"""The annotated types that fields of every record are made of: ids, instants, and how each is refused."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.ids import (
    EVENT_ID_PATTERN,
    ID_PATTERN,
    PSEUDONYM_PATTERN,
    is_id,
    looks_like_a_number,
    looks_like_a_written_number,
)
from schemas.instants import EARLIEST_MS, LATEST_MS, to_ms, to_text

__all__ = ["AnyId", "CourseId", "EventId", "Instant", "OfficeId", "Pseudonym", "SourceId", "Version"]

_NOT_AN_INSTANT: Final = "must be a text with an RFC 3339 instant, such as 2026-03-09T15:00:00Z"
_OUT_OF_RANGE: Final = "must lie in the years 1900 to 9999 of UTC"


def _id(text: str) -> str:
    if not is_id(text):
        raise PydanticCustomError("bad_id", "must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    return text


def _pseudonym(text: str) -> str:
    if looks_like_a_number(text):
        raise PydanticCustomError("identifier_shaped", "has the shape of an A-number: send a pseudonym of it instead")
    return _id(text)


def _event_id(text: str) -> str:
    if looks_like_a_written_number(text):
        raise PydanticCustomError("identifier_shaped", "has the shape of an A-number: give the event an id of its own")
    return _id(text)


def _instant(value: object, info: ValidationInfo) -> int:
    """Text from JSON; in Python milliseconds are an instant too, for they are what the field holds."""
    if isinstance(value, int) and not isinstance(value, bool) and info.mode == "python":
        if not EARLIEST_MS <= value <= LATEST_MS:
            raise PydanticCustomError("bad_instant", _OUT_OF_RANGE)
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("bad_instant", _NOT_AN_INSTANT)
    try:
        return to_ms(value)
    except ValueError as error:
        raise PydanticCustomError("bad_instant", "{reason}", {"reason": str(error)}) from None


def _whole(value: object) -> object:
    """Literal[1] alone would take 1.0 and true for 1."""
    if type(value) is not int:
        raise PydanticCustomError("bad_value", "must be 1")
    return value


Version = Annotated[Literal[1], BeforeValidator(_whole)]
AnyId = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": ID_PATTERN})]
"""An id that stands for no person, or one that was checked where it came in."""

CourseId = AnyId
EventId = Annotated[str, AfterValidator(_event_id), WithJsonSchema({"type": "string", "pattern": EVENT_ID_PATTERN})]
Pseudonym = Annotated[str, AfterValidator(_pseudonym), WithJsonSchema({"type": "string", "pattern": PSEUDONYM_PATTERN})]
"""Id of a case, an officer, a check-in or a hearing: nothing that looks like an A-number."""

SourceId = Pseudonym
OfficeId = Pseudonym
"""No pseudonym, but as little an A-number: offices become labels of metrics, and sources stand in logs."""

Instant = Annotated[
    int,
    PlainValidator(_instant),
    PlainSerializer(to_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC milliseconds; RFC 3339 text in JSON."""
