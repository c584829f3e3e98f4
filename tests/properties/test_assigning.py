"""Assigning cases to officers of their office changes no total of the office (CONTRACT.md §8)."""

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from schemas import hot
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.core.state.last_judged import counted_of
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events

RULES = Rules(load_policy())
CHANGED = {"unassigned", "with_absent", "lost_track", "by_cause", "deadlines_7d"}
"""What an assignment may change: who has the case, the causes that end by it, and deadlines of causes."""


class AssignableLog(NamedTuple):
    """A generated log, its end, and whom its cases could go to."""

    events: list[hot.AnyEvent]
    until: int
    choices: list[tuple[str, str, str]]
    totals: dict[str, dict[str, object]]


def evaluated(events: list[hot.AnyEvent], until: int) -> Evaluation:
    evaluation = Evaluation(RULES)
    for _ in evaluation.run(events, until):
        pass
    return evaluation


def totals_of(evaluation: Evaluation, until: int) -> dict[str, dict[str, object]]:
    """The numbers of every office that an assignment must not change."""
    records = [totals.record(RULES, until) for totals in evaluation.office_totals(evaluation.loads())]
    return {
        record.office: {name: value for name, value in asdict(record).items() if name not in CHANGED}
        for record in records
    }


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> AssignableLog:
    """200 cases; (case, officer of its office, office) for every open case that is not in transit."""
    folder: Path = tmp_path_factory.mktemp("assigning")
    until = to_ms(generate(Options(cases=200, days=60, seed=3), folder, policy=load_policy()).until)
    events = list(read_events([folder / "events.jsonl"]))
    evaluation = evaluated(events, until)
    officers: dict[str, set[str]] = {}
    for event in events:
        if isinstance(event, hot.OfficerUpdated):
            officers.setdefault(event.office, set()).add(event.officer_id)
    counted = [(case_id, counted_of(evaluation.cases.state(case_id))) for case_id, _ in evaluation.cases.records()]
    choices = [
        (case_id, officer, case.office)
        for case_id, case in counted
        if case is not None and not case.in_transit
        for officer in sorted(officers.get(case.office, ()))
    ]
    return AssignableLog(events, until, choices, totals_of(evaluation, until))


class TestAssigning:
    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_changes_no_total(self, log: AssignableLog, data: st.DataObject) -> None:
        """Whatever cases go to whatever officers, at work or not: work, capacity and need stay as they are."""
        chosen = data.draw(
            st.lists(st.sampled_from(log.choices), min_size=1, max_size=30, unique_by=lambda one: one[0])
        )
        moves: list[hot.AnyEvent] = [
            hot.OfficerAssigned(
                v=1,
                event_id=f"assigned-{case_id}",
                occurred_at=log.until,
                recorded_at=log.until,
                source="test",
                case_id=case_id,
                officer_id=officer,
                office=office,
            )
            for case_id, officer, office in chosen
        ]
        assert log.totals == totals_of(evaluated([*log.events, *moves], log.until), log.until)
