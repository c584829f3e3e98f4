"""The thread that runs the aiokafka consumer: it polls, seeks, asks the coordinator and reports positions.

Coroutines run in that thread's event loop; plain methods only read state and may be called from any thread.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, cast

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import (  # type: ignore[import-untyped]  # the same
    ConsumerStoppedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.errors import BrokerError, DocketwatchError
from streams.kafka.batches import EndOfPartition
from streams.kafka.client.answers import check_answers
from streams.kafka.client.broker_errors import not_a_member
from streams.kafka.client.connection import await_brokers
from streams.kafka.client.topic_watch import TopicIdentity, watch_topics
from streams.kafka.consumer.fetch_batches import drain_fetched
from streams.kafka.consumer.fetch_hooks import record_fetch_times, record_request_time, requested_at, shorten_fetch_wait
from streams.kafka.consumer.leader_epochs import LeaderEpochs
from streams.kafka.consumer.membership import report_lost_membership
from streams.kafka.input_gaps import InputGap, find_gaps
from streams.kafka.work import CommittedOffset, PartitionId
from streams.process.exits import exit_at_once

__all__ = ["BatchConsumerThread"]

_log: Final = logging.getLogger(__name__)
_ASK_SECONDS: Final = 3.0
_SEEK_SHARE: Final = 0.8
"""Share of Faust's own timeout for a seek; past that timeout, Faust's recovery would end without a message."""


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread of a `BatchConsumer`.

    Args:
        consumer: The consumer that it polls for.
        on_response: Called after every response of a broker, in this thread.
        started_with: The topics that must stay unchanged, by name.
        kwargs: Faust's own.

    Attributes:
        gaps: The open gaps by topic-partition; no record behind one is returned until `pass_gap`.
        epochs: The leader epochs of what was read; exists once the client does.
    """

    epochs: LeaderEpochs

    mundane_level = "debug"

    def __init__(
        self,
        consumer: driver.Consumer,
        *,
        on_response: Callable[[], None],
        started_with: Mapping[str, TopicIdentity],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        self._on_response, self._started_with = on_response, started_with
        self._background: list[asyncio.Task[None]] = []
        self.gaps: dict[TP, InputGap] = {}
        super().__init__(consumer, **kwargs)

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:  # noqa: ANN401  # aiokafka has no types
        """The client.

        Stock: reads uncommitted records unless Faust's own transactions are on; load partials come in transactions.
        Shown by tests/kafka/test_transactions.py::TestZombie.
        """
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  # Faust passes no such setting on
        await_brokers(consumer._client)  # noqa: SLF001  # no public name
        shorten_fetch_wait(consumer)
        record_fetch_times(consumer, self._on_response)
        self.epochs = LeaderEpochs(check_answers(consumer), self._note_cut)
        self.epochs.watch_fetches()
        return consumer

    async def on_start(self) -> None:
        """Connect."""
        await super().on_start()
        consumer = self._ensure_consumer()
        record_request_time(consumer, self.epochs.doubt)
        report_lost_membership(consumer, self._lost)
        client = consumer._client  # noqa: SLF001  # no public way to send such a request
        watches = watch_topics(client, self._started_with, self._changed), self.epochs.run()
        self._background = [asyncio.create_task(each) for each in watches]

    async def on_thread_stop(self) -> None:
        """Disconnect."""
        for task in self._background:
            task.cancel()
        await super().on_thread_stop()

    def _changed(self, sentence: str) -> None:
        try:
            raise BrokerError(
                f"{sentence}: the topics are not those with which this worker started; see `docketwatch topics check`"
            )
        except DocketwatchError:
            exit_at_once("its topics have changed")

    def _lost(self, error: BaseException) -> None:
        try:
            conf = self.app.conf
            raise not_a_member(error, conf.id, conf.consumer_group_instance_id) from error
        except DocketwatchError:
            exit_at_once("it is in no group")

    def current_assignment(self) -> Collection[TP]:
        """The current assignment; empty while our generation is invalid.

        Stock: the old assignment stays until the group sends a new one, although other members own it by then.
        Shown by tests/unit/kafka/consumer/test_consumer_thread.py::TestCurrentAssignment.
        """
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # no public name
        # while it connects there is no coordinator yet, and the metrics may call this already
        return self.assignment() if coordinator is not None and coordinator.generation >= 0 else ()

    async def is_member(self) -> bool:
        """Ask the group's coordinator whether we are still a member in the generation we know."""
        return bool(await self.call_thread(self._ask_coordinator))

    async def _ask_coordinator(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # aiokafka asks in the background only
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                await coordinator.ensure_coordinator_known()
                return bool(await coordinator._do_heartbeat())  # noqa: SLF001  # as above
        except TimeoutError:
            return False

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek every assigned partition to its committed offset.

        Stock: a partition without a committed offset, or with 0, keeps its position, so a first batch that a rebalance
        dropped after the fetch is skipped; and aiokafka asks the coordinator once a partition.
        Shown by tests/unit/kafka/consumer/test_consumer_thread.py::TestSeek and
        tests/kafka/test_transport.py::TestSeek.

        Raises:
            BrokerError: No coordinator of the group has answered; nothing may be read before that.
        """
        seconds = _SEEK_SHARE * self.app.conf.broker_request_timeout
        return dict(await self.call_thread(self._seek_and_restore_gaps, seconds))

    async def _seek_within(self, seconds: float) -> Mapping[TP, int | None]:
        try:
            async with asyncio.timeout(seconds):
                return await self._seek()
        except TimeoutError as error:
            raise BrokerError(
                f"group {self.app.conf.id}: no coordinator has given the committed offsets within {seconds:g} s; "
                "nothing is read without them"
            ) from error

    async def _seek_and_restore_gaps(self, seconds: float) -> Mapping[TP, int | None]:
        offsets = await self._seek_within(seconds)
        for tp, offset in offsets.items():
            self._restore_gap(tp, offset)
        return offsets

    async def committed(self, tps: Collection[TP]) -> Mapping[TP, CommittedOffset]:
        """The group's committed offsets, from its coordinator; a partition without one is left out."""
        return dict(await self.call_thread(self._fetch_committed, tps))

    async def _fetch_committed(self, tps: Collection[TP]) -> Mapping[TP, CommittedOffset]:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # the public way asks once a partition
        found = await coordinator.fetch_committed_offsets([TopicPartition(*place) for place in tps])
        return {
            TP(tp.topic, tp.partition): CommittedOffset(kept.offset, kept.metadata or "") for tp, kept in found.items()
        }

    async def _seek(self) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        assigned = list(consumer.assignment())
        offsets = await asyncio.gather(*(consumer.committed(tp) for tp in assigned))
        fresh = [tp for tp, offset in zip(assigned, offsets, strict=True) if offset is None]
        # not seek_to_beginning: it waits for the current long poll
        starts = await consumer.beginning_offsets(fresh) if fresh else {}
        for tp, offset in zip(assigned, offsets, strict=True):
            consumer.seek(tp, starts[tp] if offset is None else offset)
        return {TP(tp.topic, tp.partition): offset for tp, offset in zip(assigned, offsets, strict=True)}

    async def _fetch_records(
        self,
        consumer: Any,  # noqa: ANN401  # Faust's own signature, here and below
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Any:  # noqa: ANN401
        """Poll.

        Stock: takes records from aiokafka one at a time, 0.9 us each against 0.2 us.
        Shown by tests/unit/kafka/consumer/test_fetch_batches.py and tests/kafka/test_transport.py.
        """
        if not self.consumer.flow_active:
            return {}
        fetcher = consumer._fetcher  # noqa: SLF001  # as stock
        if consumer._closed or fetcher._closed:  # noqa: SLF001  # as stock
            raise ConsumerStoppedError
        held = self.gaps.keys() | self.epochs.unverified.keys()
        wanted = active_partitions - held if held else active_partitions
        try:
            with fetcher._subscriptions.fetch_context():  # noqa: SLF001  # as stock
                return await drain_fetched(fetcher, wanted, timeout=timeout or 0.0, most=cast(int, max_records))
        except OffsetOutOfRangeError as error:
            await self._note_gaps(consumer, error.args[0])
        except NoOffsetForPartitionError:
            pass  # a fresh group: `_seek` sets its start
        return {}

    async def _note_gaps(self, consumer: Any, positions: Mapping[Any, int]) -> None:  # noqa: ANN401  # as above
        """Record the missing offsets as gaps.

        Stock: restarts at the earliest record, without a message about the records before it.
        Shown by tests/kafka/test_input_gaps.py.
        """
        try:
            found = await find_gaps(consumer, positions)
        except KafkaError as error:
            _log.info("the gap of the input is not known yet: %r", error)
            return  # the next poll fails in the same way, and asks again
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # as below
        for gap in found:
            tp = TP(gap.topic, gap.partition)
            state = assignment.state_value(tp) if assignment is not None else None
            # a rebalance or another seek may have happened meanwhile
            if state is not None and state.has_valid_position and state.position == positions[tp]:
                self.gaps[tp] = gap
                consumer.seek(tp, gap.resumes_at)

    def _note_cut(self, place: PartitionId, end: int, position: int) -> None:
        """Record as a gap that records which were read are gone from an offset on, and others may lie there."""
        tp = TP(*place)
        known = self.gaps.get(tp)
        last = position - 1 if known is None else max(position - 1, known.last)
        self.gaps[tp] = InputGap(tp.topic, tp.partition, end, last, end)
        self._ensure_consumer().seek(tp, end)

    async def restore_epochs(self, epochs: Mapping[PartitionId, tuple[int, int]]) -> None:
        """Have leaders asked whether their logs still hold what a state was made of.

        Args:
            epochs: By topic-partition: the offset behind the last record, and the leader epoch of that record.
        """
        await self.call_thread(self._restore_epochs, epochs)

    async def _restore_epochs(self, epochs: Mapping[PartitionId, tuple[int, int]]) -> None:
        for place, (offset, epoch) in epochs.items():
            self.epochs.restore(place, offset, epoch)

    def _restore_gap(self, tp: Any, committed: int | None) -> None:  # noqa: ANN401  # as above
        """Pause a topic-partition at its gap, if it has one, after the seek to its committed offset."""
        gap = self.gaps.get(tp)
        if gap is None or committed is None:
            return
        if not gap.is_cut and committed >= gap.resumes_at:
            del self.gaps[tp]  # it was passed: the committed offset lies behind it
            return
        self.gaps[tp] = gap = gap.since(committed)
        self._ensure_consumer().seek(tp, gap.resumes_at)

    async def pass_gap(self, gap: InputGap) -> None:
        """Read on behind a gap; do nothing if the open gap is another one by now."""
        await self.call_thread(self._pass_gap, gap)

    async def _pass_gap(self, gap: InputGap) -> None:
        tp = TP(gap.topic, gap.partition)
        if self.gaps.get(tp) == gap:
            del self.gaps[tp]

    def end_of_partition(self, tp: TP) -> EndOfPartition | None:
        """The instant up to which a topic-partition is known to be read to its end; None unless it is.

        The order of the three reads matters because the polling thread may write between them: a later response moves
        the end away from the position, never the instant past the end.
        """
        consumer = self._ensure_consumer()
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # no public way without a round trip
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or tp in self.gaps or tp in self.epochs.unverified:
            return None
        asked, end, position = requested_at(state), state.highwater, state.position
        if asked is None or end is None or position < end:
            return None
        return EndOfPartition(tp.topic, asked, position)

    def unread(self, tp: TP) -> int | None:
        """Records behind the position as of the last poll; None while unknown."""
        consumer = self._ensure_consumer()
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # as above
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or state.highwater is None:
            return None
        return max(0, int(state.highwater) - int(state.position))
