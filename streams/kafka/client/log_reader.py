"""Reads committed records to the end of topics, also on a broker that reports a wrong end offset."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError, OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.batches import Record
from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.work import PartitionId

__all__ = ["LogReader"]

_FETCH_WAIT_MS: Final = 100
_POLL_MS: Final = 200
_LONGEST_POLL_MS: Final = 3_000
_MOST_RECORDS: Final = 20_000
_FETCH_BYTES: Final = 8 << 20


class LogReader:
    """A consumer without a group; it commits nothing.

    Args:
        settings: How to reach the brokers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        consumer = make_reader(
            client_options(self._settings), fetch_max_wait_ms=_FETCH_WAIT_MS, max_partition_fetch_bytes=_FETCH_BYTES
        )
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            await close_client(consumer)
            raise BrokerError(f"the broker at {self._settings.brokers} cannot be read from: {error}") from error
        self._consumer = consumer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.sleep(0)  # aiokafka's stop fails when a task of its start has not had its first turn
        await close_client(self._consumer)

    async def read(
        self, tps: Sequence[PartitionId], *, begin: dict[PartitionId, int] | None = None
    ) -> AsyncIterator[tuple[PartitionId, Sequence[Record]]]:
        """Yield the existing records, oldest first within a partition, and end at the end of the log.

        A fetch determines the end: the embedded broker's ListOffsets gives the offset of an earlier record.

        Args:
            tps: The topic-partitions to read.
            begin: The offsets to begin at, the oldest record when left out; updated to where to go on afterwards.

        Raises:
            BrokerError: The broker answers with an error, or has deleted records that were still to be read.
        """
        if not tps:
            return
        consumer = self._consumer
        partitions = [TopicPartition(*tp) for tp in tps]
        try:
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            oldest = await consumer.beginning_offsets(partitions)
            for partition in partitions:
                start = oldest[partition]
                if begin is not None:
                    wanted = begin.get((partition.topic, partition.partition), start)
                    if wanted < start:
                        raise _records_gone(partition, wanted)
                    start = wanted
                consumer.seek(partition, start)
            unread = set(partitions)
            while unread:
                fetched = await consumer.getmany(*unread, timeout_ms=_POLL_MS, max_records=_MOST_RECORDS)
                for partition, records in fetched.items():
                    yield (partition.topic, partition.partition), records
                for partition in list(unread):
                    position = await consumer.position(partition)
                    stable = consumer.last_stable_offset(partition)  # None before the first answer
                    if stable is not None and position >= max(stable, ends[partition]):
                        unread.discard(partition)
                        if begin is not None:
                            begin[partition.topic, partition.partition] = position
        except OffsetOutOfRangeError as error:
            raise _records_gone(*next(iter(error.args[0].items()))) from error
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the broker at {self._settings.brokers} cannot be read from: {error}") from error

    async def first_offsets(self, names: Sequence[str], partitions: int) -> dict[str, int]:
        """The sum of the first offsets of each topic's partitions.

        Args:
            names: The topics.
            partitions: How many each has.

        Raises:
            BrokerError: The broker answers with an error.
        """
        tps = [TopicPartition(name, number) for name in names for number in range(partitions)]
        try:
            offsets = await self._consumer.beginning_offsets(tps)
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the broker at {self._settings.brokers} cannot be read from: {error}") from error
        return {name: sum(offset for tp, offset in offsets.items() if tp.topic == name) for name in names}

    async def records_at(self, tp: PartitionId, offsets: Sequence[int]) -> AsyncIterator[Record]:
        """Yield the records at these offsets; one that the broker no longer keeps is left out.

        Args:
            tp: Their topic-partition.
            offsets: In ascending order.

        Raises:
            BrokerError: The broker answers with an error.
        """
        consumer, partition = self._consumer, TopicPartition(*tp)
        try:
            consumer.assign([partition])
            oldest = (await consumer.beginning_offsets([partition]))[partition]
            waiting = deque(offset for offset in offsets if offset >= oldest)
            while waiting:
                consumer.seek(partition, waiting[0])
                fetched = (await consumer.getmany(partition, timeout_ms=_LONGEST_POLL_MS, max_records=500)).get(
                    partition
                )
                if not fetched:
                    return
                for record in fetched:
                    while waiting and waiting[0] < record.offset:
                        waiting.popleft()
                    if waiting and waiting[0] == record.offset:
                        waiting.popleft()
                        yield record
        except OffsetOutOfRangeError:
            return  # the topic was recreated and ends before them, or they were deleted just now
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the broker at {self._settings.brokers} cannot be read from: {error}") from error


def _records_gone(partition: Any, offset: int) -> BrokerError:  # noqa: ANN401  # aiokafka has no types
    return BrokerError(
        f"{partition.topic}: partition {partition.partition} no longer keeps offset {offset}, the next one to read: "
        "records were deleted meanwhile, or the topic was recreated; start again"
    )
