"""Reads topics as a table: all records from the beginning, then new ones as they come."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError, OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.client.connection import client_options
from streams.kafka.client.leader_ends import await_ends
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import watch_topics

__all__ = ["read_as_table"]

_MOST_RECORDS: Final = 2_000
"""Records per poll; other tasks run between two polls."""

OnRecord = Callable[[str, bytes, bytes | None], None]


async def read_as_table(
    settings: Settings, topics: Sequence[str], on_record: OnRecord, *, on_caught_up: Callable[[], None] | None = None
) -> None:
    """Read topics for ever, without a consumer group.

    Args:
        settings: How to reach the brokers, and how many partitions the topics have.
        topics: The topics to read.
        on_record: Called with topic, key and value of every record that has a key.
        on_caught_up: Called once, after the records that existed at the start.

    Raises:
        BrokerError: The broker is not reachable, has deleted records that were still to be read, or a topic was
            recreated, so that the records read before no longer exist.
    """
    changed: list[str] = []

    def check() -> None:
        if changed:
            raise BrokerError(f"{changed[0]}: the records read from it are no longer valid")

    reader = make_reader(client_options(settings))
    watching: asyncio.Task[None] | None = None
    try:
        await reader.start()
        watching = asyncio.create_task(watch_topics(reader._client, topics, changed.append))  # noqa: SLF001  # no public name
        partitions = [TopicPartition(name, number) for name in topics for number in range(settings.partitions)]
        reader.assign(partitions)
        for place, offset in (await reader.beginning_offsets(partitions)).items():
            reader.seek(place, offset)
        await await_ends(reader, partitions, check)
        behind = set(partitions)
        while True:
            check()
            await _hand_over(await reader.getmany(timeout_ms=500, max_records=_MOST_RECORDS), on_record)
            if behind and on_caught_up is not None:
                await _remove_caught_up(reader, behind)
                if not behind:
                    on_caught_up()
    except OffsetOutOfRangeError as error:
        place, offset = next(iter(error.args[0].items()))
        raise BrokerError(
            f"{place.topic}: partition {place.partition} no longer keeps offset {offset}, the next one to read: "
            "reading starts again from the beginning"
        ) from error
    except KafkaError as error:
        raise BrokerError(f"the broker at {settings.brokers} cannot be read from: {error}") from error
    finally:
        if watching is not None:
            watching.cancel()
        await close_client(reader)


async def _hand_over(polled: Mapping[Any, Sequence[Any]], on_record: OnRecord) -> None:
    for place, records in polled.items():
        for record in records:
            if record.key is not None:
                on_record(place.topic, record.key, record.value)
        await asyncio.sleep(0)


async def _remove_caught_up(reader: Any, behind: set[Any]) -> None:  # noqa: ANN401  # aiokafka has no types
    for place in list(behind):
        end = reader.last_stable_offset(place)  # None before the first answer
        if end is not None and await reader.position(place) >= end:
            behind.discard(place)
