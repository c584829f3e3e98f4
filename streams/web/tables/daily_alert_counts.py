"""How many cases were lost track of at the end of each day, and how many alerts were raised and ended: of the alerts.

The alert topics keep the newest revision of every alert, and it says when the alert was raised and when it ended. Here
are daily changes only, however many alerts there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from schemas.causes import CauseClass
from streams.web.tables.alert_rows import CaseAlert
from streams.web.tables.daily_changes import DailyChanges

__all__ = ["ANY_SIDE", "DAY_MS", "DailyAlertCounts", "WeekCounts"]

DAY_MS: Final = 86_400_000
ANY_SIDE: Final = "any"
"""The series of cases with an alert on any side."""

_SERIES: Final = (ANY_SIDE, *(side.value for side in CauseClass))
_FIRST_MONDAY: Final = -3  # 1969-12-29, days from 1970-01-01


class WeekCounts(Struct, frozen=True):
    """The alerts of a week.

    Attributes:
        monday: The first day of the week, in days from 1970-01-01.
        raised, ended: Alerts raised in it, and ended in it.
    """

    monday: int
    raised: int
    ended: int


class DailyAlertCounts:
    """Daily counts of all alerts, of protected cases too, as in all totals."""

    def __init__(self) -> None:
        self._cases = {series: DailyChanges() for series in _SERIES}
        self._raised, self._ended = DailyChanges(), DailyChanges()

    def exchange(self, before: Sequence[CaseAlert], after: Sequence[CaseAlert]) -> None:
        """Replace the alerts of one case.

        Args:
            before: All that were counted for it, or those of them that are still known.
            after: Those, with the change.
        """
        for alerts, sign in ((before, -1), (after, 1)):
            for alert in alerts:
                self._raised.add(alert.raised_at // DAY_MS, sign)
                if alert.ended_at is not None:
                    self._ended.add(alert.ended_at // DAY_MS, sign)
            for series, day, change in _changes(alerts):
                self._cases[series].add(day, sign * change)

    def cases(self, series: str, last: int, days: int) -> list[int]:
        """Cases with an open alert at the end of each day.

        Args:
            series: A side, or ANY_SIDE.
            last: The last day, in days from 1970-01-01.
            days: How many.
        """
        return self._cases[series].until(last - days + 1, last)

    def weeks(self, last: int, weeks: int) -> list[WeekCounts]:
        """Alerts raised and ended in each week from Monday to Sunday (UTC), the week of the day `last` as far as known.

        Args:
            last: A day, in days from 1970-01-01.
            weeks: How many.
        """
        monday = last - (last - _FIRST_MONDAY) % 7
        return [
            WeekCounts(
                first,
                sum(self._raised.on(first + day) for day in range(7)),
                sum(self._ended.on(first + day) for day in range(7)),
            )
            for first in range(monday - 7 * (weeks - 1), monday + 1, 7)
        ]


def _changes(alerts: Sequence[CaseAlert]) -> Iterator[tuple[str, int, int]]:
    """Series, day, and by how much the number of cases at the end of a day differs from the day before."""
    spans: dict[str, list[tuple[int, int | None]]] = {}
    for alert in alerts:
        ended = None if alert.ended_at is None else alert.ended_at // DAY_MS
        span = alert.raised_at // DAY_MS, ended
        if ended is None or ended > span[0]:
            spans.setdefault(ANY_SIDE, []).append(span)
            if alert.side in _SERIES:
                spans.setdefault(alert.side, []).append(span)
    for series, theirs in spans.items():
        for first, end in _united(theirs):
            yield series, first, 1
            if end is not None:
                yield series, end, -1


def _united(spans: Iterable[tuple[int, int | None]]) -> Iterator[tuple[int, int | None]]:
    """Spans without overlaps; an end of None is none yet."""
    ordered = sorted(spans, key=lambda span: span[0])
    first, end = ordered[0]
    for start, stop in ordered[1:]:
        if end is not None and start > end:
            yield first, end
            first, end = start, stop
        elif end is not None and (stop is None or stop > end):
            end = stop
    yield first, end
