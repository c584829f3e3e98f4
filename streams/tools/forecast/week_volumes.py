"""How full a week is beside a usual one, by the days on which an office is closed.

Rates say how many appointments a week brings, not on which day. A date that would fall on a closed day is set for the
next business day, as CONTRACT.md §6 counts days: where most people come on Mondays and Monday is a holiday, that week
brings fewer appointments and the next one more. Only dates that are not booked yet are moved so: booked ones are known.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.durations import Duration
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.tools.forecast.case_weeks import WEEK_DAYS, Week

__all__ = ["ClosedDays", "WeekVolumes"]

_NEXT: Final = Duration(business_days=1)


class ClosedDays:
    """The closed days of the offices. Days are counted from an instant, at which weeks begin: 0, 1, ... after it.

    A day of 24 hours has the date of its middle in the time zone of the office.

    Args:
        rules: The policy; it has the holidays, the closed days and the time zones.
        until: The instant (ms).
    """

    def __init__(self, rules: Rules, until: int) -> None:
        self._rules, self._until = rules, until
        self._moved: dict[tuple[str, int], int | None] = {}

    def first_of(self, begins: int) -> int:
        """The first day of the week that begins at an instant (ms)."""
        return (begins - self._until) // DAY_MS

    def moved_to(self, office: str, day: int) -> int | None:
        """The next business day after a closed one; None for a day on which the office is open, or for a weekend."""
        key = office, day
        if key not in self._moved:
            middle = self._until + day * DAY_MS + DAY_MS // 2
            moved = None
            if self._rules.is_holiday(middle, office):
                moved = (self._rules.plus(middle, _NEXT, office) - self._until) // DAY_MS
            self._moved[key] = moved
        return self._moved[key]

    def is_usual(self, office: str, first: int) -> bool:
        """Whether a week has no closed day, and no appointment is moved into it."""
        moved = (self.moved_to(office, day) for day in range(first - WEEK_DAYS, first + WEEK_DAYS))
        return all(day is None or day < first for day in moved)


class WeekVolumes:
    """How full weeks are, for one kind of appointment.

    Args:
        weeks: The weeks that the rates are of.
        number: 0 for check-ins, 1 for hearings.
        closed: The closed days.
    """

    def __init__(self, weeks: Sequence[Week], number: int, closed: ClosedDays) -> None:
        self._closed = closed
        self._firsts = [closed.first_of(week.ends) - WEEK_DAYS for week in weeks]
        seen = [
            (office, first, counts[number])
            for week, first in zip(weeks, self._firsts, strict=True)
            for office, counts in week.days.items()
        ]
        usual = [counts for office, first, counts in seen if closed.is_usual(office, first)]
        self._shares = _shares_of(usual if any(map(any, usual)) else [counts for _, _, counts in seen])
        self._open = self._open_of(seen)

    def factors(self, office: str, begins: int, weeks: int) -> list[float]:
        """By how much each week ahead differs from the mean of the weeks that the rates are of.

        Args:
            office: The office.
            begins: When the first week ahead begins (ms).
            weeks: How many.
        """
        mean = sum(self._volume(office, first) for first in self._firsts) / max(1, len(self._firsts))
        if not mean:
            return [1.0] * weeks
        start = self._closed.first_of(begins)
        return [self._volume(office, start + week * WEEK_DAYS) / mean for week in range(weeks)]

    def _open_of(self, seen: Iterable[tuple[str, int, Sequence[int]]]) -> float:
        """Which share of a day's appointments takes place although the office is closed; 0 when no day shows it."""
        came, usual = 0, 0.0
        for office, first, counts in seen:
            for day, count in enumerate(counts):
                if self._closed.moved_to(office, first + day) is not None:
                    came += count
                    usual += self._shares[day] * sum(counts)
        return min(1.0, came / usual) if usual else 0.0

    def _volume(self, office: str, first: int) -> float:
        """Appointments of a week by those of a usual one."""
        volume = 0.0
        for day in range(first - WEEK_DAYS, first + WEEK_DAYS):
            share, moved = self._shares[day % WEEK_DAYS], self._closed.moved_to(office, day)
            if day >= first:
                volume += share if moved is None else share * self._open
            if moved is not None and first <= moved < first + WEEK_DAYS:
                volume += share * (1 - self._open)
        return volume


def _shares_of(weeks: Sequence[Sequence[int]]) -> list[float]:
    """The shares of the days of a week; 0 without an appointment."""
    sums = [sum(counts[day] for counts in weeks) for day in range(WEEK_DAYS)]
    whole = max(1, sum(sums))
    return [count / whole for count in sums]
