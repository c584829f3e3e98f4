"""A log judged under two policies in one reading, compared with two evaluations."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from schemas import hot
from schemas.instants import to_ms
from streams.core.evaluation import Evaluation
from streams.core.officers.table import load_json
from streams.errors import UsageError
from streams.tools.whatif.both_sides import Side, judge_both
from streams.tools.whatif.comparison import AlertCounts, Comparison
from streams.tools.whatif.edits import Edits, Move
from streams.tools.whatif.plan import PlanFile, PlannedEvent
from tests.unit.tools.whatif.conftest import NOW, OPEN, TRIED, ComparedDocket, Record, evaluated


def raises(revisions: Iterable[Record], since: int) -> dict[str, list[int]]:
    """Return when each alert was raised: at revisions that follow one that is not open."""
    status: dict[str, str] = {}
    raised: dict[str, list[int]] = {}
    for record in revisions:
        if record["status"] in OPEN and status.get(record["alert_id"]) not in OPEN:
            raised.setdefault(record["alert_id"], []).append(to_ms(record["raised_at"]))
        status[record["alert_id"]] = record["status"]
    return {alert: times for alert, times in raised.items() if since < max(times)}


def first(revisions: Iterable[Record]) -> dict[str, int]:
    times: dict[str, int] = {}
    for record in revisions:
        times.setdefault(record["alert_id"], to_ms(record["raised_at"]))
    return times


def critical(revisions: Iterable[Record], since: int) -> set[str]:
    return {
        record["alert_id"] for record in revisions
        if record["status"] == "escalated" and to_ms(record["escalated_at"]) > since
    }  # fmt: skip


def still_open(revisions: Iterable[Record]) -> set[str]:
    last: Mapping[str, str] = {record["alert_id"]: record["status"] for record in revisions}
    return {alert for alert, status in last.items() if status in OPEN}


class TestBothSides:
    def test_they_equal_two_evaluations(self, docket: ComparedDocket, sides: tuple[Side, Side]) -> None:
        """Every alert and every load row is equal."""
        for side, rules, revisions in zip(sides, (NOW, TRIED), (docket.now, docket.tried), strict=True):
            assert {alert: history.raised_at for alert, history in side.alerts.items()} == first(revisions)
            _, loads = evaluated(docket.events, rules, docket.until)
            assert {officer: load_json(load) for officer, load in side.loads.items()} == loads

    def test_new_and_missing_alerts(self, docket: ComparedDocket, found: Comparison) -> None:
        """They were raised in the window on one side and never on the other."""
        now, tried = (raises(revisions, docket.since) for revisions in (docket.now, docket.tried))
        ever_now, ever_tried = first(docket.now), first(docket.tried)
        alerts = found.alerts
        assert (alerts.now, alerts.tried) == (len(now), len(tried))
        assert alerts.new == len(tried.keys() - ever_now.keys()) > 50
        assert alerts.gone == len(now.keys() - ever_tried.keys()) > 5

    def test_earlier_alerts(self, docket: ComparedDocket, found: Comparison) -> None:
        """Alerts of both sides are compared by the instants at which they were first raised."""
        now, tried = first(docket.now), first(docket.tried)
        names = raises(docket.now, docket.since).keys() | raises(docket.tried, docket.since).keys()
        shifts = [tried[name] - now[name] for name in names & now.keys() & tried.keys()]
        assert found.alerts.earlier == sum(shift < 0 for shift in shifts) > 5
        assert found.alerts.later == sum(shift > 0 for shift in shifts)

    def test_critical_and_open_alerts(self, docket: ComparedDocket, found: Comparison) -> None:
        """The counts are those of two evaluations."""
        alerts = found.alerts
        assert alerts.critical_now == len(critical(docket.now, docket.since)) > 0
        assert alerts.critical_tried == len(critical(docket.tried, docket.since))
        assert alerts.open_now == len(still_open(docket.now)) > 0
        assert alerts.open_tried == len(still_open(docket.tried))

    @pytest.mark.parametrize("groups", ["by_cause", "by_office", "by_officer"])
    def test_groups_add_up(self, found: Comparison, groups: str) -> None:
        """Every column of a breakdown adds up to the total's."""
        rows: list[AlertCounts] = getattr(found, groups)
        for column in ("now", "tried", "new", "gone", "earlier", "later", "open_now", "looks_tried", "critical_now"):
            assert sum(getattr(row, column) for row in rows) == getattr(found.alerts, column)

    def test_weeks_hold_the_alerts_of_the_window(self, found: Comparison) -> None:
        """No week precedes it, and together they have all of its alerts."""
        assert min(row.group for row in found.by_week) >= "2026-W06"
        assert sum(row.now for row in found.by_week) == found.alerts.now


class TestEdits:
    def test_a_move_changes_nothing_before_its_instant(self, docket: ComparedDocket) -> None:
        """Before it nothing changes, and afterwards the other officer has the docket."""
        officer, other = sorted(
            {event.officer_id for event in docket.events[:2_000] if isinstance(event, hot.OfficerAssigned)}
        )[:2]
        at = to_ms("2026-03-01T00:00:00Z")
        edits = Edits(moves=(Move(officer, other, at),))
        now, tried, _ = judge_both(iter(docket.events), NOW, NOW, edits, docket.since, at)
        assert {name: each.raised_at for name, each in now.alerts.items() if each.raised_at < at} == {
            name: each.raised_at for name, each in tried.alerts.items() if each.raised_at < at
        }
        held, taken = now.loads[officer], now.loads[other]
        assert held.open_cases > 0
        assert (tried.loads[officer].open_cases, tried.loads[officer].in_custody) == (0, 0)
        assert tried.loads[other].open_cases == held.open_cases + taken.open_cases

    def test_a_move_equals_its_events(self, docket: ComparedDocket) -> None:
        """The plan has an officer_assigned event for every open case of the officer."""
        assigned = Counter(event.officer_id for event in docket.events if isinstance(event, hot.OfficerAssigned))
        (officer, _), (other, _) = assigned.most_common(2)
        at = to_ms("2026-03-01T00:00:00.000Z")
        edits = Edits(moves=(Move(officer, other, at),))
        _, moved, _ = judge_both(iter(docket.events), NOW, NOW, edits, docket.since, docket.until)
        events = as_events(docket, officer, other, at)
        planned = tuple(PlannedEvent(line, event) for line, event in enumerate(events, start=1))
        _, by_plan, _ = judge_both(
            iter(docket.events), NOW, NOW, Edits(plan=PlanFile("plan.jsonl", planned)), docket.since, docket.until
        )
        assert len(planned) > 20
        assert moved.alerts == by_plan.alerts
        assert moved.loads == by_plan.loads

    def test_more_officers_have_capacity(self, docket: ComparedDocket) -> None:
        """Twenty officers are added at an office, each with the policy's 120 hours."""
        edits = Edits(added={"ATL": 20})
        now, tried, _ = judge_both(iter(docket.events), NOW, NOW, edits, docket.since, docket.until)
        left, right = ({office.office: office.record for office in side.offices} for side in (now, tried))
        assert right["ATL"].officers_at_work == left["ATL"].officers_at_work + 20
        assert right["ATL"].capacity_minutes_month == left["ATL"].capacity_minutes_month + 20 * 7_200
        assert right["SEA"] == left["SEA"]
        assert right["ATL"].workload_minutes_month == left["ATL"].workload_minutes_month > 0

    def test_an_unknown_officer_is_refused(self, docket: ComparedDocket) -> None:
        """The error names it."""
        edits = Edits(moves=(Move("officer-1", "stranger", docket.until),))
        with pytest.raises(UsageError, match=r"--move: .* names the officer (officer-1|stranger)"):
            judge_both(iter(docket.events), NOW, NOW, edits, docket.since, docket.until)

    def test_an_unknown_office_is_refused(self, docket: ComparedDocket) -> None:
        """The error names it."""
        with pytest.raises(UsageError, match="no case and no officer of the log is at the office MARS"):
            judge_both(iter(docket.events), NOW, NOW, Edits(added={"MARS": 1}), docket.since, docket.until)

    def test_edits_have_a_hash(self) -> None:
        """Other edits have another hash, and no edit has none."""
        one, two = Edits(added={"ATL": 1}), Edits(added={"ATL": 2})
        assert (Edits().hash, one.hash == Edits(added={"ATL": 1}).hash, one.hash == two.hash) == (None, True, False)


def as_events(docket: ComparedDocket, officer: str, other: str, at: int) -> Iterable[hot.OfficerAssigned]:
    evaluation = Evaluation(NOW)
    list(evaluation.run(docket.events, at - 1))
    offices = {
        event.officer_id: event.office for event in docket.events
        if isinstance(event, hot.OfficerAssigned | hot.OfficerUpdated) and event.recorded_at < at
    }  # fmt: skip
    cases = {
        event.case_id for event in docket.events
        if isinstance(event, hot.OfficerAssigned) and event.officer_id == officer
    }  # fmt: skip
    for case_id in sorted(case for case in cases if case in evaluation.cases):
        state = evaluation.cases.state(case_id)
        if state.lifecycle.value == 1 and state.opened and state.assignment.value == officer:
            yield hot.OfficerAssigned(
                v=1, event_id=f"whatif-{officer}-{other}", occurred_at=at, recorded_at=at, source="whatif",
                case_id=case_id, officer_id=other, office=offices[other],
            )  # fmt: skip
