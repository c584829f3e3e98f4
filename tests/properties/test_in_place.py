"""Events applied to packed cases in C leave the same bytes and say the same as the case table with unpacked ones."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from schemas.policy import load_policy
from streams.core import case_table
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.builders import (
    acknowledged,
    address,
    assigned,
    booked,
    checked_in,
    custody,
    hearing_set,
    missed,
    only,
    opened,
    received,
    sent,
    unassigned,
    when,
)
from tests.compiler import needs_compiler
from tests.driver import alert_json, hot_event
from tests.load.play_again import make
from tests.properties.running import known, scenarios_of_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemas import hot
    from schemas.policy import Policy
    from streams.core.in_place.applying import InPlace

Said = list[object]


class Runs:
    """Runs a log with packed cases and with unpacked ones.

    Attributes:
        applied: How many events were applied to packed cases.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch, self._compiled = monkeypatch, case_table.in_place
        self._made: list[InPlace] = []

    @property
    def applied(self) -> int:
        return sum(each.applied for each in self._made)

    def _in_place(self, *given: object) -> InPlace | None:
        made = self._compiled(*given)  # type: ignore[arg-type]
        assert made is not None
        self._made.append(made)
        return made

    def _said(self, policy: Policy, events: Sequence[hot.CaseEvent], portion: int, until: int) -> Said:
        """Return all that is published and kept after each portion, with a restart after every seventh."""
        cases, rules, said = CasePartition(Rules(policy)), Rules(policy), []
        kept: dict[str, bytes] = {}
        for number, start in enumerate(range(0, len(events), portion)):
            part = events[start : start + portion]
            effects = cases.advance(part, part[-1].recorded_at)
            said += [sorted(effects.changelog), effects.partials, list(map(alert_json, effects.alerts))]
            said += [dict(effects.reasons), cases.quiet_until, cases.office_rows(), cases.live_partial()]
            kept |= {key.decode(): value for key, value in effects.changelog if value is not None}
            if number % 7 == 6:
                cases = CasePartition(rules)
                cases.restore(dict(kept))
                cases.restored()
        effects = cases.advance([], until)
        return [*said, sorted(effects.changelog), list(map(alert_json, effects.alerts)), sorted(cases.records())]

    def assert_equal(
        self, policy: Policy, events: Sequence[hot.CaseEvent], portion: int, until: int, message: object = ""
    ) -> None:
        with self._monkeypatch.context() as patch:
            patch.setattr(case_table, "in_place", self._in_place)
            packed = self._said(policy, events, portion, until)
            patch.setattr(case_table, "in_place", lambda *_given: None)
            assert packed == self._said(policy, events, portion, until), message


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def at(minute: int) -> str:
    return f"day 1 {minute // 60:02}:{minute % 60:02}"


def of_cases(events: Sequence[dict[str, object]]) -> list[hot.CaseEvent]:
    found = [event for event in map(hot_event, events) if hasattr(event, "case_id")]
    return sorted(found, key=lambda event: event.recorded_at)  # type: ignore[return-value]


@needs_compiler
class TestSeededLogs:
    @pytest.mark.parametrize("portion", [1, 3, 20])
    def test_each(self, runs: Runs, portion: int) -> None:
        """The logs are made to collide: late, repeated, of one instant, of cases that are closed or have an alert."""
        events = 0
        for seed, scenario in scenarios_of_seeds(150, first=400_000 + portion):
            log = of_cases(known(scenario))
            runs.assert_equal(scenario.policy, log, portion, scenario.until, seed)
            events += len(log)
        assert events / 50 < runs.applied < events

    def test_again(self, runs: Runs) -> None:
        """Each event comes a second time some events later, which changes nothing."""
        for seed, scenario in scenarios_of_seeds(100, first=500_000):
            log = of_cases(known(scenario))
            again = [each for start in range(0, len(log), 5) for each in log[start : start + 5] * 2]
            runs.assert_equal(scenario.policy, again, 2, scenario.until, seed)
        assert runs.applied


@needs_compiler
class TestDocket:
    def test_half_a_year(self, runs: Runs, tmp_path: Path) -> None:
        """The histories are as long as those of a docket, so that appointments go to the archive."""
        events, _ = make(tmp_path, cases=250, days=180)
        log = sorted((event for event in events if hasattr(event, "case_id")), key=lambda event: event.recorded_at)
        runs.assert_equal(load_policy(None), log, 40, log[-1].recorded_at + 1)
        assert runs.applied > len(log) / 4


def facts_of(seed: int) -> list[dict[str, object]]:
    """Return facts of one case, recorded in another order than they occurred in, and some of them twice.

    With an odd seed the case is also transferred: then its old office may repeat itself, and the case is unpacked.
    """
    chance = Random(seed)
    officers, offices = ("o-1", "o-2" * 12), ("UTC-1", "UTC-2")
    told_facts = [
        lambda at, told: assigned(at, chance.choice(officers), office=chance.choice(offices), known=told),
        lambda at, told: assigned(at, chance.choice(officers), known=told),
        lambda at, told: unassigned(at, known=told),
        lambda at, told: acknowledged(at, chance.choice(officers), known=told),
        lambda at, told: custody(at, chance.choice(("none", "detained", "other")), known=told),
        lambda at, told: address(at, chance.choice(("valid", "missing", "undeliverable")), known=told),
    ]
    if seed % 2:
        told_facts += [
            lambda at, told: sent(at, chance.choice(offices), known=told),
            lambda at, told: received(at, chance.choice(offices), known=told),
        ]
    log = [opened(at(0))]
    for number in range(1, 60):
        occurred = f"day {chance.randint(max(1, number - 4), number) - 1} 00:0{chance.randint(0, 2)}"
        log.append(chance.choice(told_facts)(occurred, f"day {number}"))
        if chance.random() < 0.2:
            log.append(log[-1] | {"recorded_at": when(f"day {number} 00:0{chance.randint(3, 9)}")})
    return log


@needs_compiler
class TestRegisters:
    """The officer, the office, the custody and the address, where no alert is due for years."""

    @pytest.mark.parametrize("cause", ["no_officer", "in_transit", "handoff_stalled", "notice_undeliverable"])
    def test_facts_in_any_order(self, runs: Runs, cause: str) -> None:
        facts = 0
        for seed in range(60):
            log = of_cases(facts_of(seed))
            runs.assert_equal(only(cause, after="1000d"), log, 1 + seed % 4, log[-1].recorded_at + 1, seed)
            facts += len(log)
        assert runs.applied > facts * 0.6

    def test_moves_of_more_than_a_month_ago(self, runs: Runs) -> None:
        """A case forgets them at its next event, and those of the month before it stay."""
        log = of_cases([opened(at(0)), *(assigned(f"day {2 + 9 * number}", f"o-{number % 2}") for number in range(12))])
        runs.assert_equal(only("no_officer", after="1000d"), log, 1, log[-1].recorded_at + 1)
        assert runs.applied > 10


@needs_compiler
class TestUnusualCases:
    """What a packed case may hold and seldom does."""

    @pytest.mark.parametrize("count", [31, 32, 33, 40])
    def test_many_appointments(self, runs: Runs, count: int) -> None:
        """Up to 31 appointments of a kind are read in place."""
        log = [opened(at(0)), assigned(at(1), "o-1")]
        log += [booked(at(2 + place), f"day {40 + place}", check_in_id=f"b-{place}") for place in range(count)]
        log += [hearing_set(at(100 + place), f"day {60 + place}", hearing_id=f"h-{place}") for place in range(count)]
        log += [checked_in(at(200 + place), f"b-{place}") for place in range(count)]
        self._assert_equal(runs, log)

    @pytest.mark.parametrize("name", ["n", "n" * 31, "n" * 32, "n" * 64])
    def test_names_of_any_length(self, runs: Runs, name: str) -> None:
        """A short text is packed in another form than a long one."""
        ids = [letter + name[1:] for letter in "abcde"]
        log = [opened(at(0)), assigned(at(1), name), acknowledged(at(1), name, event_id=ids[0])]
        log += [booked(at(2), "day 9", check_in_id=name, event_id=ids[1])]
        log += [booked(at(2), "day 8", check_in_id=name, event_id=ids[2]), missed(at(3), check_in_id=name)]
        log += [checked_in(at(3), name, event_id=ids[3]), checked_in(at(3), name, event_id=ids[4])]
        self._assert_equal(runs, log)

    def _assert_equal(self, runs: Runs, log: list[dict[str, object]]) -> None:
        events = of_cases(log)
        runs.assert_equal(load_policy(None), events, 1, events[-1].recorded_at + 1)
        assert runs.applied
