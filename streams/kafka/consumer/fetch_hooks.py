"""Hooks into aiokafka's fetches: a short wait, and the time of each request, which let an idle topic's clock move."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information

from streams.kafka.client.leader_ends import LeaderEnds

__all__ = ["record_fetch_times", "record_request_time", "requested_at", "shorten_fetch_wait"]

_WAIT_MS: Final = 250


def shorten_fetch_wait(consumer: AIOKafkaConsumer) -> None:
    """Make the broker answer soon when there is nothing to fetch.

    Stock: Faust sets a wait of up to 1.5 s, and a consumer has one fetch a broker in flight: an idle topic would be
    known 1.5 s late, and a topic that is resumed after a pause waits for the others.
    Shown by tests/kafka/test_clock.py::TestIdle.

    Args:
        consumer: Not started.
    """
    consumer._fetch_max_wait_ms = _WAIT_MS  # noqa: SLF001  # Faust's own call fixes the argument


def record_fetch_times(consumer: AIOKafkaConsumer, on_response: Callable[[], None]) -> None:
    """Call a hook whenever a broker answers the consumer.

    Stock: aiokafka retries to reach a broker that is gone, without a message.
    Shown by tests/kafka/test_exits.py::TestBrokerGone.

    Args:
        consumer: Not started.
        on_response: Called in the consumer's thread.
    """
    client = consumer._client  # noqa: SLF001  # no public hook for responses
    send = client.send

    async def observed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # aiokafka's own signature
        answer = await send(*args, **kwargs)
        on_response()
        return answer

    client.send = observed


def record_request_time(
    consumer: AIOKafkaConsumer, on_other_leader: Callable[[Collection[Any]], None] = lambda _: None
) -> None:
    """Store the request time of the last fetch response of every topic-partition; see `requested_at`.

    Stock: aiokafka stores when it read the response. A process that was stopped in between, or whose machine slept,
    takes an old response for a new one: it sees an idle topic where an hour of events waits.
    Shown by tests/unit/kafka/consumer/test_fetch_hooks.py and tests/kafka/test_clock.py::TestSuspended.

    Args:
        consumer: Started, with nothing assigned yet.
        on_other_leader: Called before a fetch with the topic-partitions whose leader, or the connection to it, may be
            another one than before.
    """
    fetcher = consumer._fetcher  # noqa: SLF001  # no public hook for requests
    answer = fetcher._proc_fetch_request  # noqa: SLF001  # as above
    ends = LeaderEnds(consumer._client)  # noqa: SLF001  # as above

    async def timed_request(assignment: Any, node: int, request: Any) -> bool:  # noqa: ANN401  # aiokafka has no types
        states = {
            place: assignment.state_value(place)
            for topic, partitions in request.topics
            for place in [TopicPartition(topic, number) for number, *_ in partitions]
        }
        if others := [place for place in states if not ends.knows(node, place)]:
            on_other_leader(others)
        try:
            await ends.ask(node, states)
        except asyncio.CancelledError:
            return False  # as aiokafka's own does when the assignment is revoked
        at = int(time.time() * 1000)
        before = {place: state.timestamp for place, state in states.items()}
        needs_wakeup: bool = await answer(assignment, node, request)
        for place, state in states.items():
            if state.timestamp == before[place]:
                ends.forget(place)  # the response was an error, or to an outdated request
            else:
                state.docketwatch_asked_at = at if ends.knows(node, place) else None
        return needs_wakeup

    fetcher._proc_fetch_request = timed_request  # noqa: SLF001  # as above


def requested_at(state: Any) -> int | None:  # noqa: ANN401  # aiokafka has no types
    """The request time (ms, wall clock) of a topic-partition's last fetch response.

    None before the first, and while its leader does not know the end of its log.
    """
    return getattr(state, "docketwatch_asked_at", None)
