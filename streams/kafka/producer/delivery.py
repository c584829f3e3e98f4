"""Ties outputs, state and offsets together (streams/ARCHITECTURE.md)."""

from collections.abc import Callable
from typing import Protocol

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no type information

from streams.kafka.client.broker_errors import not_delivered
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.work_batcher import WorkBatch
from streams.process.watchdog import Watchdog

__all__ = ["Delivery", "MarkProcessed", "OrderedDelivery"]


MarkProcessed = Callable[[str, int, int], None]
"""Allows the commit of an offset of a topic and partition number; see `BatchConsumer.mark_processed`."""


class Delivery(Protocol):
    """Makes work durable; the store calls `deliver` in order for each partition number."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def open(self, number: int) -> None:
        """Take over a partition number, before its state is read."""

    async def close(self, number: int) -> None:
        """Release a partition number."""

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """Write the work; return when all of it is durable.

        Returns:
            The changelog offset after it, or None when nothing was written there.
        """


class OrderedDelivery:
    """Writes outputs, then the changelog, then the offsets: a crash in between repeats alerts and dead letters.

    For a broker without transactions and for one worker: it fences no other worker.

    Args:
        writer: The producer.
        changelog: Topic of the state.
        mark_processed: Called with offsets that may be committed.
        watchdog: Ends the process when the broker does not acknowledge in time.
        seconds: How long a delivery may take.
    """

    def __init__(
        self,
        writer: BatchProducer,
        changelog: str,
        mark_processed: MarkProcessed,
        *,
        watchdog: Watchdog,
        seconds: float,
    ) -> None:
        self._writer, self._changelog, self._mark_processed = writer, changelog, mark_processed
        self._watchdog, self._seconds = watchdog, seconds

    async def start(self) -> None:
        """Connect."""
        await self._writer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._writer.stop()

    async def open(self, number: int) -> None:
        """Nothing: there is no producer to fence."""

    async def close(self, number: int) -> None:
        """Nothing: there is nothing to release."""

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """See `Delivery`.

        Raises:
            BrokerError: The broker refuses, or does not answer within the request timeout.
        """
        name = f"partition {number} of {self._changelog}"
        with self._watchdog.limit(self._seconds, f"{name} took no work within {self._seconds:g} s: the broker is gone"):
            try:
                after = await self._write(number, work)
            except KafkaError as error:
                raise not_delivered(error, name) from error
        for processed in work.processed:
            self._mark_processed(processed.topic, number, processed.offset)
        return after

    async def _write(self, number: int, work: WorkBatch) -> int | None:
        if work.outputs:
            await self._writer.write(work.outputs)
        if not work.changelog:
            return None
        _, after = await self._writer.append(self._changelog, number, work.changelog)
        return after
