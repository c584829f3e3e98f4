"""Reads a log once and makes a forecast at the end of every week of it, so that the last one knows how far to trust."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final

from msgspec import Struct

from schemas import hot
from streams.core.evaluation import Evaluation, Step, batches
from streams.core.load.office_rows import ABSENT
from streams.core.policy.rules import Rules
from streams.tools.forecast.case_weeks import CaseGroup, CaseWeeks, GroupWeek, Week
from streams.tools.forecast.entries import expected_entries, factors_of
from streams.tools.forecast.intervals import Errors
from streams.tools.forecast.outlook import Actual, Outlook, Scope, Weights, actuals_of, outlooks_of
from streams.tools.forecast.states import WEEK_MS
from streams.tools.forecast.transitions import Responses, Transitions, responses_of
from streams.tools.forecast.week_volumes import ClosedDays, WeekVolumes

__all__ = ["Origin", "WeeklyForecasts"]

_HISTORY: Final = 26
"""How many weeks the rates are taken from; deploy/forecast.md compares it with fewer."""
_FEWEST_WEEKS: Final = 3
"""Weeks that the rates of a forecast need for its errors to count; a choice."""
_recorded_at: Final = attrgetter("recorded_at")


class Origin(Struct, frozen=True):
    """What was foreseen at the end of one week.

    Attributes:
        at: The instant (ms).
        outlooks: By scope.
        actuals: What the week that ends then brought.
        weeks: Of how many weeks the rates are.
        took_place: Check-ins, and hearings, of these weeks.
        groups: What each group has then.
    """

    at: int
    outlooks: dict[Scope, Outlook]
    actuals: dict[Scope, Actual]
    weeks: int
    took_place: tuple[int, int]
    groups: dict[CaseGroup, GroupWeek]


class WeeklyForecasts:
    """Forecasts at the ends of weeks, the last one at `until`.

    Args:
        rules: The policy.
        until: The instant (ms) of the last one; weeks are counted back from it.
        horizon: Weeks ahead.

    Attributes:
        evaluation: The log as evaluated so far.
        errors: Of the forecasts that have come due.
        horizon: Weeks ahead.
        entries: Cases that were opened, reopened or released, by week.
        last_recorded_at: The instant (ms) of the last event that was read; None before the first.
    """

    def __init__(self, rules: Rules, until: int, horizon: int) -> None:
        self.evaluation = Evaluation(rules)
        self.errors = Errors()
        self._until, self.horizon = until, horizon
        self._weights = Weights.of(rules)
        self._closed = ClosedDays(rules, until)
        self._follower = CaseWeeks(horizon)
        self._weeks: deque[Week] = deque(maxlen=_HISTORY)
        self.entries: list[float] = []
        self.last_recorded_at: int | None = None
        self._origins: deque[Origin] = deque(maxlen=horizon)

    def run(
        self,
        events: Iterable[hot.Event],
        on_step: Callable[[Step], None] | None = None,
        on_origin: Callable[[Origin], None] | None = None,
    ) -> Origin | None:
        """Evaluate a log.

        Args:
            events: Sorted by recorded_at.
            on_step: Called with what each stretch came to.
            on_origin: Called with every forecast.

        Returns:
            The last forecast; None without an event.
        """
        end: int | None = None
        last: Origin | None = None
        for batch, watermark in batches(events, self._until):
            if end is None and batch:
                first = batch[0].recorded_at
                end = self._until - (self._until - first) // WEEK_MS * WEEK_MS
            rest: Sequence[hot.Event] = batch
            while end is not None and end <= watermark:
                cut = bisect_right(rest, end, key=_recorded_at)
                self._step(rest[:cut], end, on_step)
                rest = rest[cut:]
                last = self._end_week(end)
                if last is not None and on_origin is not None:
                    on_origin(last)
                end += WEEK_MS
            if rest or watermark > self.evaluation.cases.watermark:
                self._step(rest, watermark, on_step)
        return last

    def _step(self, events: Sequence[hot.Event], watermark: int, on_step: Callable[[Step], None] | None) -> None:
        if events:
            self.last_recorded_at = events[-1].recorded_at
        step = self.evaluation.step(events, watermark)
        self._follower.note(events)
        if on_step is not None:
            on_step(step)

    def _end_week(self, at: int) -> Origin | None:
        self.entries.append(self._follower.began)
        if (self._until - at) // WEEK_MS > _HISTORY + self.horizon:
            self._follower.skip_week()
            return None
        week = self._follower.end_week(self.evaluation.cases, at)
        self._weeks.append(week)
        before = self._weeks[-2] if len(self._weeks) > 1 else week
        actuals = actuals_of(before.groups, week.groups, self._weights)
        for origin in self._origins:
            ahead = (at - origin.at) // WEEK_MS - 1
            if origin.weeks >= _FEWEST_WEEKS:
                self.errors.add(origin.outlooks, ahead, actuals)
        followed = [each for each in self._weeks if each.transitions is not None]
        responses = self._responses(followed, 0), self._responses(followed, 1)
        factors = factors_of(self.entries[1:], self.horizon)  # the first week may hold a loaded history
        absent = [load.officer_id for load in self.evaluation.loads() if load.status in ABSENT]
        entries = (
            expected_entries(self._weeks, 0, factors, absent),
            expected_entries(self._weeks, 1, factors, absent),
        )
        offices = {group.office for group in week.groups.keys() | entries[0].keys() | entries[1].keys()}
        volumes = self._volumes(followed, offices, at)
        outlooks = outlooks_of(week.groups, responses, entries, volumes, self._weights, self.horizon)
        took_place = _took_place(followed, 0), _took_place(followed, 1)
        origin = Origin(at, outlooks, actuals, len(followed), took_place, week.groups)
        self._origins.append(origin)
        return origin

    def _responses(self, followed: Sequence[Week], kind: int) -> Responses:
        seen = (week.transitions[kind] for week in followed if week.transitions is not None)
        return responses_of(Transitions.together(seen), self.horizon, self._weights.levels)

    def _volumes(self, followed: Sequence[Week], offices: Iterable[str], at: int) -> dict[str, list[list[float]]]:
        kinds = [WeekVolumes(followed, kind, self._closed) for kind in range(2)]
        return {office: [each.factors(office, at, self.horizon) for each in kinds] for office in offices}


def _took_place(weeks: Iterable[Week], kind: int) -> int:
    return sum(counts.took_place[kind] for week in weeks for counts in week.groups.values())
