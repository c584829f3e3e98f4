"""Sends whole record batches through aiokafka, and waits until they are durable."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError  # type: ignore[import-untyped]  # the same

from streams.kafka.client.closing import close_client
from streams.kafka.client.connection import await_brokers
from streams.kafka.producer.packing import Packer, packed
from streams.kafka.producer.record_batch import RecordBatch
from streams.kafka.work import KeyValue, PartitionId

__all__ = ["BatchProducer", "Records", "fill_batches", "ignore_missing_pending", "retry_coordinator_lookup"]

Records = Sequence[KeyValue] | Packer
"""Records to write in order, packed or not."""


class BatchProducer:
    """A producer that takes lists of records.

    Args:
        client: aiokafka's connection options.
        settings: More of aiokafka's producer options.
    """

    def __init__(self, client: Mapping[str, Any], **settings: Any) -> None:  # noqa: ANN401  # aiokafka's own
        self._settings = {
            **client,
            "acks": "all",
            "linger_ms": 0,
            # a leader election or a pending transaction marker takes milliseconds
            "retry_backoff_ms": 20,
            **settings,
        }
        self._is_transactional = "transactional_id" in settings
        self._producer: Any = None

    def _make_producer(self) -> Any:  # noqa: ANN401  # aiokafka's own
        """The aiokafka producer that `start` connects."""
        producer = AIOKafkaProducer(**self._settings)
        ignore_missing_pending(producer._message_accumulator)  # noqa: SLF001  # no public way in
        retry_coordinator_lookup(producer.client)
        await_brokers(producer.client)
        return producer

    async def start(self) -> None:
        """Connect."""
        self._producer = self._make_producer()
        await self._producer.start()

    async def stop(self) -> str | None:
        """Disconnect; return why it failed, or None."""
        producer, self._producer = self._producer, None
        return None if producer is None else await close_client(producer)

    async def write(self, records: Mapping[PartitionId, Records]) -> dict[PartitionId, int]:
        """Write records to several topic-partitions at once; return when all are durable.

        Returns:
            The offset after the last record of each; -1 where the broker did not give it.
        """
        written = await asyncio.gather(*(self.append(*tp, its) for tp, its in records.items()))
        return {tp: after for tp, (_, after) in zip(records, written, strict=True)}

    async def append(self, topic: str, partition: int, records: Records) -> tuple[int, int]:
        """Write records to one topic-partition, in order; return when all are durable.

        It awaits every delivery: aiokafka goes on when one batch of several failed. A caller that is cancelled between
        two of them leaves none whose error the event loop would log as never retrieved.
        Shown by tests/unit/kafka/producer/test_batch_producer.py::TestCancelled.

        Returns:
            The offset of the first record and the offset after the last; -1 where the broker did not give it.
        """
        producer, sent = self._producer, []
        at = time.time_ns() // 1_000_000
        for batch in fill_batches(records, at, is_transactional=self._is_transactional):
            future = await producer.send_batch(batch, topic, partition=partition)
            future.add_done_callback(_retrieve_error)
            sent.append((future, batch.record_count()))
        written = await asyncio.gather(*(future for future, _ in sent))
        if not written:
            return -1, -1
        return int(written[0].offset), int(written[-1].offset) + sent[-1][1]


def _retrieve_error(delivery: asyncio.Future[Any]) -> None:
    if not delivery.cancelled():
        delivery.exception()


class _InFlightBatches(set[Any]):
    """In-flight batches; removing one that is not there is no error."""

    remove = set.discard


def ignore_missing_pending(accumulator: Any) -> None:  # noqa: ANN401  # aiokafka's own
    """Let batches fail that wait for a retry.

    Stock: such a batch is no longer in flight; when a producer that cannot go on fails it, a callback does not find it
    there, and an unrelated traceback comes before the real error.
    Shown by tests/unit/kafka/producer/test_batch_producer.py::TestFailed.

    Args:
        accumulator: A producer's, with nothing in it.
    """
    accumulator._pending_batches = _InFlightBatches()  # noqa: SLF001  # no public way in


def retry_coordinator_lookup(client: Any) -> None:  # noqa: ANN401  # aiokafka's own
    """Retry a coordinator lookup whose connection breaks.

    Stock: the producer ends for good, although it survives a connection that breaks at any other moment.
    Shown by tests/unit/kafka/producer/test_batch_producer.py::TestLookup.

    Args:
        client: A producer's.
    """
    look_up = client.coordinator_lookup

    async def retriable(kind: Any, key: str) -> Any:  # noqa: ANN401  # aiokafka's own signature
        try:
            return await look_up(kind, key)
        except KafkaConnectionError as error:
            raise NodeNotReadyError(str(error)) from error

    client.coordinator_lookup = retriable


def fill_batches(records: Records, at: int, *, is_transactional: bool) -> list[RecordBatch]:
    """Pack records in order into as few batches as possible, unless they are packed already.

    Args:
        records: The records.
        at: Timestamp of the records (ms).
        is_transactional: Whether the producer has a transactional id.
    """
    packer = records if isinstance(records, Packer) else packed(records)
    return [RecordBatch(batch, count, at, is_transactional=is_transactional) for batch, count in packer.finish()]
