"""Transactions of one producer, ended at every partition they wrote to.

One record of the coordinator decides a transaction; afterwards every partition gets a marker. The coordinator's broker
may crash in between. When Apache Kafka 4.3.1 restarts and the only copy of a partition is not back yet, it takes that
partition for deleted and never writes the marker (KAFKA-20734). The committed records there, and all records behind
them, stay unreadable until this producer ends another transaction at the same partition.

So after a lost connection it commits an empty transaction at the partitions of its last one. This is safe: a producer
whose commit failed exits, so only committed transactions can be re-ended. A new owner of the id ends the previous
owner's last transaction as it was decided, at every partition where it may have written, when the changelog shows that
it is still open; it does not take over when the outcome is unknown.

To detect such a transaction and refuse to go on is not enough where a partition has one copy, as on the broker of
`demo` and on any single broker. Outputs of a committed transaction, and all records behind them, would stay unread: the
console and every other read_committed consumer would stop, and they have no producer that could notice. The only
command that frees them (`kafka-transactions.sh abort`) drops those alerts, while the state and the offsets of the same
transaction are committed: none of them comes again by itself. With three copies this module costs a few requests at a
takeover, and an empty transaction when a connection is lost.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.conn import CloseReason  # type: ignore[import-untyped]  # the same
from aiokafka.errors import IllegalOperation, KafkaError  # type: ignore[import-untyped]  # the same
from msgspec import Struct

from streams import logs
from streams.kafka.producer.batch_producer import BatchProducer, Records
from streams.kafka.producer.hanging_transactions import LastTransaction, opened_at, wait_until_ended
from streams.kafka.work import CommittedOffset, PartitionId

__all__ = ["TransactionalProducer"]

_log: Final = logging.getLogger(__name__)
_LOST: Final = (CloseReason.CONNECTION_BROKEN, CloseReason.CONNECTION_TIMEOUT)


class TransactionalProducer(BatchProducer):
    """A producer that writes in transactions; its start fences the previous owner of its id.

    Args:
        client: aiokafka's connection options.
        group: Consumer group whose offsets it commits.
        changelog: The topic-partition where each of its transactions writes, and no other producer does.
        outputs: Other topics that it may write to.
        transactional_id: Its transactional id.
        timeout_ms: How long a transaction may take until the broker aborts it.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        *,
        group: str,
        changelog: PartitionId,
        outputs: Sequence[str],
        transactional_id: str,
        timeout_ms: int,
    ) -> None:
        super().__init__(client, transactional_id=transactional_id, transaction_timeout_ms=timeout_ms)
        self._group, self._changelog, self._outputs = group, changelog, outputs
        self._wait_seconds = timeout_ms / 1000 / 2  # half, so that the error comes before the caller's own limit
        self._lock = asyncio.Lock()
        self._must_end_again = False
        self._wrote: _WrittenPartitions | None = None
        self._ending: asyncio.Task[None] | None = None

    def _make_producer(self) -> Any:  # noqa: ANN401  # aiokafka's own
        producer = super()._make_producer()
        client = producer.client
        on_closed = client._on_connection_closed  # noqa: SLF001  # no public way in

        def note(connection: object, reason: CloseReason | None) -> None:
            on_closed(connection, reason)
            if reason in _LOST:
                self._on_connection_lost()

        client._on_connection_closed = note  # noqa: SLF001  # as above
        self._last = LastTransaction(producer, self._changelog, self._wait_seconds)
        return producer

    async def start(self) -> None:
        """Connect, and end the previous owner's hanging transaction; return when its records are readable.

        The commit here only decides it, and the markers follow later: a reader of the state would miss its records
        although their offsets are committed. Only a second initialisation of the id waits for the markers.
        Shown by tests/unit/kafka/producer/test_transactional_producer.py.

        Raises:
            BrokerError: A transaction is open there that we cannot end.
        """
        await super().start()
        while (is_committed := self._last.is_committed) is not None and await self._is_hanging():
            with logs.at(logs.LogPosition(*self._changelog)):
                _log.warning(
                    "%s: partition %d: the broker left the last transaction hanging; it is %s again",
                    *self._changelog,
                    "committed" if is_committed else "aborted",
                )
            async with self._lock:
                await self._end_last(is_committed=is_committed)
                await super().stop()
                await super().start()
        await wait_until_ended(self._producer.client, self._changelog, self._wait_seconds)

    async def _is_hanging(self) -> bool:
        """Whether a transaction of this id is still open in the changelog."""
        ours = self._producer._txn_manager.producer_id  # noqa: SLF001  # no public name
        return any(each.producer == ours for each in await opened_at(self._producer.client, self._changelog))

    async def stop(self) -> str | None:
        """See `BatchProducer`."""
        self._wrote = None  # from here on a lost connection has no effect
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.cancel()
            await asyncio.wait({ending})
        return await super().stop()

    async def transact(
        self, records: Mapping[PartitionId, Records], offsets: Mapping[TopicPartition, CommittedOffset]
    ) -> dict[PartitionId, int]:
        """Write records and commit offsets of the group in one transaction; return when it is committed.

        Args:
            records: By topic-partition.
            offsets: Each with its metadata.

        Returns:
            As `write`.
        """
        async with self._lock:
            before, self._wrote = self._wrote, None  # after a failure, no transaction is ended again
            producer = self._producer
            with self._raising_cause():
                await producer.begin_transaction()
                written, _ = await asyncio.gather(self.write(records), self._add_offsets(offsets))
                await producer.commit_transaction()
            # a connection may have been lost before this transaction reached its coordinator
            self._wrote = _WrittenPartitions.merged(
                before if self._must_end_again else None, _WrittenPartitions(tuple(records), offsets)
            )
        return written

    @contextmanager
    def _raising_cause(self) -> Iterator[None]:
        """Raise the error that ended the producer before this transaction, or between two of its steps.

        Stock: a producer that is fenced between two requests stores the error, and fails at the next one with an
        AssertionError or an IllegalOperation about its state. Shown by
        tests/kafka/test_hanging_transactions.py::TestFenced.
        """
        try:
            yield
        except (AssertionError, IllegalOperation) as error:
            end = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001  # no public name
            why = end.exception() if end is not None and end.done() and not end.cancelled() else None
            if why is None:
                raise
            raise why from error

    def _on_connection_lost(self) -> None:
        self._must_end_again = True
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end_again())

    async def _end_again(self) -> None:
        """Commit empty transactions at the partitions of the last ones, until no connection is lost meanwhile."""
        async with self._lock:
            while self._must_end_again:
                self._must_end_again = False
                wrote, self._wrote = self._wrote, None
                if wrote is None:
                    return
                try:
                    with self._raising_cause():
                        await self._commit_empty(wrote)
                except KafkaError as error:  # the next work raises it too, and ends the worker
                    _log.info("a transaction could not be ended again: %s", error)
                    self._retrieve_error()
                    return
                self._wrote = wrote

    def _retrieve_error(self) -> None:
        """Retrieve the error of a transaction that no task awaits: asyncio would log it otherwise."""
        end = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001  # no public name
        if end.done() and not end.cancelled():
            end.exception()

    async def _commit_empty(self, wrote: "_WrittenPartitions") -> None:
        producer = self._producer
        await self._begin_at(wrote.tps)
        await self._add_offsets(wrote.offsets)
        await producer.commit_transaction()

    async def _add_offsets(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> None:
        if offsets:
            await self._producer.send_offsets_to_transaction(offsets, self._group)

    async def _end_last(self, *, is_committed: bool) -> None:
        producer = self._producer
        tps = {self._changelog}
        for topic in self._outputs:
            numbers = await producer.client._wait_on_metadata(topic)  # noqa: SLF001  # no public name
            tps |= {(topic, number) for number in numbers}
        await self._begin_at(tps)
        while not await producer._sender._do_add_offsets_to_txn(self._group):  # noqa: SLF001  # offsets are not ours to say
            pass  # it waits by itself before it reports a failure
        if is_committed:
            await producer.commit_transaction()
            self._wrote = _WrittenPartitions(tps, {})
        else:
            await producer.abort_transaction()

    async def _begin_at(self, tps: Collection[PartitionId]) -> None:
        producer = self._producer
        await producer.begin_transaction()
        for tp in tps:
            producer._txn_manager.maybe_add_partition_to_txn(TopicPartition(*tp))  # noqa: SLF001  # no public way in


class _WrittenPartitions(Struct, frozen=True):
    """The topic-partitions where transactions wrote, and the offsets they committed."""

    tps: Collection[PartitionId]
    offsets: Mapping[TopicPartition, CommittedOffset]

    @classmethod
    def merged(cls, before: Self | None, after: Self) -> Self:
        """Those of one transaction and of the next, together."""
        if before is None:
            return after
        return cls({*before.tps, *after.tps}, {**before.offsets, **after.offsets})
