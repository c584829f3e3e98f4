"""The page of a case: its history from its registers and its alerts."""

import json

from schemas import hot
from schemas.decode import decode
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.core.alerting.explanation import explain
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.web.case import CaseStory, Moment, timeline
from tests.unit.web.alerts import alert, tables_of

RULES = Rules(load_policy(None))


def event(kind: str, at: str, **fields: object) -> hot.Event:
    common = {"v": 1, "event_id": f"e-{kind}-{at}", "type": kind, "occurred_at": at, "recorded_at": at, "source": "s"}
    return decode(json.dumps({**common, "case_id": "c-1", **fields}).encode())


def page_of(*events: hot.Event, until: str) -> CaseStory:
    cases = CasePartition(RULES)
    clock = to_ms(until)
    cases.advance(list(events), clock)
    state = cases.state("c-1")
    return CaseStory("c-1", clock, state, explain(state, RULES, clock))


OPENED = event("case_opened", "2025-11-03T10:00:00Z", office="ATL", level="low")
ASSIGNED = event("officer_assigned", "2025-11-04T10:00:00Z", officer_id="o-1", office="ATL")
BOOKED = event(
    "check_in_scheduled", "2025-11-05T10:00:00Z", check_in_id="k-1", due_at="2025-12-05T10:00:00Z", channel="app"
)
MISSED = event("check_in_missed", "2025-12-05T18:00:00Z", check_in_id="k-1")


class TestTimeline:
    def test_the_history_has_the_newest_first(self) -> None:
        """It has facts and alerts, each once."""
        tables = tables_of(
            alert("1", case_id="c-1", cause="check_in_overdue", status="escalated",
                  raised_at="2025-12-05T18:00:00.000Z", escalated_at="2025-12-19T18:00:00.000Z"),
            alert("2", case_id="c-1", status="resolved", raised_at="2025-11-03T12:00:00.000Z",
                  ended_at="2025-11-04T10:00:00.000Z", ended_by="officer_assigned"),
        )  # fmt: skip
        moments = timeline(
            page_of(OPENED, ASSIGNED, BOOKED, MISSED, until="2026-01-01T00:00:00Z"), tables.of_case("c-1")
        )
        assert moments == sorted(moments, key=lambda moment: -moment.at)
        assert len(moments) == len(set(moments))
        texts = [moment.text for moment in moments]
        assert texts.index("Check-in overdue: escalated to critical") < texts.index("check-in k-1 recorded as missed")
        for text in (
            "Check-in overdue: alert raised",
            "No officer: alert raised",
            "No officer: resolved by officer_assigned",
            "check-in k-1 booked, due 2025-12-05 10:00 UTC",
            "assigned to o-1",
            "first officer assigned",
            "case opened",
            "level set to low",
            "at office ATL",
        ):
            assert text in texts

    def test_deadlines_are_ahead(self) -> None:
        """A future deadline is shown as such."""
        moments = timeline(page_of(OPENED, until="2025-11-04T10:00:00Z"), [])
        ahead = [moment for moment in moments if moment.kind == "due"]
        assert (
            Moment(to_ms("2025-11-10T10:00:00Z"), "due", "No officer: alert due unless an event prevents it") in ahead
        )
        assert all(moment.at > to_ms("2025-11-04T10:00:00Z") for moment in ahead)

    def test_open_alerts(self) -> None:
        """They are those of the explanation."""
        case = page_of(OPENED, until="2025-12-04T10:00:00Z")
        assert "no_officer" in [cause.cause for cause in case.standing]
