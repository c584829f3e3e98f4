"""Transactions of one producer, ended at every partition they wrote to.

A transaction is decided by one record of its coordinator; every partition is told afterwards, by a marker. The broker
that coordinates it may crash in between. Apache Kafka 4.3.1, when it starts again and the only copy of a partition is
not back yet, takes that partition for deleted and never tells it (KAFKA-20734). What was committed there stays unread,
and everything that anybody writes behind it, until this producer ends another transaction at the same partition.

So it does as soon as it has lost a connection: it commits a transaction that writes nothing, where it committed last.
Nothing but what was committed can be completed by that, for whoever cannot commit does not go on. And whoever takes an
id over ends the last transaction of the owner before as it was decided, wherever that may have written, when the
changelog shows that nobody has; and takes nothing over when nobody knows how it was decided.

To detect such a transaction and refuse to go on is not enough where a partition has one copy, as on the broker of
`demo` and on any single broker. Outputs of a committed transaction would stay unread, and all that comes behind them:
the console and every other reader that reads what is committed would stand still, for they have no producer that could
notice. The only command that frees them (`kafka-transactions.sh abort`) drops those alerts, while the state and the
offsets of the same transaction are committed: none of them comes again by itself. With three copies this module costs a
few requests at a takeover, and an empty transaction when a connection is lost.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.conn import CloseReason  # type: ignore[import-untyped]  # the same
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same
from msgspec import Struct

from streams import logs
from streams.kafka.producer.batch_producer import BatchProducer, Records
from streams.kafka.producer.hanging_transactions import LastTransaction, opened_at, wait_until_ended
from streams.kafka.work import Place

__all__ = ["CommittedOffset", "TransactionalProducer"]

_log: Final = logging.getLogger(__name__)
CommittedOffset = tuple[int, str]
"""An offset and its metadata."""

_LOST: Final = (CloseReason.CONNECTION_BROKEN, CloseReason.CONNECTION_TIMEOUT)


class TransactionalProducer(BatchProducer):
    """A producer whose records come in transactions; whoever had its id before is fenced when it starts.

    Args:
        client: How to reach and speak to the brokers (aiokafka's names).
        group: Consumer group whose offsets it commits.
        kept: Where each of its transactions writes, and nobody else.
        outputs: Topics that it may write to besides.
        transactional_id: What the broker knows it by.
        timeout_ms: How long a transaction may take until the broker aborts it.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        *,
        group: str,
        kept: Place,
        outputs: Sequence[str],
        transactional_id: str,
        timeout_ms: int,
    ) -> None:
        super().__init__(client, transactional_id=transactional_id, transaction_timeout_ms=timeout_ms)
        self._group, self._kept, self._outputs = group, kept, outputs
        self._patience = timeout_ms / 1000 / 2  # so that whoever limits us to the whole hears why
        self._turn = asyncio.Lock()
        self._is_doubtful = False
        self._wrote: _WrittenPartitions | None = None
        self._ending: asyncio.Task[None] | None = None

    def _make_producer(self) -> Any:  # noqa: ANN401  # aiokafka's own
        producer = super()._make_producer()
        client = producer.client
        on_closed = client._on_connection_closed  # noqa: SLF001  # no public way in

        def note(connection: object, reason: CloseReason | None) -> None:
            on_closed(connection, reason)
            if reason in _LOST:
                self._doubt()

        client._on_connection_closed = note  # noqa: SLF001  # as above
        self._last = LastTransaction(producer, self._kept, self._patience)
        return producer

    async def start(self) -> None:
        """Connect, and end what the owner before has not; return when all of it can be read.

        What is ended here is only decided by then, and every partition told later: whoever read the state meanwhile
        would miss it, and go on behind offsets that do not. Only an id that is asked for anew waits for that.
        Shown by tests/unit/kafka/producer/test_transactional_producer.py.

        Raises:
            BrokerError: A transaction is open there that we cannot end.
        """
        await super().start()
        while (is_committed := self._last.is_committed) is not None and await self._is_unended():
            with logs.at(logs.LogPosition(*self._kept)):
                _log.warning(
                    "%s: partition %d: the broker has lost sight of the last transaction; it is %s again",
                    *self._kept,
                    "committed" if is_committed else "aborted",
                )
            async with self._turn:
                await self._end_last(is_committed=is_committed)
                await super().stop()
                await super().start()
        await wait_until_ended(self._producer.client, self._kept, self._patience)

    async def _is_unended(self) -> bool:
        """Whether one of this id is open where each of them writes."""
        ours = self._producer._txn_manager.producer_id  # noqa: SLF001  # no public name
        return any(each.producer == ours for each in await opened_at(self._producer.client, self._kept))

    async def stop(self) -> str | None:
        """See `BatchProducer`."""
        self._wrote = None  # a connection that is lost from here on starts nothing
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.cancel()
            await asyncio.wait({ending})
        return await super().stop()

    async def transact(
        self, records: Mapping[Place, Records], offsets: Mapping[TopicPartition, CommittedOffset]
    ) -> dict[Place, int]:
        """Write records and commit offsets of the group in one transaction; return when it is committed.

        Args:
            records: By place.
            offsets: Each with what is to be kept beside it.

        Returns:
            As `write`.
        """
        async with self._turn:
            before, self._wrote = self._wrote, None  # after one that fails, none is ended again
            producer = self._producer
            with self._telling_why():
                await producer.begin_transaction()
                writing = asyncio.ensure_future(self.write(records))
                if offsets:
                    await producer.send_offsets_to_transaction(offsets, self._group)
                written = await writing
                await producer.commit_transaction()
            # a connection that was lost meanwhile may have been lost before this one reached its coordinator
            self._wrote = _WrittenPartitions.in_all(
                before if self._is_doubtful else None, _WrittenPartitions(tuple(records), offsets)
            )
        return written

    @contextmanager
    def _telling_why(self) -> Iterator[None]:
        """Raise what has ended the producer, when it was over before it was asked.

        Stock: one that learns between two transactions that it was replaced says so to nobody, and asserts at the next
        that it is in another state. Shown by tests/kafka/test_hanging_transactions.py::TestFenced.
        """
        try:
            yield
        except AssertionError as error:
            end = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001  # no public name
            why = end.exception() if end is not None and end.done() and not end.cancelled() else None
            if why is None:
                raise
            raise why from error

    def _doubt(self) -> None:
        self._is_doubtful = True
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end_again())

    async def _end_again(self) -> None:
        """Commit a transaction without records where the last ones wrote, until no connection is lost over it."""
        async with self._turn:
            while self._is_doubtful:
                self._is_doubtful = False
                wrote, self._wrote = self._wrote, None
                if wrote is None:
                    return
                try:
                    with self._telling_why():
                        await self._touch(wrote)
                except KafkaError as error:  # whoever has work next meets it, and ends the worker
                    _log.info("a transaction could not be ended again: %s", error)
                    self._note_the_end()
                    return
                self._wrote = wrote

    def _note_the_end(self) -> None:
        """Take note of how a transaction failed that nobody waits for: asyncio would print it when it goes."""
        end = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001  # no public name
        if end.done() and not end.cancelled():
            end.exception()

    async def _touch(self, wrote: "_WrittenPartitions") -> None:
        producer = self._producer
        await self._begin_at(wrote.places)
        if wrote.offsets:
            await producer.send_offsets_to_transaction(wrote.offsets, self._group)
        await producer.commit_transaction()

    async def _end_last(self, *, is_committed: bool) -> None:
        producer = self._producer
        places = {self._kept}
        for topic in self._outputs:
            numbers = await producer.client._wait_on_metadata(topic)  # noqa: SLF001  # no public name
            places |= {(topic, number) for number in numbers}
        await self._begin_at(places)
        while not await producer._sender._do_add_offsets_to_txn(self._group):  # noqa: SLF001  # offsets are not ours to say
            pass  # it waits before it says that it could not
        if is_committed:
            await producer.commit_transaction()
            self._wrote = _WrittenPartitions(places, {})
        else:
            await producer.abort_transaction()

    async def _begin_at(self, places: Collection[Place]) -> None:
        producer = self._producer
        await producer.begin_transaction()
        for place in places:
            producer._txn_manager.maybe_add_partition_to_txn(TopicPartition(*place))  # noqa: SLF001  # no public way in


class _WrittenPartitions(Struct, frozen=True):
    """Where transactions wrote, and the offsets they committed."""

    places: Collection[Place]
    offsets: Mapping[TopicPartition, CommittedOffset]

    @classmethod
    def in_all(cls, before: Self | None, after: Self) -> Self:
        """What one transaction wrote, and the one after it."""
        if before is None:
            return after
        return cls({*before.places, *after.places}, {**before.offsets, **after.offsets})
