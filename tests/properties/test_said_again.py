"""A repeated event changes nothing: however often, whenever, whatever comes between, and across restarts."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.driver import hot_event
from tests.oracle import Step, carry_out
from tests.properties.running import EFFORT, CoreRun, differences, examples, known, scenarios_of_seeds
from tests.properties.short_logs import Search, event
from tests.properties.test_late_events import out_of_order, recorded
from tests.strategies import Scenario, scenarios

ASSIGNMENT = [
    *[
        event("officer_assigned", at, officer_id=officer, office=office)
        for at in (2, 4, 6)
        for officer, office in (("off-O", "F"), ("off-O", "G"), ("off-P", "F"))
    ],
    *[event("officer_unassigned", at) for at in (1, 3, 5)],
    *[event("transferred_in", at, office=office) for at, office in ((2, "F"), (3, "F"), (4, "G"), (6, "G"))],
    event("transferred_out", 5, from_office="F", to_office="G"),
]
BOOKING = [
    *[
        event("check_in_scheduled", at, check_in_id="k", channel="office", due_at=due)
        for at in (1, 3, 5, 7)
        for due in (4, 20)
    ],
    *[event("check_in_cancelled", at, check_in_id="k", by=by) for at in (2, 6, 8) for by in ("agency", "person")],
    event("check_in_missed", 4, check_in_id="k"),
    event("check_in_completed", 4, check_in_id="k", channel="office"),
]
HEARING = [
    *[
        event("hearing_scheduled", at, hearing_id="h", kind="master", due_at=due)
        for at in (1, 3, 5, 7)
        for due in (10, 20)
    ],
    *[event("hearing_adjourned", at, hearing_id="h", by="court") for at in (2, 4, 8)],
    event("hearing_cancelled", 6, hearing_id="h"),
    event("hearing_held", 6, hearing_id="h", appeared="yes"),
    event("hearing_missed", 2, hearing_id="h"),
    event("order_rescinded", 5, hearing_id="h"),
]
STATEMENTS = [
    *[event("case_opened", at, office="F", level=level, protected=False) for at, level in ((2, "low"), (4, "annual"))],
    *[event("case_closed", at, reason="other") for at in (1, 3, 5)],
    *[event("case_reopened", at) for at in (2, 4, 6)],
    *[
        event("custody_changed", at, custody=custody)
        for at, custody in enumerate(("none", "detained", "other", "none", "detained"))
    ],
    *[
        event("address_changed", at, status=status)
        for at, status in enumerate(("valid", "missing", "undeliverable", "valid"))
    ],
]


class TestShortLogs:
    @pytest.mark.parametrize("alphabet", [ASSIGNMENT, BOOKING, HEARING, STATEMENTS])
    def test_each(self, alphabet):
        """The search covers every log of so many events, and every event of it again at every later point."""
        search = Search(alphabet, 4 if EFFORT < 10 else 5)
        assert [] == list(search.differences())
        assert search.logs > 5_000


def replayed(scenario: Scenario, chance: random.Random, *, restarts: bool) -> CoreRun:
    """Run a log in portions; after any of them repeat part of it, perhaps many times, perhaps with the next one."""
    run = CoreRun(scenario.policy)
    events = list(map(hot_event, known(scenario)))
    instants = {event.recorded_at + shift for event in events for shift in (-1, 0, 1)}
    cuts = sorted(cut for cut in instants if chance.random() < 0.3 and cut < scenario.until)
    watermark = None
    for cut in (*cuts, scenario.until):
        portion = [e for e in events if e.recorded_at <= cut and (watermark is None or e.recorded_at > watermark)]
        before = [] if watermark is None else [e for e in events if e.recorded_at <= watermark]
        while chance.random() < 0.6 and before:
            again = chance.sample(before, chance.randint(1, len(before)))
            if chance.random() < 0.3:
                portion += [event for event in again if hasattr(event, "case_id")]
            else:
                run.advance(again, watermark)
            if restarts and chance.random() < 0.5:
                run.restarted()
        run.advance(portion, cut)
        watermark = cut
    while chance.random() < 0.7:
        run.advance(chance.sample(events, len(events)), scenario.until)
    return run


class TestWholeLogs:
    @examples(100)
    @given(scenarios(), st.randoms(use_true_random=False))
    def test_drawn(self, scenario, random):
        """No revision, tombstone or load differs; failing logs shrink."""
        whole = CoreRun(scenario.policy).whole(scenario).outcome()
        assert whole == replayed(scenario, random, restarts=True).outcome()

    @pytest.mark.parametrize("restarts", [False, True])
    def test_seeded(self, restarts):
        """The same holds on longer logs, by seed."""
        for seed, scenario in scenarios_of_seeds(400, first=1_300_000):
            whole = CoreRun(scenario.policy).whole(scenario).outcome()
            assert whole == replayed(scenario, random.Random(seed), restarts=restarts).outcome(), (
                f"seed {seed}\n{scenario!r}"
            )


def with_more(steps: list[Step], chance: random.Random) -> list[Step]:
    """Return the oracle's input, with part of the earlier input repeated after some steps."""
    more: list[Step] = []
    before: list[dict[str, Any]] = []
    for step in steps:
        more.append(step)
        before += step.events
        if before and chance.random() < 0.5:
            more.append(Step(step.at, chance.sample(before, chance.randint(1, len(before))), late=True))
    return more


class TestOutOfOrder:
    def test_oracle(self):
        """The oracle's outcome is the same for a log whose events come late and again."""
        for seed, scenario in scenarios_of_seeds(150, first=1_400_000):
            steps, _ = out_of_order(scenario, random.Random(seed))
            expected = carry_out(steps, scenario.policy, scenario.until)
            again = carry_out(with_more(steps, random.Random(seed)), scenario.policy, scenario.until)
            assert expected == again, f"seed {seed}\n{scenario!r}"

    def test_core(self):
        """The core reads a log in any order and parts of it again after every read; the worker restarts between."""
        for seed, scenario in scenarios_of_seeds(400, first=1_500_000):
            _, once = out_of_order(scenario, random.Random(seed))
            again_and_again = partial(_again, random.Random(seed + 1))
            _, again = out_of_order(scenario, random.Random(seed), between=again_and_again)
            assert once.outcome() == again.outcome(), f"seed {seed}\n{scenario!r}"

    def test_repeats_beside_late_events(self):
        """The same holds for repeats together with late events that come for the first time."""
        for seed, scenario in scenarios_of_seeds(400, first=1_600_000):
            steps, once = out_of_order(scenario, random.Random(seed))
            _, again = out_of_order(scenario, random.Random(seed), beside=partial(_some, random.Random(seed + 1)))
            assert once.outcome() == again.outcome(), f"seed {seed}\n{scenario!r}"
            assert "" == differences(carry_out(steps, scenario.policy, scenario.until), again), (
                f"seed {seed}\n{scenario!r}"
            )


def _some(chance: random.Random, read: list[dict[str, Any]]) -> list[dict[str, Any]]:
    some = chance.sample(read, chance.randint(0, len(read)))
    return [one for one in some if "case_id" in one]


def _again(chance: random.Random, run: CoreRun, read: list[dict[str, Any]]) -> None:
    while read and chance.random() < 0.6:
        part = chance.sample(read, chance.randint(1, len(read)))
        run.advance(sorted(map(hot_event, part), key=lambda event: chance.random()), run.cases.watermark)
        if chance.random() < 0.3:
            run.restarted()
    assert all(recorded(one) <= run.cases.watermark for one in read)
