"""Business days in an office's time zone (CONTRACT.md §6), on plain milliseconds.

A zone remembers, UTC day by UTC day, what it had to add before and after the local midnight in it, so that the common
case is one look-up; a day on which the offset changes goes the slow way through `zoneinfo`.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import holidays

from schemas.policy_fields import NO_HOLIDAYS
from streams.core.time.day_steps import BusinessDayCache

__all__ = ["DAY_MS", "Zone"]

DAY_MS: Final = 86_400_000
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# beyond these no calendar is known (and Python's ends soon): a due date of the year 9999 must not end a worker
_EARLIEST: Final = -62_000_000_000_000  # year 5
_LATEST: Final = 253_000_000_000_000  # year 9987
_DAYS_KEPT: Final = 4_096
"""Days whose offset and midnight a zone remembers; every number of business days asks for the same ones."""

_FEDERAL: Final = "US"
_YEARS_KNOWN: Final = range(1900, 2200)
"""Years in which holidays of other countries are reckoned; the library's Easter ends in 4099, by an error."""


class _Calendar(NamedTuple):
    """On which days an office is closed, beside weekends.

    Attributes:
        holidays: Whose holidays: a country or a region of ISO 3166, or `NO_HOLIDAYS`.
        closed: Further days.
    """

    holidays: str
    closed: tuple[date, ...]


@cache
def _holidays(calendar: _Calendar, year: int) -> frozenset[int]:
    """Days (since 1970) in a year on which a holiday falls or is observed; those of US are of 5 U.S.C. 6103(a)."""
    days = {day for day in calendar.closed if day.year == year}
    if calendar.holidays == _FEDERAL or (calendar.holidays != NO_HOLIDAYS and year in _YEARS_KNOWN):
        country, _, region = calendar.holidays.partition("-")
        days |= set(
            holidays.country_holidays(country, subdiv=region or None, years=year, observed=True, categories="public")
        )
    return frozenset(day.toordinal() - _EPOCH_ORDINAL for day in days)


@cache
def _business_days(calendar: _Calendar, year: int) -> "array[int]":
    """The business days (since 1970) of a year, ascending."""
    first, after, closed = date(year, 1, 1), date(year, 12, 31).toordinal() + 1, _holidays(calendar, year)
    days = range(first.toordinal() - _EPOCH_ORDINAL, after - _EPOCH_ORDINAL)
    weekday = first.weekday()
    return array("i", [day for n, day in enumerate(days, weekday) if n % 7 < 5 and day not in closed])


def _days_to(calendar: _Calendar, day: int, count: int) -> int:
    """How many days it takes from `day` until `count` business days have passed; a look a year, not a step a day."""
    year = date.fromordinal(day + _EPOCH_ORDINAL).year
    days = _business_days(calendar, year)
    place = bisect_right(days, day) + count - 1
    while place >= len(days):
        place -= len(days)
        year += 1
        days = _business_days(calendar, year)
    return days[place] - day


def _latest(count: int) -> int:
    """Up to which instant (ms) so many business days, three a week at the least, end within the calendar."""
    return _LATEST - count * 7 // 3 * DAY_MS


class Zone:
    """Business days and offsets of one IANA time zone.

    Args:
        name: Its name, such as America/New_York.
        holidays: Whose holidays are no business days: a country or a region of ISO 3166, or `NO_HOLIDAYS`.
        closed: Further days that are none.
    """

    __slots__ = ("_calendar", "_info", "_midnight", "_offset_on", "_steps", "name")

    def __init__(self, name: str, holidays: str = "US", closed: tuple[date, ...] = ()) -> None:
        self.name = name
        self._calendar = _Calendar(holidays, closed)
        self._info = ZoneInfo(name)
        self._steps: dict[int, BusinessDayCache] = {}
        self._offset_on = lru_cache(_DAYS_KEPT)(self._find_offset)
        self._midnight = lru_cache(_DAYS_KEPT)(self._find_midnight)

    def is_holiday(self, ms: int) -> bool:
        """Whether an instant (UTC ms) lies on a holiday or another closed day; weekends are none."""
        if not _EARLIEST < ms < _LATEST:
            return False
        day = (ms + self._offset_at(ms)) // DAY_MS
        return day in _holidays(self._calendar, date.fromordinal(day + _EPOCH_ORDINAL).year)

    def business_days(self, count: int) -> Callable[[int], int]:
        """The function from an instant (UTC ms) to that `count` business days later, same local time of day.

        Args:
            count: 0 or more; 0 gives the instant itself. A local time that is twofold is the first (PEP 495 fold 0).
        """
        if count not in self._steps:
            self._steps[count] = BusinessDayCache(partial(self._added_on, count), partial(self._add_slowly, count))
        return self._steps[count].later

    def _add_slowly(self, count: int, ms: int) -> int:
        if not count:
            return ms
        if not _EARLIEST < ms < _latest(count):
            return ms + count * DAY_MS
        local = ms + self._offset_at(ms)
        return self._utc_of(local + _days_to(self._calendar, local // DAY_MS, count) * DAY_MS)

    def _added_on(self, count: int, day: int) -> tuple[int, int, int] | None:
        """The milliseconds to add on a UTC day, unless the offset changes on it or on the local day of the result."""
        start = day * DAY_MS
        if not count or not _EARLIEST < start < _latest(count):
            return None
        offset = self._offset_on(day)
        if offset != self._offset_on(day + 1):
            return None
        local_day = (start + offset) // DAY_MS
        added = []
        for first in (local_day, local_day + 1):
            last_day = first + _days_to(self._calendar, first, count)
            begins, ends = self._midnight(last_day), self._midnight(last_day + 1)
            if ends - begins != DAY_MS:
                return None
            added.append(begins + offset - first * DAY_MS)
        return (local_day + 1) * DAY_MS - offset, added[0], added[1]

    def _find_offset(self, day: int) -> int:
        """The offset (ms) at the start of a UTC day."""
        return self._offset_at(day * DAY_MS)

    def _find_midnight(self, day: int) -> int:
        """The instant (UTC ms) at which a local day begins."""
        return self._utc_of(day * DAY_MS)

    def _utc_of(self, local: int) -> int:
        wall = (_EPOCH + timedelta(milliseconds=local)).replace(tzinfo=self._info, fold=0)
        return local - _milliseconds(wall.utcoffset())

    def _offset_at(self, ms: int) -> int:
        return _milliseconds((_EPOCH + timedelta(milliseconds=ms)).astimezone(self._info).utcoffset())


def _milliseconds(offset: timedelta | None) -> int:
    assert offset is not None  # a ZoneInfo always has one
    return offset // timedelta(milliseconds=1)
