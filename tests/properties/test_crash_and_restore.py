"""A worker that crashes at any point, even before its state was durable, and a takeover under another policy."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.driver import hot_event
from tests.oracle import Step, carry_out
from tests.oracle.facts import instant
from tests.properties.running import CoreRun, differences, examples, known, scenarios_of_seeds
from tests.strategies import scenarios, seeded


def crashing(scenario, random: random.Random) -> CoreRun:
    """Yield portions; some are lost with the worker, and the next one repeats them, divided otherwise."""
    run = CoreRun(scenario.policy)
    events = list(map(hot_event, known(scenario)))
    run.of_cases(events)
    cases = [event for event in events if hasattr(event, "case_id")]
    instants = sorted({event.recorded_at + shift for event in cases for shift in (0, 1)})
    watermark = None
    while watermark != scenario.until:
        ahead = [at for at in instants if at < scenario.until and (watermark is None or at > watermark)]
        cut = random.choice([*ahead[:4], scenario.until])
        portion = [e for e in cases if e.recorded_at <= cut and (watermark is None or e.recorded_at > watermark)]
        effects = run.cases.advance(portion, cut)
        if random.random() < 0.3:
            run.restarted()  # the state was not durable: the portion comes again
            continue
        run.collect(effects)
        watermark = cut
        if random.random() < 0.3:
            run.restarted()
    return run


class TestCrash:
    @examples(100)
    @given(scenarios(), st.randoms(use_true_random=False))
    def test_drawn(self, scenario, random):
        """Nothing is lost and nothing is published twice."""
        assert CoreRun(scenario.policy).whole(scenario).outcome() == crashing(scenario, random).outcome()

    def test_seeded(self):
        """The same holds on longer logs, by seed."""
        for seed, scenario in scenarios_of_seeds(300, first=700_000):
            whole = CoreRun(scenario.policy).whole(scenario).outcome()
            assert whole == crashing(scenario, random.Random(seed)).outcome(), f"seed {seed}\n{scenario!r}"

    def test_a_restart_publishes_nothing(self):
        """A restart under the same policy publishes nothing."""
        for seed, scenario in scenarios_of_seeds(100, first=800_000):
            run = CoreRun(scenario.policy).whole(scenario)
            before = len(run.alerts)
            run.restarted()
            assert before == len(run.alerts), seed


class TestAnotherPolicy:
    def test_seeded(self):
        """A worker with another policy judges every case at its watermark, as the oracle does."""
        for seed, scenario in scenarios_of_seeds(300, first=900_000):
            chance = random.Random(seed)
            other = seeded(seed + 50_000_000).policy.model_copy(update={"version": "2"})
            events = sorted(known(scenario), key=lambda event: instant(event["recorded_at"]))
            instants = sorted({instant(event["recorded_at"]) for event in events} | {scenario.until})
            change = chance.choice(instants)
            first = [event for event in events if instant(event["recorded_at"]) <= change]
            rest = [event for event in events if instant(event["recorded_at"]) > change]
            run = CoreRun(scenario.policy)
            run.advance(list(map(hot_event, first)), change)
            run.restarted(other)
            run.advance(list(map(hot_event, rest)), scenario.until)

            steps = [Step(at, [e for e in events if instant(e["recorded_at"]) == at]) for at in instants]
            steps.insert(1 + instants.index(change), Step(change, policy=other))
            run_differs = differences(carry_out(steps, scenario.policy, scenario.until), _officers_under(run, other))
            assert "" == run_differs, f"seed {seed}, at {change}\n{scenario!r}\n{other!r}"


def _officers_under(run: CoreRun, policy) -> CoreRun:
    """Return the officers' table of the new policy: the same registers, its weights."""
    fresh = CoreRun(policy)
    for event in run.officer_events:
        fresh.board.apply(event, event.recorded_at)
    run.board = fresh.board
    return run
