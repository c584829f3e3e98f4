"""How outputs, state and offsets are tied together (streams/ARCHITECTURE.md)."""

from collections.abc import Callable
from typing import Protocol

from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.work_batcher import WorkBatch
from streams.process.watchdog import Watchdog

__all__ = ["Delivery", "MarkProcessed", "OrderedDelivery"]


MarkProcessed = Callable[[str, int, int], None]
"""Allows the commit of an offset of a topic and partition number; see `BatchConsumer.mark_processed`."""


class Delivery(Protocol):
    """Makes work durable, a partition number at a time; the store calls `deliver` of a number in order."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def open(self, number: int) -> None:
        """Take a partition number over, before its state is read."""

    async def close(self, number: int) -> None:
        """Let go of a partition number."""

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """Return when all of it is durable.

        Returns:
            The changelog offset after it, or None when nothing was written there.
        """


class OrderedDelivery:
    """Outputs durable, then the changelog, then the offsets: a crash in between repeats alerts and dead letters.

    For a broker without transactions and for one worker: nobody is fenced.

    Args:
        writer: Where records go.
        changelog: Topic of the state.
        mark_processed: Told what may be committed.
        watchdog: Ends the process when the broker does not take what it is sent.
        seconds: How long it may take.
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
        """Nothing to take over: nobody else is fenced."""

    async def close(self, number: int) -> None:
        """Nothing to let go of."""

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """See `Delivery`."""
        after: int | None = None
        sentence = (
            f"partition {number} of {self._changelog} took no work within {self._seconds:g} s: the broker is gone"
        )
        with self._watchdog.limit(self._seconds, sentence):
            if work.outputs:
                await self._writer.write(work.outputs)
            if work.changelog:
                _, after = await self._writer.append(self._changelog, number, work.changelog)
        for settled in work.settled:
            self._mark_processed(settled.topic, number, settled.offset)
        return after
