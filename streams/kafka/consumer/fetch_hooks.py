"""How aiokafka fetches, and how old an answer of the broker is: both decide what the wall clock may say of a topic."""

import time
from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information

__all__ = ["record_fetch_times", "record_request_time", "requested_at", "shorten_fetch_wait"]

_WAIT_MS: Final = 250


def shorten_fetch_wait(consumer: AIOKafkaConsumer) -> None:
    """Have the broker answer soon when there is nothing to fetch.

    Stock: Faust asks it to wait up to 1.5 s, and a consumer asks a broker one question at a time: an idle topic would
    be known 1.5 s late, and a topic that is fetched again after a pause waits for the others.
    Shown by tests/kafka/test_clock.py::TestIdle.

    Args:
        consumer: Not started.
    """
    consumer._fetch_max_wait_ms = _WAIT_MS  # noqa: SLF001  # Faust's own call fixes the argument


def record_fetch_times(consumer: AIOKafkaConsumer, on_heard: Callable[[], None]) -> None:
    """Have it told whenever a broker answers the consumer.

    Stock: aiokafka tries again and again to reach a broker that is gone, and says nothing.
    Shown by tests/kafka/test_exits.py::TestBrokerGone.

    Args:
        consumer: Not started.
        on_heard: Told in the consumer's thread.
    """
    client = consumer._client  # noqa: SLF001  # no public way to hear of answers
    send = client.send

    async def heard(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # aiokafka's own signature
        answer = await send(*args, **kwargs)
        on_heard()
        return answer

    client.send = heard


def record_request_time(consumer: AIOKafkaConsumer) -> None:
    """Keep, for every topic-partition, when the broker was asked what it last answered; see `requested_at`.

    Stock: aiokafka notes when it read the answer. A process that was stopped in between, or whose machine slept, takes
    an old answer for a new one: that nothing more has come, when an hour of events is there.
    Shown by tests/unit/kafka/consumer/test_fetch_hooks.py and tests/kafka/test_clock.py::TestAsleep.

    Args:
        consumer: Started, with nothing assigned yet.
    """
    fetcher = consumer._fetcher  # noqa: SLF001  # no public way to see a request go
    answer = fetcher._proc_fetch_request  # noqa: SLF001  # as above

    async def asked(assignment: Any, node: int, request: Any) -> bool:  # noqa: ANN401  # aiokafka has no types
        at = int(time.time() * 1000)
        states = [
            assignment.state_value(TopicPartition(topic, number))
            for topic, partitions in request.topics
            for number, *_ in partitions
        ]
        before = [state.timestamp for state in states]
        needs_wakeup: bool = await answer(assignment, node, request)
        for state, timestamp in zip(states, before, strict=True):
            if state.timestamp != timestamp:  # else the answer was an error, or not to what is asked now
                state.docketwatch_asked_at = at
        return needs_wakeup

    fetcher._proc_fetch_request = asked  # noqa: SLF001  # as above


def requested_at(state: Any) -> int | None:  # noqa: ANN401  # aiokafka has no types
    """When the broker was asked (ms, wall clock) what it last answered of a topic-partition; None before it did."""
    return getattr(state, "docketwatch_asked_at", None)
