"""Following topics as a table: everything from the beginning, then what comes."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError, OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import watch_topics

__all__ = ["read_as_table"]

_MOST_RECORDS: Final = 2_000
"""In one go: between two of these others have their turn."""

OnRecord = Callable[[str, bytes, bytes | None], None]


async def read_as_table(
    settings: Settings, topics: Sequence[str], on_record: OnRecord, *, on_caught_up: Callable[[], None] | None = None
) -> None:
    """Read topics for ever, in no group.

    Args:
        settings: How to reach the brokers, and how many partitions the topics have.
        topics: What to read.
        on_record: Told topic, key and value of every record that has a key.
        on_caught_up: Called once, when what was there at the beginning is read.

    Raises:
        BrokerError: The broker is not there, has deleted records that were still to be read, or a topic is another one
            now: what was read of it is no more.
    """
    changed: list[str] = []
    reader = make_reader(client_options(settings))
    watching: asyncio.Task[None] | None = None
    try:
        await reader.start()
        watching = asyncio.create_task(watch_topics(reader._client, topics, changed.append))  # noqa: SLF001  # no public name
        partitions = [TopicPartition(name, number) for name in topics for number in range(settings.partitions)]
        reader.assign(partitions)
        for place, offset in (await reader.beginning_offsets(partitions)).items():
            reader.seek(place, offset)
        behind = set(partitions)
        while True:
            if changed:
                raise BrokerError(f"{changed[0]}: what was read of it counts no more")
            for place, records in (await reader.getmany(timeout_ms=500, max_records=_MOST_RECORDS)).items():
                for record in records:
                    if record.key is not None:
                        on_record(place.topic, record.key, record.value)
                await asyncio.sleep(0)
            if behind and on_caught_up is not None:
                await _drop_reached(reader, behind)
                if not behind:
                    on_caught_up()
    except OffsetOutOfRangeError as error:
        place, offset = next(iter(error.args[0].items()))
        raise BrokerError(
            f"{place.topic}: partition {place.partition} does not keep offset {offset} any more, which was to be read "
            "next: everything is read again from the beginning"
        ) from error
    except KafkaError as error:
        raise BrokerError(f"the broker at {settings.brokers} cannot be read from: {error}") from error
    finally:
        if watching is not None:
            watching.cancel()
        await close_client(reader)


async def _drop_reached(reader: Any, behind: set[Any]) -> None:  # noqa: ANN401  # aiokafka has no types
    for place in list(behind):
        end = reader.last_stable_offset(place)  # None before the first answer
        if end is not None and await reader.position(place) >= end:
            behind.discard(place)
