"""The console's labels and formats: they describe records, never a person, and name the agency's side first."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from schemas.causes import DECLARATIONS, OFFICER_DECLARATIONS, CauseClass
from schemas.instants import to_ms

__all__ = [
    "CAUSES",
    "DOCKET_CAUSES",
    "SIDES",
    "age",
    "count",
    "difference",
    "instant",
    "number",
    "percent",
    "readable",
]


class _CauseLabels(dict[str, tuple[str, str]]):
    """A worker of a later release may publish a cause that this console does not know: it is shown by its own word."""

    def __missing__(self, cause: str) -> tuple[str, str]:
        return _as_words(cause), "A cause that this release of the console does not know"


class _DocketLabels(dict[str, str]):
    def __missing__(self, cause: str) -> str:
        return _as_words(cause)


def _as_words(cause: str) -> str:
    return cause.replace("_", " ").capitalize()


CAUSES: Final[dict[str, tuple[str, str]]] = _CauseLabels(
    (cause, (own.name, own.meaning)) for cause, own in DECLARATIONS.items()
)
"""The name of each cause, and what it means; of an unknown one its own word."""

SIDES: Final[dict[str, str]] = {
    CauseClass.AGENCY: "agency",
    CauseClass.RECORD: "record",
    CauseClass.PERSON: "person",
}

DOCKET_CAUSES: Final[dict[str, str]] = _DocketLabels((cause, own.name) for cause, own in OFFICER_DECLARATIONS.items())
"""Name of each cause of officer alerts; of an unknown one its own word."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def count(number: int) -> str:
    """A whole number: 12,180."""
    return f"{number:,}"


def number(value: float | None, digits: int = 1) -> str:
    """A number; a dash for None."""
    return "-" if value is None else f"{value:,.{digits}f}"


def difference(value: float, digits: int = 0) -> str:
    """A number with its sign: +12."""
    return f"{value:+,.{digits}f}"


def percent(ratio: float | None) -> str:
    """A ratio: 135%."""
    return "-" if ratio is None else f"{ratio * 100:,.0f}%"


def instant(ms: int | None, zone: ZoneInfo | None = None) -> str:
    """An instant: 2026-03-09 15:00 UTC; beside it in a zone: 2026-03-09 15:00 UTC (11:00 EDT)."""
    if ms is None:
        return "-"
    utc = datetime.fromtimestamp(ms / 1000, UTC)
    text = f"{utc:%Y-%m-%d %H:%M} UTC"
    try:
        local = utc if zone is None else utc.astimezone(zone)
    except OverflowError:  # the last day that a date can name ends earlier in this zone
        return text
    if not local.utcoffset() and local.tzname() in ("UTC", "GMT"):
        return text
    day = "" if local.date() == utc.date() else f"{local:%Y-%m-%d} "
    return f"{text} ({day}{local:%H:%M %Z})"


def readable(text: str, zone: ZoneInfo | None = None) -> str:
    """A sentence with its instants shortened to the minute, and in a zone beside UTC."""
    return _INSTANT.sub(lambda found: instant(to_ms(found[0]), zone), text)


def age(ms: int | None, now: int | None) -> str:
    """How long ago: 143 d, 5 h, 12 min."""
    if ms is None or now is None:
        return "-"
    elapsed = max(0, now - ms)
    if elapsed >= _DAY:
        return f"{elapsed // _DAY:,} d"
    return f"{elapsed // _HOUR} h" if elapsed >= _HOUR else f"{elapsed // _MINUTE} min"
