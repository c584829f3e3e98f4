"""The values that a policy is made of, each with the words for what would be right."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from schemas.causes import Cause, OfficerCause
from schemas.durations import DURATION_PATTERN, Duration, parse_duration
from schemas.ids import is_id, looks_like_a_number

__all__ = [
    "NO_HOLIDAYS",
    "AnyDuration",
    "CauseName",
    "ClosedDay",
    "CourseName",
    "ElapsedDuration",
    "Holidays",
    "Hours",
    "LastingDuration",
    "LastingElapsedDuration",
    "LoadPeriod",
    "Number",
    "OfficeName",
    "OfficerCauseName",
    "Periods",
    "PolicyName",
    "ReviewDate",
    "Switch",
    "TimeZone",
    "Whole",
]

_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000
_FIRST_YEAR: Final = 1900  # as of every instant
_ANY_YEAR: Final = 2026
NO_HOLIDAYS: Final = "none"
"""The holidays of an office that is closed on weekends and on the days that the policy lists, and on no other."""
_OF_THE_MACHINE: Final = ("localtime", "posixrules", "Factory")
"""Names that each system gives to a zone of its own, or to none."""


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence})


def _worded(right: str) -> WrapValidator:
    """Say what would be right in these words, whatever was wrong."""

    def validate(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise _wrong(f"must be {right}") from None

    return WrapValidator(validate)


def _duration(*, lasting: bool, business_days: bool) -> Callable[[object], Duration]:
    def validate(value: object) -> Duration:
        if isinstance(value, Duration):
            duration = value
        else:
            try:
                duration = parse_duration(value if isinstance(value, str) else "")
            except ValueError as error:
                raise _wrong(str(error)) from None
        if duration.business_days and not business_days:
            raise _wrong('must be in "d", "h", "m" or "s": business days are not counted here')
        if lasting and not duration:
            raise _wrong('must be more than nothing, such as "1h"')
        return duration

    return validate


def _load_period(duration: Duration) -> Duration:
    if duration.milliseconds % _MINUTE_MS or _DAY_MS % duration.milliseconds:
        raise _wrong('must be whole minutes that divide 24 hours, such as "15m", "1h" or "6h"')
    return duration


def _date(value: object) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise _wrong("must be a date, such as 2027-12-31") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _wrong("must be a date, such as 2027-12-31")
    return value


def _review_date(value: object) -> date:
    value = _date(value)
    if value.year < _FIRST_YEAR:
        raise _wrong(f"must be a date from the year {_FIRST_YEAR} on, such as 2027-12-31")
    return value


def _holidays(value: object) -> str:
    if value == NO_HOLIDAYS:
        return NO_HOLIDAYS
    if isinstance(value, str):
        import holidays  # not at the top: it takes a third of a second, and few policies name a country

        country, _, region = value.partition("-")
        try:
            holidays.country_holidays(country, subdiv=region or None, years=_ANY_YEAR)
        except (NotImplementedError, AttributeError):
            pass  # a country or a region that is not known
        else:
            return value
    raise _wrong('must be a country or a region of ISO 3166, such as "NL" or "DE-BY", or "none"')


def _policy_name(text: str) -> str:
    if not is_id(text):
        raise ValueError
    return text


def _office(text: str) -> str:
    if not is_id(text):
        raise _wrong("is no office: an id has 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    if looks_like_a_number(text):
        raise _wrong("is no office: it has the shape of an A-number, and events that name such an office are refused")
    return text


def _cause(text: str) -> str:
    if text not in list(Cause):
        raise _wrong(f"is not a cause: the causes are {', '.join(Cause)}")
    return text


def _officer_cause(text: str) -> str:
    if text not in list(OfficerCause):
        raise _wrong(f"is not a cause of officer alerts: those are {', '.join(OfficerCause)}")
    return text


def _time_zone(value: object) -> str:
    if isinstance(value, str) and (value in _OF_THE_MACHINE or value.startswith(("posix/", "right/"))):
        raise _wrong('must be the time zone of a place, such as "America/New_York": this one differs between machines')
    try:
        if isinstance(value, str):
            ZoneInfo(value)
            return value
    except (KeyError, ValueError, OSError):
        pass  # unknown, not a relative path, a folder of zones
    raise _wrong('must be an IANA time zone, such as "America/New_York"')


_AS_TEXT: Final = PlainSerializer(lambda duration: duration.text, return_type=str, when_used="json")
_AS_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})

AnyDuration = Annotated[Duration, PlainValidator(_duration(lasting=False, business_days=True)), _AS_TEXT, _AS_SCHEMA]
"""May be nothing: a grace, a wait."""
LastingDuration = Annotated[Duration, PlainValidator(_duration(lasting=True, business_days=True)), _AS_TEXT, _AS_SCHEMA]
"""Must last: an interval, an escalation."""
ElapsedDuration = Annotated[
    Duration, PlainValidator(_duration(lasting=False, business_days=False)), _AS_TEXT, _AS_SCHEMA
]
LastingElapsedDuration = Annotated[
    Duration, PlainValidator(_duration(lasting=True, business_days=False)), _AS_TEXT, _AS_SCHEMA
]
LoadPeriod = Annotated[LastingElapsedDuration, AfterValidator(_load_period)]

Number = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), _worded("a number, 0 or more")]
Hours = Annotated[float, Strict(), Field(ge=0, le=744), _worded("a number of hours from 0 to 744, those of a month")]
Whole = Annotated[int, Strict(), Field(ge=0), _worded("a whole number, 0 or more")]
Periods = Annotated[int, Strict(), Field(ge=1, le=10_000), _worded("a whole number from 1 to 10000")]
Switch = Annotated[bool, Strict(), _worded("true or false")]
PolicyName = Annotated[
    str,
    Strict(),
    AfterValidator(_policy_name),
    _worded('a text of 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -, in quotation marks, such as "1"'),
]
CourseName = Annotated[
    str, Strict(), AfterValidator(_policy_name), _worded("the id of a course: 1 to 64 of A-Z a-z 0-9 . _ : -")
]
OfficeName = Annotated[str, AfterValidator(_office)]
CauseName = Annotated[str, AfterValidator(_cause)]
OfficerCauseName = Annotated[str, AfterValidator(_officer_cause)]
ReviewDate = Annotated[date, PlainValidator(_review_date), WithJsonSchema({"type": "string", "format": "date"})]
Holidays = Annotated[
    str, PlainValidator(_holidays), WithJsonSchema({"type": "string", "pattern": "^([A-Z]{2,3}(-[A-Z0-9]+)?|none)$"})
]
ClosedDay = Annotated[date, PlainValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
TimeZone = Annotated[str, PlainValidator(_time_zone), WithJsonSchema({"type": "string"})]
