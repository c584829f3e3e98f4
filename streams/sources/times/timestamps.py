"""Timestamps of an event log: the forms that are known without a pattern, dates that were never set, and bounds.

The forms are listed, and no library guesses: a guess reads 03/04 as March in one row and 13/04 as April in the next.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, NamedTuple

from schemas.instants import EARLIEST_MS, LATEST_MS
from streams.sources.times.local_time import LocalTime

__all__ = ["DayFirstError", "Timestamp", "TimestampReader", "shape_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)
_NEVER_SET: Final = (datetime(1900, 1, 1), datetime(1970, 1, 1))  # noqa: DTZ001  # as they are written, in any zone
_NEVER_SET_YEARS: Final = (1, 9999)
_LAST_DUE: Final = date(2199, 12, 31)
_MOST_SHAPES: Final = 5
_LONGEST_SHAPE: Final = 32

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_LETTERS: Final = re.IGNORECASE | re.ASCII
_TIME: Final = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AP])\.?M\.?)?)?(?: ?(?P<offset>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
_YEAR_FIRST: Final = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME, _LETTERS)
_NAMED_MONTH: Final = re.compile(r"(?P<day>\d{1,2})[-/ ](?P<name>[a-z]{3})[-/ ](?P<year>\d{4}|\d\d)" + _TIME, _LETTERS)
_MONTH_FIRST: Final = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)" + _TIME, _LETTERS)
_SECONDS: Final = re.compile(r"\d{10}(?:\.\d{1,9})?", re.ASCII)
_MILLISECONDS: Final = re.compile(r"\d{13}", re.ASCII)


class DayFirstError(Exception):
    """A date such as 13/04/2024 where month/day/year was understood: the dates before it may be wrong too.

    Args:
        key: The key of the mapping whose value it is.
        line: Where.
    """

    def __init__(self, key: str = "", line: int | None = None) -> None:
        self.key, self.line = key, line
        super().__init__(
            "is written day/month/year, and without a pattern such dates are read as month/day/year: set "
            'log.timestamp_format, such as "%d/%m/%Y %H:%M"'
        )


class Timestamp(NamedTuple):
    """An instant as a source wrote it.

    Attributes:
        at: UTC milliseconds.
        again: When the clock on the wall shows the same time once more, in the night that it is put back; else `at`.
    """

    at: int
    again: int


class TimestampReader:
    """Reads the timestamps of a log.

    Args:
        zone: IANA name, for timestamps without an offset.
        pattern: A `strptime` pattern; None for the forms that are known: ISO 8601, month/day/year with or without AM
            and PM, day/Mon/year, seconds (10 digits) and milliseconds (13 digits) since 1970, each with `UTC` or an
            offset behind it or without.
        earliest: No fact is dated before this day.
        latest: No fact is dated after this day; None where only `present` bounds it.
        present: UTC milliseconds after which no fact is dated; None to skip the check.
    """

    def __init__(
        self,
        zone: str,
        pattern: str | None = None,
        *,
        earliest: date | None = None,
        latest: date | None = None,
        present: int | None = None,
    ) -> None:
        self._local, self._pattern = LocalTime(zone), pattern
        self._earliest = EARLIEST_MS if earliest is None else self._start(earliest)
        self._last_due = self._start(_LAST_DUE) - 1
        self._latest = self._last_due if latest is None else self._start(latest + _DAY) - 1
        self._before = "the year 1900" if earliest is None else f"log.earliest ({earliest})"
        self._after = f"the year {_LAST_DUE.year}" if latest is None else f"log.latest ({latest})"
        if latest is None and present is not None:
            self._latest, self._after = present, "the present (log.latest can name another day)"
        self._shapes: set[str] = set()

    def fact(self, text: str) -> Timestamp | str:
        """When something happened; else why it cannot be said, as the end of a sentence that holds no value.

        Raises:
            DayFirstError: The form of the value is not what its neighbours were taken for.
        """
        return self._within(text, self._latest, self._after)

    def due(self, text: str) -> Timestamp | str:
        """The same of what may lie ahead, such as a deadline."""
        return self._within(text, self._last_due, f"the year {_LAST_DUE.year}")

    def _within(self, text: str, last: int, after: str) -> Timestamp | str:
        text = text.strip()
        moment = self._moment(text)
        if moment is None:
            return self._unreadable(text)
        if moment.replace(tzinfo=None) in _NEVER_SET or moment.year in _NEVER_SET_YEARS:
            return "is a date that was never set (of the year 1 or 9999, or midnight of 1900-01-01 or 1970-01-01)"
        first, second = self._instants(moment)
        if first == 0:
            return "is a date that was never set (0 seconds after 1970 began)"
        if not EARLIEST_MS <= first <= LATEST_MS or first < self._earliest:
            return f"lies before {self._before}"
        return f"lies after {after}" if first > last else Timestamp(first, second)

    def _moment(self, text: str) -> datetime | None:
        """The date and time that a text says, naive where it says no offset."""
        try:
            if self._pattern is not None:
                # a pattern without %z gives local time, which is what is wanted
                return datetime.strptime(text, self._pattern)  # noqa: DTZ007
            return datetime.fromisoformat(text)
        except ValueError:
            return None if self._pattern is not None else _other_form(text)

    def _instants(self, moment: datetime) -> tuple[int, int]:
        if moment.tzinfo is not None:
            at = (moment - _EPOCH) // _MILLISECOND
            return at, at
        return self._local.instants(moment)

    def _start(self, day: date) -> int:
        return self._local.instant(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # local, as the mapping says

    def _unreadable(self, text: str) -> str:
        shape = shape_of(text)
        if shape not in self._shapes and len(self._shapes) >= _MOST_SHAPES:
            shape = "another one"
        self._shapes.add(shape)
        if self._pattern is not None:
            return f"does not fit log.timestamp_format; its shape is {shape}"
        return f"is no date and time of a known form; its shape is {shape}: name its form in log.timestamp_format"


def shape_of(text: str) -> str:
    """A value without what it says: 9 for each digit, A for each letter; cut off after 32 characters."""
    shape = "".join("9" if one.isdigit() else "A" if one.isalpha() else one for one in text[:_LONGEST_SHAPE])
    return shape + ("..." if len(text) > _LONGEST_SHAPE else "")


def _other_form(text: str) -> datetime | None:
    """A moment in one of the forms that are no ISO 8601."""
    if _MILLISECONDS.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(text))
    if _SECONDS.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(float(text) * 1000))
    for pattern, month_of in _FORMS:
        found = pattern.fullmatch(text)
        if found is not None:
            return _of_parts(found, month_of(found))
    return None


def _of_parts(found: re.Match[str], month: int) -> datetime | None:
    year, day = int(found["year"]), int(found["day"])
    if found.re is _MONTH_FIRST and month > 12 >= day:
        raise DayFirstError
    if len(found["year"]) == 2:
        year += 2000 if year < 69 else 1900  # as POSIX and strptime have it
    hour = int(found["hour"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    micros = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        return datetime(
            year,
            month,
            day,
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            micros,
            _offset(found["offset"]),
        )
    except ValueError:
        return None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if text[0] == "-" else size)


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], int]], ...]] = (
    (_YEAR_FIRST, lambda found: int(found["month"])),
    (_NAMED_MONTH, lambda found: _MONTHS.get(found["name"].lower(), 0)),
    (_MONTH_FIRST, lambda found: int(found["month"])),
)
