"""A log with a window in its middle, judged under two policies in one reading and in two evaluations."""

import json
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas import hot
from schemas.decode import decode
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.officers.table import load_json
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from streams.tools.whatif.both_sides import Side, judge_both
from streams.tools.whatif.comparison import Comparison, compare
from streams.tools.whatif.edits import Edits, with_settings
from tests.builders import assigned, booked, level, opened

NOW = Rules(load_policy())
TRIED = Rules(
    with_settings(
        load_policy(),
        [
            "causes.no_officer.after=1bd",
            "causes.in_transit.enabled=false",
            "causes.nothing_scheduled.after=36h",
            "causes.notice_undeliverable.after=9bd",
            "contact.grace.standard=5bd",
        ],
    )
)
OPEN = ("raised", "escalated")

Record = dict[str, Any]


class ComparedDocket(NamedTuple):
    """A generated log, a window in its middle, and the revisions under both policies."""

    events: list[hot.AnyEvent]
    since: int
    until: int
    now: list[Record]
    tried: list[Record]


def evaluated(events: Iterable[hot.AnyEvent], rules: Rules, until: int) -> tuple[list[Record], dict[str, bytes]]:
    evaluation = Evaluation(rules)
    revisions = [
        json.loads(revision.json()) for step in evaluation.run(events, until) for revision in step.effects.alerts
    ]
    return revisions, {load.officer_id: load_json(load) for load in evaluation.loads()}


@pytest.fixture(scope="session")
def docket(tmp_path_factory: pytest.TempPathFactory) -> ComparedDocket:
    """Generate 1,500 cases of 90 days, with the window from its 30th day on, and add what generated logs lack.

    An alert of one more case is raised again, and one of another gets another officer and office while it is open.
    """
    folder: Path = tmp_path_factory.mktemp("whatif")
    until = to_ms(generate(Options(cases=1_500, days=90, seed=8, late=0.05), folder, policy=load_policy()).until)
    added = [decode(json.dumps(each).encode()) for each in (*raised_again("z-again"), *moved("z-moved"))]
    events = sorted([*read_events([folder / "events.jsonl"]), *added], key=attrgetter("recorded_at"))
    since = to_ms("2026-02-04T00:00:00Z")
    return ComparedDocket(events, since, until, evaluated(events, NOW, until)[0], evaluated(events, TRIED, until)[0])


def raised_again(case_id: str) -> list[Record]:
    """Return the events of a check-in that is overdue under one level, then not yet under another, then again."""
    return [
        opened("2026-01-20T15:00:00Z", case_id=case_id, office="ATL", level="intensive"),
        assigned("2026-01-20T15:00:00Z", "z-1", case_id=case_id, office="ATL"),
        booked("2026-01-20T15:00:00Z", "2026-02-16T15:00:00Z", case_id=case_id),
        level("2026-02-20T15:00:00Z", "annual", case_id=case_id),
    ]


def moved(case_id: str) -> list[Record]:
    """Return the events of an overdue check-in whose case goes to another office."""
    return [
        opened("2026-01-20T15:00:00Z", case_id=case_id, office="ATL"),
        assigned("2026-01-20T15:00:00Z", "z-1", case_id=case_id, office="ATL"),
        booked("2026-01-20T15:00:00Z", "2026-02-10T15:00:00Z", case_id=case_id),
        assigned("2026-02-20T15:00:00Z", "z-2", case_id=case_id, office="SEA"),
    ]


@pytest.fixture(scope="session")
def sides(docket: ComparedDocket) -> tuple[Side, Side]:
    """Judge both policies in one reading."""
    now, tried, _ = judge_both(iter(docket.events), NOW, TRIED, Edits(), docket.since, docket.until)
    return now, tried


@pytest.fixture(scope="session")
def found(docket: ComparedDocket, sides: tuple[Side, Side]) -> Comparison:
    """Return the differences."""
    return compare(*sides, docket.since, docket.until, [])
