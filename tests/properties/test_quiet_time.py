"""Time without events is passed at once, with the same outcome as period end by period end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from schemas.instants import BEFORE_ALL_TIME
from schemas.policy import load_policy
from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from tests.driver import hot_event, load_json
from tests.properties.running import CoreRun, known, scenarios_of_seeds
from tests.unit.core.officers.test_partitioning import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from schemas import hot

YEAR = 365 * 86_400_000


class WalkingBoard(OfficerTable):
    """A board that looks at every period end, as if something could change at each."""

    def _quiet_until(self) -> int:
        return BEFORE_ALL_TIME


class Officers(CoreRun):
    """A run that also keeps officers' alerts.

    Args:
        rules: The rules of the policy.
        walks: Whether time is passed period end by period end.
    """

    def __init__(self, rules: Rules, *, walks: bool) -> None:
        super().__init__(rules.policy)
        self.cases = CasePartition(rules)
        self.board = (WalkingBoard if walks else OfficerTable)(rules, sources=1)
        self.officer_alerts: list[bytes] = []
        self._walks, self._period = walks, rules.period

    def pass_to(self, events: list[hot.Event], until: int) -> Officers:
        """Run the whole log and the silence after it."""
        if not (self._walks and events):
            self._step(events, until)
            return self
        position, end = 0, events[0].recorded_at // self._period * self._period
        while end < until:
            end = min(end + self._period, until)
            begin = position
            while position < len(events) and events[position].recorded_at <= end:
                position += 1
            self._step(events[begin:position], end)
        return self

    def _step(self, events: list[hot.Event], watermark: int) -> None:
        for partial in self.advance(events, watermark).partials:
            self.board.add_partial(partial)
        effects = self.board.advance(watermark)
        self.officer_alerts += [revision.json() for revision in effects.alerts]

    def everything(self) -> tuple[Any, ...]:
        """Return all visible outputs of cases and officers."""
        loads = [load_json(row) for row in self.board.rows(self.cases.watermark)]
        return self.alerts, self.periods, self.officer_alerts, loads, self.board.judged


class TestQuietTime:
    """Alerts, the rows of every period end and the loads are equal; a year of silence follows each log."""

    def test_on_colliding_logs(self) -> None:
        """The logs are seeded."""
        for seed, scenario in scenarios_of_seeds(20, first=910_000):
            events = sorted(map(hot_event, known(scenario)), key=lambda event: event.recorded_at)
            rules, until = Rules(scenario.policy), scenario.until + YEAR
            walked = Officers(rules, walks=True).pass_to(events, until)
            at_once = Officers(rules, walks=False).pass_to(events, until)
            assert walked.everything() == at_once.everything(), f"seed {seed}\n{scenario!r}"

    def test_on_a_docket_whose_officers_have_alerts(self, tmp_path: Path) -> None:
        """Most causes occur; their alerts are raised, escalated and ended in the silence too."""
        generate(Options(cases=120, days=40, seed=7), tmp_path, policy=load_policy())
        events = list(read_events([tmp_path / "events.jsonl"]))
        until = events[-1].recorded_at + YEAR
        walked = Officers(RULES, walks=True).pass_to(events, until)
        at_once = Officers(RULES, walks=False).pass_to(events, until)
        assert walked.everything() == at_once.everything()
        statuses = {(each["cause"], each["status"]) for each in map(msgspec.json.decode, at_once.officer_alerts)}
        assert {cause for cause, _ in statuses} >= {"overloaded", "intake_too_fast", "training_lapsed"}
        assert {status for _, status in statuses} >= {"raised", "escalated", "resolved"}
