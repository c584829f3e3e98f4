"""The values that a mapping is made of, each with the words for what would be right."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.durations import DURATION_PATTERN, Duration, parse_duration
from schemas.events import EVENT_MODELS
from schemas.ids import ID_PATTERN, PSEUDONYM_PATTERN, is_id, looks_like_a_number

__all__ = [
    "Constant",
    "Day",
    "Delimiter",
    "Emitted",
    "Encoding",
    "Id",
    "OfficeName",
    "OwnRef",
    "Quote",
    "Ref",
    "Reference",
    "Scalar",
    "SourceName",
    "Span",
    "Switch",
    "Text",
    "Texts",
    "TimestampPattern",
    "Words",
    "one_of",
    "pattern_of",
    "reference",
    "some_rules",
    "wrong",
]

_EMITTED: Final = tuple(name for name in EVENT_MODELS if name != "clock")
_LONGEST_SOURCE: Final = 55  # a full stop and the key_id come behind it
_DIRECTIVE: Final = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES: Final = frozenset("aAbBcdfGHIjmMpSuUVwWxXyYzZ%")
_DIRECTIVES_LISTED: Final = "%Y %y %m %b %B %d %j %H %I %p %M %S %f %z %Z %a %A %%"
_DAY_PARTS: Final = (("yY", "mbB", "d"), ("yY", "j"), ("c",), ("x",), ("G", "V", "uaAw"))
"""Directives that name a day together: one of each."""


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


@lru_cache(maxsize=4096)
def pattern_of(text: str) -> re.Pattern[str]:
    """The pattern that a text of a mapping is: `*` stands for any characters, `?` for one, and nothing else is special.

    Stock: fnmatch takes "[approved]" for a class of characters.
    """
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(one) or re.escape(one) for one in text), re.DOTALL)


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


def _office_name(value: object) -> str:
    """Check the id of an office."""
    text = _id(value)
    if looks_like_a_number(text):
        raise wrong("must not have the shape of an A-number, as no id of a feed or an office may")
    return text


def _source(value: str) -> str:
    if len(value) > _LONGEST_SOURCE:
        raise wrong(f"must have at most {_LONGEST_SOURCE} characters")
    return value


def _emitted(value: object) -> object:
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


def _quote(value: object) -> str:
    if not isinstance(value, str) or len(value) > 1 or value in ("\r", "\n"):
        raise wrong('must be one character, or "" where quotes mean nothing')
    return value


def _words(value: object) -> object:
    """A list that may be empty."""
    return () if value == [] else _texts(value)


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong("must be a day, such as 2015-01-01") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise wrong("must be a day, such as 2015-01-01")
    return value


def _pattern(value: object) -> str:
    """Check that a strptime pattern says the year, the month and the day."""
    text = _text(value)
    found = _DIRECTIVE.findall(text)
    unknown = [one for one in found if one not in _DIRECTIVES]
    if unknown:
        raise wrong(f"%{unknown[0]} is no directive of strptime: those that can be used are {_DIRECTIVES_LISTED}")
    if not any(_names_a_day(found, parts) for parts in _DAY_PARTS):
        example = '"%d/%m/%Y %H:%M"'
        if not found:
            raise wrong(f"names nothing: strptime's directives begin with %, such as {example}")
        raise wrong(f"must name the year (%Y), the month (%m, %b) and the day (%d), such as {example}")
    return text


def _names_a_day(found: Sequence[str], parts: Sequence[str]) -> bool:
    return all(any(one in part for one in found) for part in parts)


def _encoding(value: object) -> str:
    try:
        "".encode(_text(value))
    except LookupError:
        raise wrong('must be an encoding that Python knows, such as "utf-8" or "cp1252"') from None
    return _text(value)


_TEXT: Final = WithJsonSchema({"type": "string"})
_NAME: Final = WithJsonSchema({"type": "string", "minLength": 1})
_ONE_CHARACTER: Final = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 1})
_TEXT_OR_LIST: Final = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
_ID_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": ID_PATTERN})

Ref = Annotated[Reference, PlainValidator(reference), _NAME]
OwnRef = Annotated[Reference, PlainValidator(_own_reference), _NAME]
Span = Annotated[Duration, PlainValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})]
Text = Annotated[str, PlainValidator(_text), _TEXT]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts), _TEXT_OR_LIST]
Words = Annotated[
    tuple[str, ...], BeforeValidator(_words), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
TimestampPattern = Annotated[str, PlainValidator(_pattern), WithJsonSchema({"type": "string", "pattern": "%"})]
Quote = Annotated[str, PlainValidator(_quote), WithJsonSchema({"type": "string", "maxLength": 1})]
Id = Annotated[str, PlainValidator(_id), _ID_SCHEMA]
OfficeName = Annotated[
    str, PlainValidator(_office_name), WithJsonSchema({"type": "string", "pattern": PSEUDONYM_PATTERN})
]
Switch = Annotated[bool, PlainValidator(_switch), WithJsonSchema({"type": "boolean"})]
Constant = Annotated[
    Scalar, PlainValidator(_constant), WithJsonSchema({"type": ["string", "boolean", "integer", "number"]})
]
SourceName = Annotated[
    Id, AfterValidator(_source), WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "maxLength": _LONGEST_SOURCE})
]
Delimiter = Annotated[str, PlainValidator(_delimiter), _ONE_CHARACTER]
Encoding = Annotated[str, PlainValidator(_encoding), _TEXT]
Emitted = Annotated[str, BeforeValidator(_emitted), WithJsonSchema({"enum": list(_EMITTED)})]


def some_rules(value: object) -> object:
    """Check that there are rules at all, before each is looked at."""
    if not isinstance(value, list) or not value:
        raise wrong("must have at least one rule: [[events]]")
    return tuple(value)
