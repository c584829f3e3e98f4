"""The exact reader: one event by its Pydantic model, and every refusal in one clear sentence.

Slow beside `schemas.decode`, which turns to it only to word a refusal; tests prove that both accept the same.
"""

from collections.abc import Iterable
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from schemas.events import EVENT_MODELS, MAX_CAPACITY_HOURS, BaseEvent, Event
from schemas.form import check_form, named
from schemas.refusals import RefusalCode, Refused

__all__ = ["read"]

_ANY: Final[TypeAdapter[BaseEvent]] = TypeAdapter(Event)
_OWN_CODES: Final = frozenset(code.value for code in RefusalCode)


def read(raw: bytes) -> BaseEvent:
    """Read one event.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        Refused: It is no event of the contract.
    """
    check_form(raw)
    try:
        return _ANY.validate_json(raw)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)) from None


def _refusal(errors: Iterable[ErrorDetails]) -> Refused:
    """The first error in the order of the fields; the shape of an identifier before all others, for it is withheld."""
    error = min(errors, key=lambda one: one["type"] != RefusalCode.IDENTIFIER_SHAPED)
    kind, place = error["type"], error["loc"]
    if kind == "json_invalid":
        return Refused(RefusalCode.NOT_JSON, "", "the record is not JSON that can be read: send one flat JSON object")
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return Refused(RefusalCode.NOT_OBJECT, "", "the record is not a JSON object: send one event as one object")
    if kind == "union_tag_not_found":
        return Refused(RefusalCode.MISSING_FIELD, "type", "type is missing: every event must have it")
    if kind == "union_tag_invalid":
        return Refused(RefusalCode.UNKNOWN_TYPE, "type", f"type must be one of: {', '.join(EVENT_MODELS)}")
    event_type = str(place[0])
    field = str(place[1]) if len(place) > 1 else "occurred_at"
    return _refusal_of_field(kind, event_type, field, error["msg"])


def _refusal_of_field(kind: str, event_type: str, field: str, message: str) -> Refused:
    model = EVENT_MODELS[event_type]
    if kind == "extra_forbidden":
        known = ", ".join(model.model_fields)
        rest = f"is not a field of {event_type}: its fields are {known}"
        return Refused(RefusalCode.UNKNOWN_FIELD, *named(field, rest))
    if kind == "missing":
        return Refused(RefusalCode.MISSING_FIELD, field, f"{field} is missing: every {event_type} must have it")
    if field == "v":
        return Refused(RefusalCode.UNKNOWN_VERSION, field, "v must be 1, the version of the contract")
    if kind in _OWN_CODES:
        return Refused(RefusalCode(kind), field, f"{field} {message}")
    return Refused(RefusalCode.BAD_VALUE, field, f"{field} must be {_right(model.model_fields[field].annotation)}")


def _right(annotation: Any) -> str:  # noqa: ANN401  # a type in any form
    """A valid value of a type, in words."""
    if get_origin(annotation) is Literal:
        return "one of: " + ", ".join(get_args(annotation))
    if annotation is bool:
        return "true or false"
    if NoneType in get_args(annotation):
        return f"{_right(get_args(annotation)[0])}, or null"
    if float in get_args(annotation):
        return f"a number from 0 to {MAX_CAPACITY_HOURS}"
    return "a text"
