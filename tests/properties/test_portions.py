"""Portions of a log, their order, duplicates and partitions do not change the outcome."""

import random

from hypothesis import given
from hypothesis import strategies as st

from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.driver import hot_event, load_json, same_loads
from tests.properties.running import CoreRun, examples, known, scenarios_of_seeds
from tests.strategies import scenarios


def in_portions(scenario, random: random.Random) -> CoreRun:
    """Yield the same events, divided at random instants, shuffled and doubled within each portion."""
    run = CoreRun(scenario.policy)
    events = list(map(hot_event, known(scenario)))
    instants = {event.recorded_at + shift for event in events for shift in (-1, 0, 1)}
    cuts = sorted(cut for cut in instants if random.random() < 0.3 and cut < scenario.until)
    watermark = None
    for cut in (*cuts, scenario.until):
        portion = [e for e in events if e.recorded_at <= cut and (watermark is None or e.recorded_at > watermark)]
        portion += [event for event in portion if random.random() < 0.2 and hasattr(event, "case_id")]
        random.shuffle(portion)
        run.advance(portion, cut)
        watermark = cut
    return run


class TestPortions:
    @examples(100)
    @given(scenarios(), st.randoms(use_true_random=False))
    def test_drawn(self, scenario, random):
        """Any division, order and duplication has the outcome of the whole log."""
        assert CoreRun(scenario.policy).whole(scenario).outcome() == in_portions(scenario, random).outcome()

    def test_seeded(self):
        """The same holds on longer logs, by seed."""
        for seed, scenario in scenarios_of_seeds(300, first=100_000):
            whole = CoreRun(scenario.policy).whole(scenario).outcome()
            assert whole == in_portions(scenario, random.Random(seed)).outcome(), f"seed {seed}\n{scenario!r}"

    def test_one_by_one(self):
        """Every millisecond with an event is a portion."""
        for seed, scenario in scenarios_of_seeds(100, first=200_000):
            run = CoreRun(scenario.policy)
            events = sorted(map(hot_event, known(scenario)), key=lambda event: event.recorded_at)
            for at in sorted({event.recorded_at for event in events}):
                run.advance([], at - 1)
                run.advance([event for event in events if event.recorded_at == at], at)
            run.advance([], scenario.until)
            assert CoreRun(scenario.policy).whole(scenario).outcome() == run.outcome(), f"seed {seed}\n{scenario!r}"


class TestPartitions:
    def test_any_number(self):
        """Cases in several partitions have the same alerts, and the officers the same load."""
        for seed, scenario in scenarios_of_seeds(300, first=300_000):
            rules = Rules(scenario.policy)
            events = list(map(hot_event, known(scenario)))
            whole, alerts = CoreRun(scenario.policy).whole(scenario), []
            board = OfficerTable(rules, sources=3)
            for event in events:
                if not hasattr(event, "case_id"):
                    board.apply(event, event.recorded_at)
            for number in range(3):
                partition = CasePartition(rules, number)
                own = [e for e in events if hasattr(e, "case_id") and ord(e.case_id[-1]) % 3 == number]
                effects = partition.advance(own, scenario.until)
                alerts += effects.alerts
                board.add_partial(partition.final_partial())
            assert sorted(revision.json(None) for revision in alerts) == sorted(
                revision.json(None)
                for revision in CasePartition(rules).advance(whole.of_cases(events), scenario.until).alerts
            ), seed
            assert same_loads(whole.loads(), map(load_json, board.rows(scenario.until))), f"seed {seed}\n{scenario!r}"
