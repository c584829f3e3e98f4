"""One Kafka transaction for each batch of work: outputs, state and input offsets together, or nothing.

Each partition number of a store has its transactional id. A new owner first initialises a producer with that id: the
broker aborts the previous owner's open transaction, waits until its last commit is readable, and refuses everything
that it sends from then on. So the state and the offsets read afterwards are final, and a paused worker that resumes
writes nothing that counts. The group's generation need not be checked with the offsets (aiokafka cannot:
TxnOffsetCommit v0): no two workers ever share an id that is not fenced.
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
from streams.kafka.work import CommittedOffset
from streams.process.watchdog import Watchdog

__all__ = ["TransactionalDelivery"]

_log: Final = logging.getLogger(__name__)


class TransactionalDelivery:
    """See `streams.kafka.producer.delivery.Delivery`; one producer a partition number.

    Args:
        client: aiokafka's connection options.
        group: Consumer group whose offsets are committed, and first part of every transactional id.
        changelog: Topic of the state.
        outputs: All other topics that may be written to.
        seconds: How long an initialisation, or a transaction, may take.
        mark_processed: Called with the committed offsets.
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
        self._producers: dict[int, TransactionalProducer] = {}

    def transactional_id(self, number: int) -> str:
        """The transactional id of a partition number: `<group>-<short name of the changelog>-<number>`."""
        return f"{self._group}-{self._changelog.rpartition('.')[2]}-{number}"

    async def start(self) -> None:
        """Nothing: each partition number has a connection of its own."""

    async def stop(self) -> None:
        """Disconnect."""
        await asyncio.gather(*(self.close(number) for number in list(self._producers)))

    async def open(self, number: int) -> None:
        """Take over a partition number and fence its previous owner.

        It does so for a number that we already own, too: the group may have expelled us and given it to another worker
        meanwhile.

        Raises:
            BrokerError: The broker refuses, or the outcome of an earlier owner's transaction is unknown.
            UsageError: The broker supports no transactions, or not such long ones.
        """
        await self.close(number)
        producer = TransactionalProducer(
            self._client,
            group=self._group,
            changelog=(self._changelog, number),
            outputs=self._outputs,
            transactional_id=self.transactional_id(number),
            timeout_ms=int(self._seconds * 1000),
        )
        self._producers[number] = producer
        with self._watchdog.limit(self._seconds, self._timeout_sentence(number, "could not be taken over")):
            try:
                await producer.start()
            except BrokerError:
                await self.close(number)
                raise
            except KafkaError as error:
                await self.close(number)
                id_ = self.transactional_id(number)
                raise not_opened(error, self._name(number), id_, self._seconds) from error

    async def close(self, number: int) -> None:
        """Release a partition number; none of its work is under way."""
        producer = self._producers.pop(number, None)
        if producer is None:
            return
        why = await producer.stop()
        if why is not None:
            _log.info("the producer of %s did not close cleanly: %s", self._name(number), why)

    async def deliver(self, number: int, work: WorkBatch) -> int | None:
        """See `Delivery`.

        Raises:
            BrokerError: The broker refuses; the next owner aborts the transaction.
        """
        kept = self._changelog, number
        records = {**work.outputs, kept: work.changelog} if work.changelog else work.outputs
        offsets = {
            TopicPartition(each.topic, number): CommittedOffset.marked(each.offset, work.flush_number)
            for each in work.numbered
        }
        began = monotonic()
        with self._watchdog.limit(self._seconds, self._timeout_sentence(number, "took no work")):
            try:
                written = await self._producers[number].transact(records, offsets)
            except KafkaError as error:
                is_overdue = monotonic() - began > self._seconds
                id_ = self.transactional_id(number)
                raise not_delivered(error, self._name(number), id_, is_overdue=is_overdue) from error
        for processed in work.processed:
            self._mark_processed(processed.topic, number, processed.offset)
        return written.get(kept)

    def _name(self, number: int) -> str:
        return f"partition {number} of {self._changelog}"

    def _timeout_sentence(self, number: int, what: str) -> str:
        return f"{self._name(number)} {what} within {self._seconds:g} s: the broker is gone, or has lost its copies"
