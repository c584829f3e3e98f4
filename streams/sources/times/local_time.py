"""Local dates and times of a source to UTC milliseconds, in the time zone of the office they were written down in."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["LocalTime"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)
_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000
_YEARS: Final = range(1900, 2101)


class LocalTime:
    """The clock on the wall of an office.

    Days are those of the Gregorian calendar from 1900 to 2100; what a source dates elsewhere is a slip of the pen.

    Args:
        zone: IANA name.
    """

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._days: dict[bytes, tuple[int, int] | None] = {}  # bounded: 201 years have 73,414 days

    def start(self, day: bytes) -> int | None:
        """The instant a day begins.

        Args:
            day: `YYYY-MM-DD`.

        Returns:
            UTC milliseconds, or None when there is no such day within 1900 to 2100.
        """
        bounds = self._bounds(day)
        return None if bounds is None else bounds[0]

    def end(self, day: bytes) -> int | None:
        """The last millisecond of a day: whatever is dated that day was known by then."""
        bounds = self._bounds(day)
        return None if bounds is None else bounds[1] - 1

    def at(self, day: bytes, time: bytes) -> int | None:
        """An instant of a day.

        Args:
            day: `YYYY-MM-DD`.
            time: `HHMM`, `HMM` or `HH:MM[:SS]`.

        Returns:
            UTC milliseconds, or None when there is no such day or time of day.
        """
        bounds = self._bounds(day)
        minutes = _minutes(time)
        if bounds is None or minutes is None:
            return None
        start, end = bounds
        if end - start == _DAY_MS:
            return start + minutes * _MINUTE_MS
        moment = datetime.fromisoformat(day.decode()) + timedelta(minutes=minutes)  # clocks change that day
        return self.instant(moment)

    def instant(self, moment: datetime) -> int:
        """UTC milliseconds of a naive local date and time (PEP 495 fold 0)."""
        return (moment.replace(tzinfo=self._zone) - _EPOCH) // _MILLISECOND

    def instants(self, moment: datetime) -> tuple[int, int]:
        """UTC milliseconds of a naive local date and time, the first and the last time that the clock shows it."""
        first = self.instant(moment)
        last = (moment.replace(tzinfo=self._zone, fold=1) - _EPOCH) // _MILLISECOND
        return first, max(first, last)  # in the hour that is left out in spring, fold 1 is the earlier

    def _bounds(self, day: bytes) -> tuple[int, int] | None:
        try:
            return self._days[day]
        except KeyError:
            bounds = self._days[day] = self._reckon(day)
            return bounds

    def _reckon(self, day: bytes) -> tuple[int, int] | None:
        try:
            begins = datetime.fromisoformat(day.decode("ascii"))
        except ValueError:
            return None
        if begins.year not in _YEARS:
            return None
        return self.instant(begins), self.instant(begins + _DAY)


@lru_cache(maxsize=4096)  # a day has 1,440 minutes, and few are written in more than two ways
def _minutes(time: bytes) -> int | None:
    digits = time[:5].replace(b":", b"")
    if not digits.isdigit() or not 3 <= len(digits) <= 4:
        return None
    hours, minutes = int(digits[:-2]), int(digits[-2:])
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None
