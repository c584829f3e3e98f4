"""Record batches on their way to the broker: how many, how old, and up to which instant everything has arrived."""

import asyncio
import logging
from asyncio import Future
from typing import Any, Final

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaTimeoutError  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.client.connection import await_brokers, client_options
from streams.kafka.client.settings import Settings

__all__ = ["InFlightBatches", "PartitionBuffer", "make_event_producer"]

_BATCH_BYTES: Final = 256 * 1024
_ASK_SECONDS: Final = 1.0

# errors are raised with a sentence of ours; aiokafka's log lines show only where the process sets up logging
logging.getLogger("aiokafka").addHandler(logging.NullHandler())


def make_event_producer(settings: Settings, *, idempotent: bool) -> Any:  # noqa: ANN401  # aiokafka has no types
    """A producer of events in batches that its caller fills, not started.

    Args:
        settings: How to reach the brokers.
        idempotent: Whether the broker knows idempotent producers; the embedded one does not.
    """
    producer = AIOKafkaProducer(
        **client_options(settings),
        acks="all",
        enable_idempotence=idempotent,
        max_batch_size=_BATCH_BYTES,
        linger_ms=0,
    )
    await_brokers(producer.client)
    return producer


class PartitionBuffer:
    """The open batch of one topic-partition.

    Attributes:
        topic: Where it goes.
        partition: Where it goes.
        first_at: recorded_at of its first record; None while it is empty.
    """

    __slots__ = ("_batch", "_producer", "first_at", "partition", "topic")

    def __init__(self, producer: Any, topic: str, partition: int) -> None:  # noqa: ANN401  # aiokafka has no types
        self.topic, self.partition = topic, partition
        self.first_at: int | None = None
        self._producer = producer
        self._batch: Any = None

    def add(self, at: int, key: bytes | None, value: bytes, timestamp: int) -> bool:
        """Add a record; False when the batch is full, and has to be taken first."""
        batch = self._batch
        if batch is None:
            batch = self._batch = self._producer.create_batch()
        if batch.append(timestamp=timestamp, key=key, value=value) is None:
            return False
        if self.first_at is None:
            self.first_at = at
        return True

    def close_batch(self) -> Any:  # noqa: ANN401  # aiokafka's batch
        """The batch, closed; the lane is empty after it."""
        batch, self._batch, self.first_at = self._batch, None, None
        batch.close()
        return batch


class InFlightBatches:
    """The batches that the producer has and the broker has not acknowledged.

    Args:
        producer: An aiokafka producer that runs.
        limit: How many batches may be on their way.
        patience: After how many seconds a batch that has not arrived means that the broker is gone. The producer
            itself never gives up a batch, since it might have been written.
    """

    def __init__(self, producer: Any, limit: int, patience: float) -> None:  # noqa: ANN401  # aiokafka has no types
        self._producer = producer
        self._limit = limit
        self._patience = patience
        self._open: dict[Future[Any], tuple[int, float]] = {}
        self._failure: BaseException | None = None
        self._not_sent: int | None = None
        self._clock = asyncio.get_running_loop().time

    @property
    def oldest_at(self) -> int | None:
        """The least recorded_at that may not have arrived; None when all has."""
        left = [at for at, _ in self._open.values()]
        return min(left if self._not_sent is None else [*left, self._not_sent], default=None)

    async def send(self, lane: PartitionBuffer) -> Future[Any]:
        """Hand over what is in a lane that is not empty; waits while too much is on its way.

        Returns:
            Done with the offset of its first record once it is durable.

        Raises:
            BrokerError: The broker refuses or is gone.
        """
        while len(self._open) >= self._limit:
            await self._wait(asyncio.FIRST_COMPLETED)
        at = lane.first_at
        assert at is not None
        try:
            sent: Future[Any] = await self._producer.send_batch(
                lane.close_batch(), lane.topic, partition=lane.partition
            )
        except BaseException as error:
            self._not_sent = at if self._not_sent is None else min(at, self._not_sent)
            if isinstance(error, KafkaTimeoutError):
                raise self._broker_gone_error() from error
            raise
        self._open[sent] = (at, self._clock())
        sent.add_done_callback(self._arrived)
        return sent

    async def drain(self) -> None:
        """Wait until everything has arrived.

        Raises:
            BrokerError: The broker refuses or is gone.
        """
        while self._open:
            await self._wait(asyncio.ALL_COMPLETED)
        self.check()

    def check(self) -> None:
        """See whether anything went wrong.

        Raises:
            BrokerError: The broker refuses or is gone.
        """
        if isinstance(self._failure, KafkaTimeoutError):
            raise self._broker_gone_error() from self._failure
        if self._failure is not None:
            raise BrokerError(f"the broker does not take the events: {self._failure}") from self._failure
        oldest = min((since for _, since in self._open.values()), default=None)
        if oldest is not None and self._clock() - oldest > self._patience:
            raise self._broker_gone_error()

    def _broker_gone_error(self) -> BrokerError:
        return BrokerError(f"the broker has not acknowledged events for {self._patience:g} s: it seems to be gone")

    async def _wait(self, until: str) -> None:
        await asyncio.wait(self._open, timeout=_ASK_SECONDS, return_when=until)
        self.check()

    def _arrived(self, sent: Future[Any]) -> None:
        failure = None if sent.cancelled() else sent.exception()
        if failure is None:
            del self._open[sent]
        elif self._failure is None:
            # it stays among the open ones: a resume begins before it
            self._failure = failure
