"""Runs the core over a scenario in the portions that a property asks for, and compares the outcome."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings

from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.driver import alert_json, hot_event, load_differences, load_json
from tests.newest import newest
from tests.oracle.facts import instant
from tests.strategies import seeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas import hot
    from schemas.policy import Policy
    from streams.core.effects import Effects
    from streams.core.load.partials import Partial, PartialRow
    from tests.strategies import Scenario

__all__ = ["EFFORT", "CoreRun", "differences", "examples", "known", "scenarios_of_seeds"]

EFFORT = float(os.environ.get("DOCKETWATCH_EFFORT", "1"))
"""How much more than usual to try: DOCKETWATCH_EFFORT=50 is an hour's search."""

Record = dict[str, Any]


def examples(count: int) -> settings:
    """Use the same examples every time, so that a red test means a changed program."""
    return settings(
        max_examples=max(1, int(count * EFFORT)),
        derandomize=True,
        database=None,
        deadline=None,
        # a policy alone takes sixty decisions
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


def scenarios_of_seeds(count: int, first: int = 0) -> Iterator[tuple[int, Scenario]]:
    """Yield many seeded logs, each with its seed for the message of a failure."""
    for seed in range(first, first + int(count * EFFORT)):
        yield seed, seeded(seed)


def merge_partial(rows: dict[str, PartialRow], partial: Partial) -> dict[str, PartialRow]:
    """Return the rows as of a final partial, from those of the one before: a partial may name only changed rows."""
    named = {row.officer_id: row for row in partial.rows}
    if partial.previous is None:
        assert not any(row.is_zero for row in partial.rows)
        return named
    return {name: row for name, row in (rows | named).items() if not row.is_zero}


def known(scenario: Scenario) -> list[Record]:
    """Return the events that are recorded up to the scenario's end, without clock records."""
    return [
        event
        for event in scenario.events
        if event["type"] != "clock" and instant(event["recorded_at"]) <= scenario.until
    ]


@dataclass
class CoreRun:
    """A case partition, an officer board, and their outputs.

    Attributes:
        periods: The rows at every period end at which they differed from the one before.
    """

    policy: Policy
    alerts: list[Record] = field(default_factory=list)
    moves: list[Record] = field(default_factory=list)
    tombstones: list[bytes] = field(default_factory=list)
    periods: dict[int, Any] = field(default_factory=dict)
    rows: dict[str, PartialRow] = field(default_factory=dict)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    officer_events: list[Any] = field(default_factory=list)
    late: int = 0

    def __post_init__(self) -> None:
        self.cases = CasePartition(Rules(self.policy))
        self.board = OfficerTable(Rules(self.policy), sources=1)

    def whole(self, scenario: Scenario) -> CoreRun:
        """Run everything in one portion."""
        self.advance(list(map(hot_event, known(scenario))), scenario.until)
        return self

    def advance(self, events: Sequence[hot.Event], watermark: int) -> Effects:
        """Run one portion and keep its effects."""
        effects = self.cases.advance(self.of_cases(events), watermark)
        self.collect(effects)
        return effects

    def of_cases(self, events: Sequence[hot.Event]) -> list[Any]:
        """Give the officers' events to the officer board; return the rest."""
        for event in events:
            if not hasattr(event, "case_id"):
                self.officer_events.append(event)
                self.board.apply(event, event.recorded_at)
        return [event for event in events if hasattr(event, "case_id")]

    def collect(self, effects: Effects) -> None:
        """Keep what a worker would publish and store."""
        self.alerts += map(alert_json, effects.alerts)
        self.moves += map(alert_json, effects.moves)
        self.tombstones += effects.tombstones
        for partial in effects.partials:
            self.rows, before = merge_partial(self.rows, partial), self.rows
            assert not self.periods or partial.as_of > max(self.periods)
            if self.rows != before:
                self.periods[partial.as_of] = sorted(self.rows.values(), key=lambda row: row.officer_id)
        self.changelog += effects.changelog
        self.late += sum(count for reason, count in effects.reasons.items() if reason == "late")

    def loads(self) -> list[Record]:
        """The load table as of the watermark."""
        self.board.add_partial(self.cases.final_partial())
        return [load_json(row) for row in self.board.rows(self.cases.watermark)]

    def restarted(self, policy: Policy | None = None) -> None:
        """Restore a new worker from the compacted changelog, with its keys in any order."""
        self.policy = policy or self.policy
        self.cases = CasePartition(Rules(self.policy))
        self.cases.restore(dict(sorted(newest(self.changelog).items(), key=lambda item: item[0][::-1])))
        self.collect(self.cases.restored())

    def outcome(self) -> tuple[Any, ...]:
        """Return all visible outputs."""
        return self.alerts, self.moves, sorted(self.tombstones), self.periods, self.loads()


def differences(oracle: tuple[list[Record], list[Record]], run: CoreRun) -> str:
    """Return how oracle and core differ, for the message of a failure; empty if they agree."""
    alerts, loads = oracle
    for index, (ours, theirs) in enumerate(zip(alerts, run.alerts, strict=False)):
        if ours != theirs:
            fields = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs.get(name)}
            return f"revision {index} of {ours['cause']}: oracle, core = {json.dumps(fields)}"
    if len(alerts) != len(run.alerts):
        return f"oracle {alerts[len(run.alerts) :]}, core {run.alerts[len(alerts) :]}"
    found = load_differences(loads, run.loads())
    return f"loads, oracle, core: {found}" if found else ""
