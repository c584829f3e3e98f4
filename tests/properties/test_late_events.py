"""Events read after the clock had passed are applied and judged at the clock, exactly as the oracle says."""

import random
from collections.abc import Callable
from itertools import groupby

from tests.driver import hot_event
from tests.oracle import Step, told
from tests.oracle.facts import Fact, instant
from tests.properties.running import Run, differences, known, scenarios_of_seeds


def out_of_order(
    scenario,
    chance: random.Random,
    between: Callable[[Run, list], None] | None = None,
    beside: Callable[[list], list] | None = None,
) -> tuple[list[Step], Run]:
    """A log read in an order that no hold-back covers, and what the oracle is to be told of it.

    Args:
        scenario: The log.
        chance: Where the order comes from.
        between: Called after every read with all that was read by then.
        beside: What is read together with the next events, of all that was read by then.
    """
    run, steps, watermark = Run(scenario.policy), [], None
    # of events that share a key but for their content one is left: late, only the order of reading tells them apart
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
        """Late at the clock, in time at their own instant."""
        for seed, scenario in scenarios_of_seeds(300, first=1_000_000):
            steps, run = out_of_order(scenario, random.Random(seed))
            assert "" == differences(told(steps, scenario.policy, scenario.until), run), f"seed {seed}\n{scenario!r}"

    def test_counted(self):
        """Each late event of a case is counted once."""
        for seed, scenario in scenarios_of_seeds(100, first=1_100_000):
            steps, run = out_of_order(scenario, random.Random(seed))
            late = sum("case_id" in event for step in steps if step.late for event in step.events)
            assert late == run.late, seed
