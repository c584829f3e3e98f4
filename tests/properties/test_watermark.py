"""Topics read in any interleaving, disordered within the hold-back and doubled, have the outcome of the sorted log."""

import random

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import TOPIC_OF
from streams.core.time.watermark import PartitionGroup
from tests.builders import event
from tests.driver import hot_event
from tests.properties.running import CoreRun, examples, known, scenarios_of_seeds
from tests.strategies import scenarios

CASE_TOPICS = sorted(
    {topic for name, topic in TOPIC_OF.items() if name not in ("officer_updated", "training_completed")}
)
HOLD_BACKS = (0, 1, 2_000, 3_600_000, 200_000_000)


def merged(scenario, random: random.Random) -> CoreRun:
    """Read several topics turn by turn; each is a log, out of order by less than the hold-back."""
    hold_back = random.choice(HOLD_BACKS)
    run, merge = CoreRun(scenario.policy), PartitionGroup(CASE_TOPICS, hold_back)
    logs = {topic: [] for topic in CASE_TOPICS}
    for each in map(hot_event, known(scenario)):
        if not hasattr(each, "case_id"):
            run.board.apply(each, each.recorded_at)
            continue
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            arrival = each.recorded_at + random.randint(0, hold_back)
            logs[TOPIC_OF[each.type]].append((arrival, random.randint(0, 9), each))
    for topic, log in logs.items():
        logs[topic] = with_clocks([each for *_, each in sorted(log, key=lambda item: item[:2])], random)
    while any(logs.values()):
        topic = random.choice([topic for topic, log in logs.items() if log])
        count = random.randint(1, 4)
        merge.add(topic, logs[topic][:count])
        del logs[topic][:count]
        if random.random() < 0.3:
            run.advance(*merge.release())
    end = hot_event(event("clock", scenario.until + 1))
    for topic in CASE_TOPICS:
        merge.add(topic, [end])
    released, watermark = merge.release()
    assert scenario.until == watermark
    run.advance(released, watermark)
    assert 0 == len(merge)
    return run


def with_clocks(log, random: random.Random):
    """Insert true clock records at random places."""
    each, least = [], None
    for one in reversed(log):
        least = one.recorded_at if least is None else min(least, one.recorded_at)
        each.append(one)
        if random.random() < 0.2:
            each.append(hot_event(event("clock", least)))
    return each[::-1]


class TestMerging:
    @examples(100)
    @given(scenarios(), st.randoms(use_true_random=False))
    def test_drawn(self, scenario, random):
        """No event is late and the outcome is the same, whatever the order of reading."""
        run = merged(scenario, random)
        assert 0 == run.late
        assert CoreRun(scenario.policy).whole(scenario).outcome() == run.outcome()

    def test_seeded(self):
        """The same holds on longer logs, by seed."""
        for seed, scenario in scenarios_of_seeds(300, first=400_000):
            run = merged(scenario, random.Random(seed))
            assert 0 == run.late, seed
            assert CoreRun(scenario.policy).whole(scenario).outcome() == run.outcome(), f"seed {seed}\n{scenario!r}"
