"""Events that are read behind the watermark are applied and judged at the watermark, exactly as the oracle does."""

import random
from collections.abc import Callable
from itertools import groupby

from tests.driver import hot_event
from tests.oracle import Step, carry_out
from tests.oracle.facts import Fact, instant
from tests.properties.running import CoreRun, differences, known, scenarios_of_seeds


def out_of_order(
    scenario,
    chance: random.Random,
    between: Callable[[CoreRun, list], None] | None = None,
    beside: Callable[[list], list] | None = None,
) -> tuple[list[Step], CoreRun]:
    """Return a log read in an order that no hold-back covers, and the oracle's input for it.

    Args:
        scenario: The log.
        chance: The random source of the order.
        between: Called after every read with everything read so far.
        beside: Returns what to read together with the next events, from everything read so far.
    """
    run, steps, watermark = CoreRun(scenario.policy), [], None
    # of events whose keys differ only by content one is left: late ones have no other order than that of reading
    events = list({Fact.of(event).key[:4]: event for event in known(scenario)}.values())
    chance.shuffle(events)
    read: list = []
    while events or watermark != scenario.until:
        count = chance.randint(0, 4)
        portion, events = events[:count], events[count:]
        portion.sort(key=recorded)
        latest = max([recorded(event) for event in portion] + [watermark or 0])
        now = chance.choice((latest, latest, min(latest + 3_600_000, scenario.until))) if events else scenario.until
        late = [event for event in portion if watermark is not None and recorded(event) <= watermark]
        if late:
            steps.append(Step(watermark, late, late=True))
        for at, together in groupby(portion[len(late) :], key=recorded):
            steps.append(Step(at, list(together)))
        more = [] if beside is None else beside(read)
        run.advance(list(map(hot_event, portion + more)), now)
        watermark = now
        read += portion
        if between is not None:
            between(run, read)
    return steps, run


def recorded(event) -> int:
    return instant(event["recorded_at"])


class TestLate:
    def test_seeded(self):
        """Late events are judged at the watermark, others at their own instant."""
        for seed, scenario in scenarios_of_seeds(300, first=1_000_000):
            steps, run = out_of_order(scenario, random.Random(seed))
            assert "" == differences(carry_out(steps, scenario.policy, scenario.until), run), (
                f"seed {seed}\n{scenario!r}"
            )

    def test_counted(self):
        """Each late event of a case is counted once."""
        for seed, scenario in scenarios_of_seeds(100, first=1_100_000):
            steps, run = out_of_order(scenario, random.Random(seed))
            late = sum("case_id" in event for step in steps if step.late for event in step.events)
            assert late == run.late, seed
