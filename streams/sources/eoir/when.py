"""When something happened and when that was known, from the dates (and a few times of day) that court tables have.

A date alone is when its day began, and was known when the day was over. So nothing is known before it happened, and a
replay learns of nothing before the court can have known it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from streams.sources.times.local_time import LocalTime

__all__ = ["EventTimes", "OfficeClocks", "dated", "due", "entered"]

_NO_TIME: Final = (b"", b"0000", b"00:00", b"00:00:00")
_UTC: Final = "UTC"


class EventTimes(NamedTuple):
    """The two times of an event, in UTC milliseconds; `occurred` is never the later."""

    occurred: int
    recorded: int


class OfficeClocks:
    """The clock on the wall of each office.

    Args:
        zones: IANA time zone by office; an office that is not in it keeps UTC.
    """

    def __init__(self, zones: Mapping[str, str]) -> None:
        self._clocks = {zone: LocalTime(zone) for zone in {*zones.values(), _UTC}}
        self._of_city = {office.encode(): self._clocks[zone] for office, zone in zones.items()}
        self._elsewhere = self._clocks[_UTC]

    def local(self, city: bytes) -> LocalTime:
        """The clock of a court."""
        return self._of_city.get(city, self._elsewhere)


def dated(local: LocalTime, day: bytes) -> EventTimes | None:
    """Something with a date and no time of day; None when there is no such day."""
    start, end = local.start(day), local.end(day)
    return None if start is None or end is None else EventTimes(start, end)


def entered(local: LocalTime, day: bytes, time: bytes) -> EventTimes | None:
    """Something typed in, with a date and perhaps a time of day: known in that minute."""
    moment = None if time in _NO_TIME else local.at(day, time)
    return dated(local, day) if moment is None else EventTimes(moment, moment)


def due(local: LocalTime, day: bytes, time: bytes) -> int | None:
    """When a hearing is to be held; one without a time of day is due when its day is over."""
    moment = None if time in _NO_TIME else local.at(day, time)
    return local.end(day) if moment is None else moment
