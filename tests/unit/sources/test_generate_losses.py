"""Planned losses: every cause's plan leads to that cause, in windows of any length, and all other cases are handled."""

from collections import Counter

import pytest

from schemas.causes import Cause
from schemas.policy import Policy, load_policy
from streams.sources.generate import Options
from streams.sources.generate.biography import live
from streams.sources.generate.losses import LOSSES, loss_of
from streams.sources.generate.recording import Recorder
from streams.sources.generate.truth import Truth
from streams.sources.generate.world import World


def planned_and_true(options: Options, policy: Policy) -> list[tuple[Cause | None, set[Cause]]]:
    """Return, for every case, its planned cause and all its open causes."""
    world, recorder, judge = World(options, policy), Recorder(options), Truth(policy, options.end_ms)
    found = []
    for number in range(options.cases):
        loss = loss_of(world, number)
        life = live(world, number)
        recorder.record(life.facts.events, recorder.loaded_at(number), life.chance)
        standing = judge.of(life.facts.case_id, life.facts.events)
        found.append((loss and loss.cause, {lost.cause for lost in standing}))
    return found


class TestPlans:
    @pytest.mark.parametrize("days", [1, 7, 30, 180, 800])
    def test_every_plan_succeeds(self, days):
        """A case with a planned loss is lost by that cause, and no other case is lost."""
        found = planned_and_true(Options(cases=400, days=days, seed=days, lost=0.3, late=0.2), load_policy())
        assert [] == [(cause, true) for cause, true in found if cause is not None and cause not in true]
        assert set() == set().union(*(true for cause, true in found if cause is None))

    def test_causes_in_turn(self):
        """The lost cases are spread evenly over the causes, and are as many as asked for."""
        world = World(Options(cases=9_000, days=30, lost=0.01), load_policy())
        causes = Counter(loss.cause for loss in (loss_of(world, number) for number in range(9_000)) if loss)
        assert 90 == sum(causes.values())
        assert {10} == set(causes.values())

    def test_contract_order(self):
        """Each cause has one plan, in the contract's order."""
        assert list(Cause) == [loss.cause for loss in LOSSES]

    def test_live(self):
        """In a long window cases get lost within it, not before."""
        options = Options(cases=300, days=180, lost=0.5)
        world = World(options, load_policy())
        opened_before, lost_since = 0, []
        judge, recorder = Truth(load_policy(), options.end_ms), Recorder(options)
        for number in range(options.cases):
            if loss_of(world, number):
                life = live(world, number)
                opened_before += life.facts.events[0].occurred_at < options.start_ms
                recorder.record(life.facts.events, recorder.loaded_at(number), life.chance)
                lost_since += [lost.since for lost in judge.of(life.facts.case_id, life.facts.events)]
        assert opened_before > 130
        assert min(lost_since) > "2026-01-05"


class TestLives:
    def test_independent_of_each_other(self):
        """A case is the same however many others precede it."""
        policy = load_policy()
        few, many = (World(Options(cases=cases, days=60), policy) for cases in (100, 100))
        for number in range(40):
            live(many, number)
        assert live(few, 42).facts.events == live(many, 42).facts.events

    def test_some_are_handled_late(self):
        """Some appointments are only kept after their deadline."""
        found = 0
        options = Options(cases=300, days=180, lost=0.0)
        world, recorder = World(options, load_policy()), Recorder(options)
        judges = [Truth(load_policy(), options.end_ms - days * 86_400_000) for days in range(0, 180, 10)]
        for number in range(options.cases):
            life = live(world, number)
            recorder.record(life.facts.events, recorder.loaded_at(number), life.chance)
            for judge in judges:
                known = [event for event in life.facts.events if event.recorded_at <= judge.until]
                found += bool(known and judge.of(life.facts.case_id, known))
        assert found > 10
