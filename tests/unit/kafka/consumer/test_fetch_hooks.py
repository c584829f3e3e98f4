"""The age of a broker's answer is that of its request."""

import asyncio
import time
from collections.abc import Callable
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


class EndClient:
    """A client of one broker; it counts the requests for ends, and answers with an error where one is unknown."""

    def __init__(self) -> None:
        self._conns: dict[tuple[int, int], object] = {}
        self.asked: list[list[int]] = []
        self.unknown: set[int] = set()
        self.connect()

    def connect(self) -> None:
        self._conns[1, 0] = object()

    async def send(self, _node: int, request: Any) -> Any:
        numbers = [number for _, partitions in request._topics for number, _ in partitions]
        self.asked.append(numbers)
        codes = [(number, 78 if number in self.unknown else 0, -1, 9) for number in numbers]
        return SimpleNamespace(topics=[("a", codes)])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def fetch(clock: list[float], *answered: TopicPartition) -> dict[TopicPartition, Any]:
    """Send one request for two partitions."""
    states = {tp: SimpleNamespace(timestamp=None) for tp in (A0, A1)}
    consumer = SimpleNamespace(_fetcher=SlowFetcher(clock, answered), _client=EndClient())
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


class TestEnd:
    """The leader must have answered for its end on the same connection."""

    @staticmethod
    def fetches(clock: list[float], client: EndClient, *steps: Callable[[], object]) -> list[tuple[bool, bool]]:
        """Fetch after each step; whether the instants of both partitions are known."""
        states = {tp: SimpleNamespace(timestamp=None) for tp in (A0, A1)}
        consumer = SimpleNamespace(_fetcher=SlowFetcher(clock, (A0, A1)), _client=client)
        record_request_time(consumer)
        known = []
        for step in steps:
            step()
            assignment = SimpleNamespace(state_value=states.get)
            asyncio.run(consumer._fetcher._proc_fetch_request(assignment, 1, REQUEST))
            known.append((requested_at(states[A0]) is not None, requested_at(states[A1]) is not None))
        return known

    def test_it_is_asked_for_once_a_connection(self, clock: list[float]) -> None:
        """A fetch costs no request more while the broker stays the same."""
        client = EndClient()
        known = self.fetches(clock, client, list, list, client.connect)

        assert [(True, True)] * 3 == known
        assert [[0, 1], [0, 1]] == client.asked

    def test_an_unknown_end_gives_no_instant(self, clock: list[float]) -> None:
        """Records that were acknowledged may lie behind the one that the fetch gives."""
        client = EndClient()
        steps = (lambda: client.unknown.add(1), list, client.unknown.clear)

        assert [(True, False), (True, False), (True, True)] == self.fetches(clock, client, *steps)
        assert [[0, 1], [1], [1]] == client.asked

    def test_a_new_connection_takes_the_instant_away(self, clock: list[float]) -> None:
        """The broker may have crashed in between."""
        client = EndClient()

        def crash() -> None:
            client.connect()
            client.unknown.update((0, 1))

        assert [(True, True), (False, False)] == self.fetches(clock, client, list, crash)

    def test_after_an_error_it_is_asked_for_again(self, clock: list[float]) -> None:
        """Another broker may have been the leader in between."""
        client = EndClient()
        states = {tp: SimpleNamespace(timestamp=None) for tp in (A0, A1)}
        consumer = SimpleNamespace(_fetcher=SlowFetcher(clock, (A0,)), _client=client)
        record_request_time(consumer)
        for _ in range(2):
            assignment = SimpleNamespace(state_value=states.get)
            asyncio.run(consumer._fetcher._proc_fetch_request(assignment, 1, REQUEST))

        assert [[0, 1], [1]] == client.asked
