"""Business days and office hours, reckoned apart from the core, so that the truth does not share its mistakes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.durations import Duration

__all__ = ["BusinessDays", "federal_holidays", "is_business_day"]

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_JUNETEENTH_SINCE: Final = 2021
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """The days off for the holidays of 5 U.S.C. 6103(a) whose own date lies in a year.

    One on a Saturday is kept on the Friday before (New Year's Day even in the year before), on a Sunday the day after.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= _JUNETEENTH_SINCE:
        fixed.append(date(year, 6, 19))
    return frozenset(
        [
            *(_observed(day) for day in fixed),
            _nth(year, 1, _MONDAY, 3),  # Martin Luther King
            _nth(year, 2, _MONDAY, 3),  # Washington
            _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
            _nth(year, 9, _MONDAY, 1),  # Labor Day
            _nth(year, 10, _MONDAY, 2),  # Columbus
            _nth(year, 11, _THURSDAY, 4),  # Thanksgiving
        ]
    )


def is_business_day(day: date) -> bool:
    """Whether federal offices are open."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year) | federal_holidays(day.year + 1)


@cache
def _business_day_after(ordinal: int, count: int) -> int:
    while count:
        ordinal += 1
        count -= is_business_day(date.fromordinal(ordinal))
    return ordinal


class BusinessDays:
    """Adds durations to instants in the time zones of the offices.

    Args:
        zones: IANA time zone of each office; others keep UTC.
    """

    def __init__(self, zones: Mapping[str, str]) -> None:
        self._zones: dict[str, tzinfo] = {office: ZoneInfo(zone) for office, zone in zones.items()}

    def zone(self, office: str | None) -> tzinfo:
        """The time zone of an office."""
        return self._zones.get(office or "", UTC)

    def add(self, at: int, duration: Duration, office: str | None) -> int:
        """The instant that lies a duration after another, both in UTC milliseconds."""
        count = duration.business_days
        if not count:
            return at + duration.milliseconds
        zone = self.zone(office)
        local = (_EPOCH + at * _MILLISECOND).astimezone(zone)
        day = date.fromordinal(_business_day_after(local.toordinal(), count))
        then = datetime.combine(day, local.time().replace(fold=0), zone)
        return (then - _EPOCH) // _MILLISECOND


def _observed(day: date) -> date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
