"""The age of a broker's answer is that of its request."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.kafka.consumer.fetch_hooks import record_request_time, requested_at

A0, A1 = TopicPartition("a", 0), TopicPartition("a", 1)
REQUEST = SimpleNamespace(topics=[("a", [(0, 7, 1_000), (1, 9, 1_000)])])


class SlowFetcher:
    """A fetcher whose answers take time; it notes their instant as aiokafka does, not for a failed partition."""

    def __init__(self, clock: list[float], answered: tuple[TopicPartition, ...]) -> None:
        self.clock, self.answered = clock, answered

    async def _proc_fetch_request(self, assignment: Any, node: int, request: Any) -> bool:
        self.clock[0] += 3_600  # the machine is suspended before the answer is read
        for tp in self.answered:
            assignment.state_value(tp).timestamp = int(self.clock[0] * 1000)
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def fetch(clock: list[float], *answered: TopicPartition) -> dict[TopicPartition, Any]:
    """Send one request for two partitions."""
    states = {tp: SimpleNamespace(timestamp=None) for tp in (A0, A1)}
    consumer = SimpleNamespace(_fetcher=SlowFetcher(clock, answered))
    record_request_time(consumer)
    assert asyncio.run(consumer._fetcher._proc_fetch_request(SimpleNamespace(state_value=states.get), 1, REQUEST))
    return states


class TestRequestInstant:
    def test_the_request_counts(self, clock: list[float]) -> None:
        """The instant of the answer would be wrong: the answer has no later records."""
        states = fetch(clock, A0, A1)

        assert (1_000_000, 1_000_000) == (requested_at(states[A0]), requested_at(states[A1]))
        assert states[A0].timestamp == 4_600_000

    def test_a_failed_answer_gives_no_instant(self, clock: list[float]) -> None:
        """It is an error, or an answer to a former position."""
        states = fetch(clock, A0)

        assert requested_at(states[A1]) is None
