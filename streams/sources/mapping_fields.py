"""The values that a mapping is made of, each with the words for what would be right."""

from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from schemas.durations import Duration, parse_duration
from schemas.events import EVENT_MODELS
from schemas.ids import is_id, looks_like_a_number

__all__ = [
    "Constant",
    "Delimiter",
    "Encoding",
    "Id",
    "OfficeName",
    "OwnRef",
    "Ref",
    "Reference",
    "Scalar",
    "SourceName",
    "Span",
    "Switch",
    "Text",
    "Texts",
    "emitted",
    "one_of",
    "reference",
    "some_rules",
    "wrong",
]

_EMITTED: Final = tuple(name for name in EVENT_MODELS if name != "clock")
_LONGEST_SOURCE: Final = 55  # a full stop and the key_id come behind it


def wrong(sentence: str, *key: str | int) -> PydanticCustomError:
    """An error whose sentence reads on after the key and its value.

    Args:
        sentence: What would be right.
        key: Path below the table that is validated, when it is not the whole of it.
    """
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence, "key": key})


Scalar = str | bool | int | float


class Reference(NamedTuple):
    """Names an attribute.

    Attributes:
        scope: Where it is looked for.
        name: Its key, or the path to it.
    """

    scope: Literal["event", "trace", "any"]
    name: str

    def __str__(self) -> str:
        return self.name if self.scope == "any" else f"{self.scope}:{self.name}"


def reference(value: object) -> Reference:
    """What a text in a mapping refers to."""
    if not isinstance(value, str) or not value.strip():
        raise wrong('must be the name of an attribute or column, such as "org:resource" or "trace:deadline"')
    scope, colon, name = value.partition(":")
    if colon and scope in ("event", "trace") and name:
        return Reference("trace" if scope == "trace" else "event", name)
    return Reference("any", value)


def _own_reference(value: object) -> Reference:
    """A bare name is the event's: the trace has a concept:name too, and it is no activity."""
    scope, name = reference(value)
    return Reference("event" if scope == "any" else scope, name)


def _duration(value: object) -> Duration:
    try:
        duration = parse_duration(value if isinstance(value, str) else "")
    except ValueError as error:
        raise wrong(str(error)) from None
    if duration.business_days:
        raise wrong('must be in "d", "h", "m" or "s": a log knows no business days')
    return duration


def _texts(value: object) -> object:
    """A text alone is a list of one."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        raise wrong('must be a text or a list of texts, such as "complete" or ["T08 *", "T09 *"]')
    return tuple(values)


def _id(value: object) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise wrong("must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    return value


def office_name(value: object) -> str:
    """Check the id of an office."""
    text = _id(value)
    if looks_like_a_number(text):
        raise wrong("must not have the shape of an A-number, as no id of a feed or an office may")
    return text


def _source(value: str) -> str:
    if len(value) > _LONGEST_SOURCE:
        raise wrong(f"must have at most {_LONGEST_SOURCE} characters")
    return value


def emitted(value: object) -> object:
    """Check a type of event."""
    if value not in _EMITTED:
        raise wrong(f"must be a type of event: {', '.join(_EMITTED)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("must be a text in quotation marks")
    return value


def one_of(*words: str) -> BeforeValidator:
    """Say which words there are, when it is none of them."""

    def validate(value: object) -> object:
        if value not in words:
            raise wrong(f"must be one of: {', '.join(words)}")
        return value

    return BeforeValidator(validate)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong("must be true or false")
    return value


def _constant(value: object) -> Scalar:
    if not isinstance(value, str | bool | int | float):
        raise wrong("must be a text, a number, true or false, or a table with from")
    return value


def _delimiter(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '\r\n"':
        raise wrong(r'must be one character, such as ";" or "\t"')
    return value


def _encoding(value: object) -> str:
    try:
        "".encode(_text(value))
    except LookupError:
        raise wrong('must be an encoding that Python knows, such as "utf-8" or "cp1252"') from None
    return _text(value)


Ref = Annotated[Reference, PlainValidator(reference)]
OwnRef = Annotated[Reference, PlainValidator(_own_reference)]
Span = Annotated[Duration, PlainValidator(_duration)]
Text = Annotated[str, PlainValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Id = Annotated[str, PlainValidator(_id)]
OfficeName = Annotated[str, PlainValidator(office_name)]
Switch = Annotated[bool, PlainValidator(_switch)]
Constant = Annotated[Scalar, PlainValidator(_constant)]
SourceName = Annotated[Id, AfterValidator(_source)]
Delimiter = Annotated[str, PlainValidator(_delimiter)]
Encoding = Annotated[str, PlainValidator(_encoding)]


def some_rules(value: object) -> object:
    """Check that there are rules at all, before each is looked at."""
    if not isinstance(value, list) or not value:
        raise wrong("must have at least one rule: [[events]]")
    return tuple(value)
