"""One Kafka transaction for each piece of work: outputs, state and input offsets together, or nothing.

The broker knows a partition number of a store by its transactional id. Whoever takes the number over initialises a
producer of that id first: the broker aborts what the owner before left open, waits until its last commit can be read by
all, and refuses everything it sends from then on. So the state and the offsets read after it are the last there are,
and a worker that was paused and wakes up writes nothing that counts. The group's own generation need not be checked
with the offsets (aiokafka cannot: TxnOffsetCommit v0): no two workers ever share an id that is not fenced.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.client.broker_errors import not_delivered, not_opened
from streams.kafka.producer.delivery import MarkProcessed
from streams.kafka.producer.transactional_producer import TransactionalProducer
from streams.kafka.producer.work_batcher import WorkBatch
from streams.kafka.work import MARKED
from streams.process.watchdog import Watchdog

__all__ = ["TransactionalDelivery"]

_log: Final = logging.getLogger(__name__)


class TransactionalDelivery:
    """See `streams.kafka.producer.delivery.Delivery`; one producer a partition number.

    Args:
        client: How to reach and speak to the brokers (aiokafka's names).
        group: Consumer group whose offsets are committed, and first part of every transactional id.
        changelog: Topic of the state.
        outputs: Topics of everything else that may be written.
        seconds: How long an initialisation, or a transaction, may take.
        mark_processed: Told what was committed.
        watchdog: Ends the process when one takes longer.
    """

    def __init__(
        self,
        *,
        client: Mapping[str, Any],
        group: str,
        changelog: str,
        outputs: Sequence[str],
        seconds: float,
        mark_processed: MarkProcessed,
        watchdog: Watchdog,
    ) -> None:
        self._client, self._group = client, group
        self._changelog, self._outputs = changelog, outputs
        self._seconds, self._mark_processed, self._watchdog = seconds, mark_processed, watchdog
        self._writers: dict[int, TransactionalProducer] = {}

    def transactional_id(self, number: int) -> str:
        """What the broker knows a partition number by: `<group>-<short name of the changelog>-<number>`."""
        return f"{self._group}-{self._changelog.rpartition('.')[2]}-{number}"

    async def start(self) -> None:
        """Nothing: each partition number has a connection of its own."""

    async def stop(self) -> None:
        """Disconnect."""
        await asyncio.gather(*(self.close(number) for number in list(self._writers)))

    async def open(self, number: int) -> None:
        """Take a partition number over: whoever held it before is fenced.

        Also one that was held by us all along: we may have been taken for dead, and replaced, and have come back.

        Raises:
            BrokerError: The broker refuses, or nobody can say what an owner before has left.
            UsageError: It knows no transactions, or not such long ones.
        """
        await self.close(number)
        writer = TransactionalProducer(
            self._client,
            group=self._group,
            kept=(self._changelog, number),
            outputs=self._outputs,
            transactional_id=self.transactional_id(number),
            timeout_ms=int(self._seconds * 1000),
        )
        self._writers[number] = writer
        with self._watchdog.limit(self._seconds, self._late(number, "could not be taken over")):
            try:
                await writer.start()
            except BrokerError:
                await self.close(number)
                raise
            except KafkaError as error:
                await self.close(number)
                id_ = self.transactional_id(number)
                raise not_opened(error, self._owned(number), id_, self._seconds) from error

    async def close(self, number: int) -> None:
        """Let go of a partition number; nothing of it is under way."""
        writer = self._writers.pop(number, None)
        if writer is None:
            return
        why = await writer.stop()
        if why is not None:
            _log.info("the producer of %s did not stop well: %s", self._owned(number), why)

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """See `Delivery`.

        Raises:
            BrokerError: The broker refuses; the transaction will be aborted by whoever opens the number next.
        """
        kept = self._changelog, number
        records = {**work.outputs, kept: work.changelog} if work.changelog else work.outputs
        offsets = {TopicPartition(settled.topic, number): (settled.offset, MARKED) for settled in work.settled}
        began = monotonic()
        with self._watchdog.limit(self._seconds, self._late(number, "took no work")):
            try:
                written = await self._writers[number].transact(records, offsets)
            except KafkaError as error:
                is_overdue = monotonic() - began > self._seconds
                id_ = self.transactional_id(number)
                raise not_delivered(error, self._owned(number), id_, is_overdue=is_overdue) from error
        for settled in work.settled:
            self._mark_processed(settled.topic, number, settled.offset)
        return written.get(kept)

    def _owned(self, number: int) -> str:
        return f"partition {number} of {self._changelog}"

    def _late(self, number: int, what: str) -> str:
        return f"{self._owned(number)} {what} within {self._seconds:g} s: the broker is gone, or has lost its copies"
