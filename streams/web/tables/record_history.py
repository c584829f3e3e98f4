"""The office record of all offices together at the end of each day, as far as the topics still hold it.

Office partials and loads are kept by the newest record of each key: what the broker has not compacted away, and what
came since the console started, makes these days. A day of which a part is unknown has no record.
"""

from typing import Final, Generic, TypeVar

from schemas.instants import BEFORE_ALL_TIME
from schemas.loads import Load
from schemas.office_loads import ALL_OFFICES, OfficeLoad
from streams.core.load.office_record import OfficeTotals
from streams.core.load.office_rows import OfficePartial
from streams.core.load.office_summary import is_at_work
from streams.core.policy.rules import Rules
from streams.web.tables.daily_alert_counts import DAY_MS
from streams.web.tables.daily_changes import DailyChanges

__all__ = ["RecordHistory"]

_DAYS_KEPT: Final = 91
_CASES_CHANGE_WITHIN: Final = 2
"""Days; the counts of the cases of a partition that are older say nothing of a day: a log was replayed past it."""
_KNOWN_SHARE: Final = 0.95
"""A day counts the officers over capacity when the load of so many of those known today was known then."""

T = TypeVar("T")


class _LastOfDay(Generic[T]):
    """The last value of each day, of the days that are kept."""

    def __init__(self) -> None:
        self._values: dict[int, T] = {}

    def set(self, day: int, value: T) -> None:
        self._values[day] = value
        if len(self._values) > _DAYS_KEPT:
            del self._values[min(self._values)]

    def at(self, day: int, oldest: int) -> T | None:
        """The value of a day, or of the last one before it that is not before the oldest."""
        known = max((each for each in self._values if oldest <= each <= day), default=None)
        return None if known is None else self._values[known]


class RecordHistory:
    """What office partials and loads said at the end of each day (UTC).

    Args:
        overloaded_at: The utilisation from which an officer is over capacity.
    """

    def __init__(self, overloaded_at: float = 1.0) -> None:
        self._overloaded_at = overloaded_at
        self._partials: dict[bytes, _LastOfDay[OfficeTotals]] = {}
        self._newest: dict[bytes, tuple[int, OfficePartial]] = {}
        self._over, self._known = DailyChanges(), DailyChanges()
        self._is_over: dict[str, bool] = {}
        self._past: dict[int, OfficeLoad | None] = {}

    def add_partial(self, key: bytes, partial: OfficePartial) -> None:
        """Note the newest partial of a key; it is summed up when its day is over."""
        day = partial.as_of // DAY_MS
        before = self._newest.get(key)
        if before is not None and before[0] != day:
            self._partials.setdefault(key, _LastOfDay()).set(before[0], _together(before[1]))
            self._past.clear()
        self._newest[key] = day, partial

    def add_load(self, load: Load) -> None:
        """Note the newest load of an officer."""
        day = load.as_of // DAY_MS
        is_over = is_at_work(load) and load.utilisation is not None and load.utilisation >= self._overloaded_at
        before = self._is_over.get(load.officer_id)
        if before is None:
            self._known.add(day, 1)
        self._over.add(day, is_over - bool(before))
        self._is_over[load.officer_id] = is_over

    def records(self, rules: Rules, last: int, days: int) -> list[OfficeLoad | None]:
        """The record of all offices at the end of each day before the last one; None where a part is unknown.

        Args:
            rules: The policy.
            last: The day that is not over yet, in days from 1970-01-01.
            days: How many.
        """
        return [self._record(rules, day) for day in range(last - days, last)]

    def officers_over(self, last: int, days: int) -> list[int | None]:
        """Officers over capacity at the end of each day before the last one; None where too many were unknown."""
        known = self._known.until(last - days, last - 1)
        over = self._over.until(last - days, last - 1)
        enough = _KNOWN_SHARE * len(self._is_over)
        return [count if seen >= enough and seen else None for count, seen in zip(over, known, strict=True)]

    def _record(self, rules: Rules, day: int) -> OfficeLoad | None:
        if day in self._past:
            return self._past[day]
        parts: list[OfficeTotals] = []
        for key, (newest_day, partial) in self._newest.items():
            # cases that do not change still come nearer to their dates; officers may stay the same for weeks
            oldest = day - _CASES_CHANGE_WITHIN if partial.cases else BEFORE_ALL_TIME
            earlier = self._partials.get(key)
            part = None
            if newest_day <= day:
                part = _together(partial) if newest_day >= oldest else None
            elif earlier is not None:
                part = earlier.at(day, oldest)
            if part is not None:
                parts.append(part)
        is_known = bool(parts) and len(parts) == len(self._newest)
        record = None
        if is_known:
            whole = OfficeTotals.of(ALL_OFFICES, (each.cases for each in parts), (each.staff for each in parts))
            record = whole.record(rules, (day + 1) * DAY_MS)
        if len(self._past) > _DAYS_KEPT:
            self._past.clear()
        self._past[day] = record
        return record


def _together(partial: OfficePartial) -> OfficeTotals:
    return OfficeTotals.of(ALL_OFFICES, partial.cases, partial.staff)
