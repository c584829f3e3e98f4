"""Makes the records of a forecast, for every office and officer, from rates, intervals and collisions."""

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.instants import to_text
from schemas.loads import Load
from streams.core.load.office_record import OfficeTotals
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.tools.forecast.case_weeks import CaseGroup, GroupWeek
from streams.tools.forecast.collisions import Collision, CollisionKind, Collisions, collisions_of
from streams.tools.forecast.intervals import interval
from streams.tools.forecast.outlook import ALL, Outlook, Scope, Weights, scopes_of
from streams.tools.forecast.records import (
    Appointments,
    CollisionCounts,
    Forecast,
    Range,
    ScopeForecast,
    Term,
    ThirtyDays,
    WeekAhead,
)
from streams.tools.forecast.states import WEEK_MS
from streams.tools.forecast.weekly import Origin, WeeklyForecasts

__all__ = ["DEFAULT_WEEKS", "forecast_of"]

DEFAULT_WEEKS: Final = 8
_MONTH_WEEKS: Final = 30 * DAY_MS / WEEK_MS
_WHOLE_WEEKS: Final = 4
_DIGITS: Final = 2
_CHECK_INS, _HEARINGS, _OPEN_CASES, _WORKLOAD = range(4)


def forecast_of(weekly: WeeklyForecasts, origin: Origin, rules: Rules) -> tuple[Forecast, list[Collision]]:
    """The forecast at an origin, and every booked appointment that collides.

    Args:
        weekly: What read the log up to the origin.
        origin: The end of the last week.
        rules: The policy.
    """
    evaluation = weekly.evaluation
    loads = evaluation.loads()
    weeks = weekly.horizon
    check_ins, hearings = origin.took_place
    last = origin.at if weekly.last_recorded_at is None else weekly.last_recorded_at
    statuses = {load.officer_id: load.status for load in loads}
    collisions = collisions_of(evaluation.cases, rules, statuses, origin.at, weeks)
    scopes = _Scopes(weekly, origin, rules, Collisions(collisions, origin.at, weeks), weeks)
    return (
        Forecast(
            as_of=to_text(origin.at),
            policy=rules.policy_id,
            policy_hash=rules.policy_hash,
            history_weeks=origin.weeks,
            check_ins_seen=check_ins,
            hearings_seen=hearings,
            last_recorded_at=to_text(last),
            interval_errors=weekly.errors.fewest(weeks),
            offices=[scopes.of_office(totals) for totals in evaluation.office_totals(loads)],
            officers=[scopes.of_officer(load) for load in loads],
        ),
        collisions,
    )


class _Scopes:
    def __init__(
        self, weekly: WeeklyForecasts, origin: Origin, rules: Rules, collisions: Collisions, weeks: int
    ) -> None:
        self._errors, self._origin, self._rules = weekly.errors, origin, rules
        self._collisions, self._weeks = collisions, weeks
        self._weights = Weights.of(rules)
        self._booked_30d = _booked_30d(origin.groups)

    def of_office(self, totals: OfficeTotals) -> ScopeForecast:
        record = totals.record(self._rules, self._origin.at)
        scope = ALL if totals.office == ALL.name else Scope("office", totals.office)
        capacity, workload = record.capacity_minutes_month, record.workload_minutes_month
        return self._of(scope, totals.office, None, None, capacity, workload)

    def of_officer(self, load: Load) -> ScopeForecast:
        scope = Scope("officer", load.officer_id)
        capacity, workload = load.capacity_minutes_month, load.workload_minutes_month
        return self._of(scope, load.office, load.officer_id, load.status, capacity, workload)

    def _of(
        self,
        scope: Scope,
        office: str | None,
        officer: str | None,
        status: str | None,
        capacity: float,
        workload: float,
    ) -> ScopeForecast:
        outlook = self._origin.outlooks.get(scope) or Outlook.empty(self._weeks)
        return ScopeForecast(
            office=office,
            officer_id=officer,
            status=status,
            thirty_days=self._thirty_days(scope, outlook, workload),
            weeks=[self._week(scope, outlook, week, capacity / _MONTH_WEEKS) for week in range(self._weeks)],
        )

    def _week(self, scope: Scope, outlook: Outlook, week: int, capacity: float) -> WeekAhead:
        counts = self._collisions.of(scope, week)
        begins = self._origin.at + week * WEEK_MS
        workload = self._range(scope, outlook, _WORKLOAD, week)
        booked = outlook.case_minutes + self._weights.of_appointments(outlook.booked[0][week], outlook.booked[1][week])
        return WeekAhead(
            week=week + 1,
            begins=to_text(begins),
            ends=to_text(begins + WEEK_MS),
            check_ins=self._appointments(scope, outlook, _CHECK_INS, week),
            hearings=self._appointments(scope, outlook, _HEARINGS, week),
            open_cases=self._range(scope, outlook, _OPEN_CASES, week),
            workload_minutes=workload,
            workload_minutes_booked=_rounded(booked),
            capacity_minutes=_rounded(capacity),
            utilisation=_rounded(outlook.expected[_WORKLOAD][week] / capacity) if capacity else None,
            collisions=CollisionCounts(
                officer_away=counts[CollisionKind.OFFICER_AWAY],
                holiday=counts[CollisionKind.HOLIDAY],
                two_places=counts[CollisionKind.TWO_PLACES],
            ),
        )

    def _appointments(self, scope: Scope, outlook: Outlook, measure: int, week: int) -> Appointments:
        total = self._range(scope, outlook, measure, week)
        kept, entering = outlook.kept[measure][week], outlook.entering[measure][week]
        return Appointments(
            booked=round(outlook.booked[measure][week]),
            kept=_rounded(kept),
            rebooked=_rounded(max(0.0, outlook.expected[measure][week] - kept - entering)),
            entering=_rounded(entering),
            expected=total.expected,
            low=total.low,
            high=total.high,
        )

    def _range(self, scope: Scope, outlook: Outlook, measure: int, week: int) -> Range:
        expected = outlook.expected[measure][week]
        low, high = interval(expected, self._errors.bound(scope, measure, week))
        return Range(_rounded(expected), _rounded(low), _rounded(high))

    def _thirty_days(self, scope: Scope, outlook: Outlook, workload: float) -> ThirtyDays:
        check_ins, hearings = self._booked_30d.get(scope, (0, 0))
        expected = [_thirty(outlook.expected[kind]) for kind in (_CHECK_INS, _HEARINGS)]
        comes, is_held = expected
        ahead = None
        if comes is not None and is_held is not None:
            of_booked = self._weights.of_appointments(check_ins, hearings)
            ahead = _rounded(workload - of_booked + self._weights.of_appointments(comes, is_held))
        return ThirtyDays(
            check_ins=Term(check_ins, None if comes is None else _rounded(comes)),
            hearings=Term(hearings, None if is_held is None else _rounded(is_held)),
            workload_minutes_booked=workload,
            workload_minutes_expected=ahead,
        )


def _thirty(a_week: Iterable[float]) -> float | None:
    """Of 30 days: four weeks, and two days of the fifth; None when there is no fifth."""
    weeks = list(a_week)
    if len(weeks) <= _WHOLE_WEEKS:
        return None
    return sum(weeks[:_WHOLE_WEEKS]) + weeks[_WHOLE_WEEKS] * (_MONTH_WEEKS - _WHOLE_WEEKS)


def _booked_30d(groups: Mapping[CaseGroup, GroupWeek]) -> dict[Scope, tuple[int, int]]:
    found: dict[Scope, tuple[int, int]] = {}
    for group, counts in groups.items():
        for scope in scopes_of(group):
            check_ins, hearings = found.get(scope, (0, 0))
            found[scope] = check_ins + counts.booked_30d[0], hearings + counts.booked_30d[1]
    return found


def _rounded(value: float) -> float:
    return round(value, _DIGITS)
