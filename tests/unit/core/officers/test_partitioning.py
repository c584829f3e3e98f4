"""A realistic docket: any number of case and officer partitions gives the same officer alerts and loads."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import msgspec
import pytest

from schemas import hot
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.core.load.partials import Partial
from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from tests.newest import newest
from tests.unit.core.officers.table import DAY, rules

if TYPE_CHECKING:
    from pathlib import Path

    from streams.core.officers.alert_revision import OfficerAlertRevision

RULES = rules(
    """
[officers]
required_courses = ["safety"]
overloaded = { raise = 0.002, clear = 0.0015, periods = 3 }
critical = { raise = 0.005, clear = 0.003, periods = 3 }
intake = { per_open = 0.02, least = 1 }
""",
    review_by="2026-01-15",
)
START = to_ms("2026-01-05T00:00:00Z")
DAYS = 40
STEP = 7 * 3_600_000  # no multiple of the load period, so period ends fall anywhere in a step


class PartitionedOutputs(NamedTuple):
    """The outcome of a run."""

    alerts: list[bytes]
    loads: list[bytes]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[hot.Event]:
    """Return a generated docket, as the core reads it."""
    out: Path = tmp_path_factory.mktemp("docket")
    generate(Options(cases=250, days=DAYS, seed=7), out, policy=load_policy())
    return list(read_events([out / "events.jsonl"]))


def partition_of_key(name: str, count: int) -> int:
    """Return the partition of a key."""
    return crc32(name.encode()) % count


class PartitionedRun:
    """Case partitions that send partials, officer partitions that read them, and random interleaving and kills."""

    def __init__(self, cases: int, officers: int, seed: int) -> None:
        self.officers = officers
        self.cases = [CasePartition(RULES, number, keeps_changelog=False) for number in range(cases)]
        self.boards = [self._board(number, cases) for number in range(officers)]
        self.kept: list[list[tuple[bytes, bytes | None]]] = [[] for _ in range(officers)]
        self.alerts: list[OfficerAlertRevision] = []
        self.chance = Random(seed)

    def run(self, events: list[hot.Event]) -> PartitionedOutputs:
        """Run the whole log."""
        begin = 0
        for watermark in range(START, START + DAYS * DAY + 1, STEP):
            end = begin
            while end < len(events) and events[end].recorded_at <= watermark:
                end += 1
            self._step(events[begin:end], watermark)
            begin = end
        for partition in self.cases:
            self._send(partition.final_partial())
        loads = [load for board in self.boards for load in board.rows(START)]
        # every partition publishes its own officers in order; a reader of the topic gets them by officer
        self.alerts.sort(key=lambda alert: (alert.at, alert.officer_id or ""))
        return PartitionedOutputs(
            [alert.json() for alert in self.alerts],
            sorted(load.json() for load in loads),
        )

    def _step(self, events: list[hot.Event], watermark: int) -> None:
        for event in events:
            if isinstance(event, hot.OfficerEvent):
                board = self.boards[partition_of_key(event.officer_id, len(self.boards))]
                board.apply(event, board.watermark)
        waiting = []
        for number, partition in enumerate(self.cases):
            mine = [
                e
                for e in events
                if isinstance(e, hot.CaseEvent) and partition_of_key(e.case_id, len(self.cases)) == number
            ]
            waiting.append([*partition.advance(mine, watermark).partials, partition.live_partial()])
        while any(waiting):
            self._send(self.chance.choice([queue for queue in waiting if queue]).pop(0))
            if self.chance.random() < 0.05:
                self._kill(self.chance.randrange(len(self.boards)), watermark)
        for number, board in enumerate(self.boards):
            self._advance(number, watermark)
            self._send(board.progress().carried())
        for number in range(len(self.boards)):
            self._advance(number, watermark)

    def _send(self, partial: Partial) -> None:
        for number, board in enumerate(self.boards):
            rows = [row for row in partial.rows if partition_of_key(row.officer_id, len(self.boards)) == number]
            sent = msgspec.json.encode(msgspec.structs.replace(partial, rows=rows))
            board.add_partial(msgspec.json.decode(sent, type=Partial))

    def _advance(self, number: int, watermark: int) -> None:
        effects = self.boards[number].advance(watermark)
        self.kept[number] += effects.changelog
        self.alerts += effects.alerts

    def _kill(self, number: int, watermark: int) -> None:
        self._advance(number, watermark)
        self.boards[number] = self._board(number, len(self.cases))
        self.boards[number].restore(newest(self.kept[number]))
        assert self.boards[number].restored().alerts == []

    def _board(self, number: int, sources: int) -> OfficerTable:
        return OfficerTable(RULES, sources, number=number, partitions=self.officers)


def test_any_partitioning_has_the_same_outcome(events: list[hot.Event]) -> None:
    """The test includes sums, finals at different times, a partition whose cases come late, and restarts."""
    alone = PartitionedRun(cases=1, officers=1, seed=0).run(events)
    assert {msgspec.json.decode(alert)["cause"] for alert in alone.alerts} >= {
        "overloaded",
        "training_lapsed",
        "intake_too_fast",
        "policy_review_overdue",
    }

    assert PartitionedRun(cases=3, officers=2, seed=1).run(events) == alone
    assert PartitionedRun(cases=5, officers=1, seed=2).run(events) == alone
