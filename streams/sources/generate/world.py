"""Shared parts of all generated lives: the window, the offices' calendars, the staff and the policy's numbers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final, Literal
from zoneinfo import ZoneInfo

from schemas.durations import Duration
from schemas.policy import Policy
from streams.sources.generate.arrivals import Arrivals
from streams.sources.generate.chance import chance_of
from streams.sources.generate.offices import offices_of
from streams.sources.generate.options import DAY_MS, LOAD_MS, Options
from streams.sources.generate.staff import Staff
from streams.sources.generate.workdays import is_business_day

__all__ = ["LEVELS", "Channel", "Level", "World", "calendar_ms"]

Level = Literal["intensive", "standard", "low", "annual"]
Channel = Literal["office", "phone", "app", "home", "kiosk"]

LEVELS: Final[Mapping[Level, float]] = {"intensive": 0.02, "standard": 0.13, "low": 0.30, "annual": 0.55}
"""How many cases have which level. No source says; that few are seen often is in the audit and in the notes."""

_OPENS_AT: Final = timedelta(hours=8)
_OPEN_MS: Final = 9 * 3_600_000
_PAST_DAYS: Final = 2_600
_AHEAD_DAYS: Final = 1_200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)


class World:
    """Read-only once made; every life is made from it and its own number.

    Args:
        options: Seed, window, shares.
        policy: Its intervals are what the agency tries to keep, its deadlines what the lost cases pass.
    """

    def __init__(self, options: Options, policy: Policy) -> None:
        self.options = options
        self.policy = policy
        self.offices = offices_of(options)
        self.staff = Staff(options)
        self.start = options.start_ms
        self.loaded = options.start_ms + LOAD_MS
        self.end = options.end_ms
        self.arrivals = Arrivals(options, self.loaded, self.end)
        self.phase = chance_of(options.seed, "phase").random()  # where among the numbers the lost cases begin
        self.office_chances = list(accumulate(shape.share for shape in self.offices))
        self.level_chances = list(accumulate(LEVELS.values()))
        self.intervals: Mapping[Level, int] = {
            level: calendar_ms(getattr(policy.contact.interval, level)) for level in LEVELS
        }
        self.graces: Mapping[Level, int] = {
            level: calendar_ms(getattr(policy.contact.grace, level)) for level in LEVELS
        }
        self._first_day = (options.start - _EPOCH_DAY).days - _PAST_DAYS
        days = [
            _EPOCH_DAY + timedelta(days=self._first_day + n) for n in range(_PAST_DAYS + options.days + _AHEAD_DAYS)
        ]
        self._last_index = len(days) - 1  # a policy of centuries is planned for as far as the calendar goes
        self._openings = [_openings(days, shape.zone) for shape in self.offices]
        self._next_business_day = _next_business_days(days)

    def office_hour(self, office: int, at: int, chance: float) -> int:
        """An instant in the office hours of the first business day after the day of another instant.

        Args:
            office: Its place among the offices.
            at: UTC milliseconds.
            chance: A random number of 0 to 1: where in the day.
        """
        day = self._next_business_day[min(max(at // DAY_MS + 1 - self._first_day, 0), self._last_index)]
        return self._openings[office][day] + int(chance * _OPEN_MS)


def calendar_ms(duration: Duration | None) -> int:
    """No less than a duration can last in any calendar, and not much more: for planning, never for judging."""
    if duration is None:
        return 0
    if not duration.business_days:
        return duration.milliseconds
    return int((duration.business_days * 1.5 + 4) * DAY_MS)


def _openings(days: list[date], zone: str) -> list[int]:
    tz = ZoneInfo(zone)
    midnights = (datetime(day.year, day.month, day.day, tzinfo=tz) for day in days)
    return [(midnight + _OPENS_AT - _EPOCH) // timedelta(milliseconds=1) for midnight in midnights]


def _next_business_days(days: list[date]) -> list[int]:
    """For every day the index of the first business day on or after it."""
    following = len(days) - 1
    indexes = []
    for index in range(len(days) - 1, -1, -1):
        if is_business_day(days[index]):
            following = index
        indexes.append(following)
    return indexes[::-1]
