"""The Faust transport that moves whole batches instead of single messages.

Faust does group membership, assignment, the rebalance protocol, agents and flow control. This module replaces the
message (the records of one poll of a topic-partition) and the committable offset (what the agent has processed). Every
override says what stock Faust does wrong there and which test shows it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, ClassVar, cast

from faust.exceptions import ConsumerNotStarted
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, Message
from faust.types.tuples import ConsumerMessage
from yarl import URL

from streams.kafka.batches import Batch
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.consumer.consumer_thread import BatchConsumerThread
from streams.kafka.input_gaps import InputGap
from streams.kafka.work import CommittedOffset, PartitionId

__all__ = ["BatchConsumer", "BatchTransport"]


class BatchConsumer(driver.Consumer):
    """One message a topic-partition and poll; its value is a `Batch`.

    Attributes:
        tick_every: Seconds between ticks; a due alert is at most that late.
        ownership_lock: Held during actions that only the owner of a partition may do, such as a takeover: no partition
            is revoked meanwhile, so no other worker owns it yet.
    """

    tick_every: ClassVar[float] = 0.2
    mundane_level = "debug"
    logger = driver.logger

    _thread: BatchConsumerThread  # narrows the stock annotation to what _new_consumer_thread makes

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Faust's own signature
        self._processed: dict[TP, int] = {}
        self._flow = 0
        self._is_revoking = False
        self.ownership_lock = asyncio.Lock()
        self._ticked_at = 0.0
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        transport = cast(BatchTransport, self.transport)
        return BatchConsumerThread(
            self,
            on_response=transport.on_response,
            started_with=transport.started_with,
            loop=self.loop,
            beacon=self.beacon,
        )

    # ---- reading ------------------------------------------------------------------------------------

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Poll once; yield a message for every topic-partition with records, then ticks when they are due.

        Stock: one message a record, four asyncio tasks each: 50 us; records of a partition that is paused during the
        poll are dropped although the position moves behind them, and so are those that a rebalance overtakes.
        Shown by tests/unit/kafka/consumer/test_transport.py::TestPoll.
        """
        flow = self._flow
        polled, _ = await self._wait_next_records(min(timeout, self.tick_every))
        if polled is None or self.should_stop:
            return
        generation = self.app.consumer_generation_id
        if flow != self._flow or not self.flow_active:
            await self._seek_back(polled)
            return

        def is_ours() -> bool:
            return self.flow_active and flow == self._flow and generation == self.app.consumer_generation_id

        for tp, records in polled.items():
            if not is_ours():
                return
            if records:
                yield tp, self._message(tp, records[-1].offset, Batch(tp.topic, tp.partition, records), generation)
        if monotonic() - self._ticked_at < self.tick_every:
            return
        self._ticked_at = monotonic()
        for tp, tick in self._ticks():
            if not is_ours():
                return
            yield tp, self._message(tp, self._read_offset[tp] or 0, tick, generation)

    async def _seek_back(self, polled: Mapping[TP, Sequence[Any]]) -> None:
        if not any(polled.values()):
            return
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001  # the partitions may be gone; the next resume seeks again
            self.log.info("seek while the flow is stopped: %r", error)

    def _ticks(self) -> Iterable[tuple[TP, Batch]]:
        assigned = self.assignment()
        for topics in cast(BatchTransport, self.transport).groups:
            for number in sorted(tp.partition for tp in assigned if tp.topic == topics[0]):
                reached = (self._thread.end_of_partition(TP(topic, number)) for topic in topics)
                tick = Batch(
                    topics[0],
                    number,
                    (),
                    tuple(reach for reach in reached if reach is not None),
                    self._gaps(topics, number),
                )
                yield TP(topics[0], number), tick

    def _gaps(self, topics: Sequence[str], number: int) -> tuple[InputGap, ...]:
        gaps = self._thread.gaps
        if not gaps:
            return ()
        return tuple(gap for topic in topics if (gap := gaps.get(TP(topic, number))) is not None)

    def _message(self, tp: TP, offset: int, batch: Batch, generation: int) -> ConsumerMessage:
        value: Any = batch  # Faust declares a message's value as bytes, but does not read it
        return ConsumerMessage(
            tp.topic, tp.partition, offset, 0.0, 0, None, None, value, None, 0, 0, tp, generation_id=generation
        )

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: a full queue makes the poll itself wait.

        Stock: removes the partition from the active set, and sleeps a whole second when none is left.
        Shown by tests/unit/kafka/consumer/test_transport.py::TestFlow.
        """

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing, likewise."""

    async def is_member(self) -> bool:
        """Whether we are still a member of the group; False when no coordinator answers."""
        return await self._thread.is_member()

    async def committed(
        self, topics: Sequence[str], numbers: Collection[int]
    ) -> Mapping[int, Mapping[str, CommittedOffset]]:
        """The group's committed offsets, by partition number and topic; a topic without one is left out."""
        found = await self._thread.committed([TP(topic, number) for topic in topics for number in numbers])
        return {
            number: {topic: found[TP(topic, number)] for topic in topics if TP(topic, number) in found}
            for number in numbers
        }

    def numbers(self, topic: str) -> Collection[int]:
        """The partition numbers of a topic in the current assignment; from any thread."""
        try:
            return {tp.partition for tp in self._thread.current_assignment() if tp.topic == topic}
        except ConsumerNotStarted:
            return ()

    def unread(self) -> Mapping[str, int]:
        """Unread records of the assigned partitions by topic, as far as known; from any thread."""
        counts: dict[str, int] = {}
        try:
            for tp in self.assignment():
                counts[tp.topic] = counts.get(tp.topic, 0) + (self._thread.unread(tp) or 0)
        except ConsumerNotStarted:
            pass
        return counts

    def pause(self, number: int, topics: Sequence[str], topics_to_pause: Collection[str]) -> None:
        """Pause some topics of a partition number; resume the others."""
        for topic in topics:
            tp = TP(topic, number)
            if topic in topics_to_pause:
                if tp not in self._paused_partitions:
                    self.pause_partitions([tp])
            elif tp in self._paused_partitions:
                self.resume_partitions([tp])

    @property
    def gaps(self) -> Sequence[InputGap]:
        """Open gaps of our topic-partitions; nothing behind one is read until `pass_gap`."""
        return list(self._thread.gaps.values())

    def restore_gaps(self, gaps: Iterable[InputGap]) -> None:
        """Pause topic-partitions at gaps that were found before; call it while the flow is stopped."""
        for gap in gaps:
            self._thread.gaps.setdefault(TP(gap.topic, gap.partition), gap)

    async def restore_epochs(self, epochs: Mapping[PartitionId, tuple[int, int]]) -> None:
        """Read on only where the log still holds what the state was made of (`streams.kafka.consumer.leader_epochs`).

        Args:
            epochs: By topic-partition: the offset behind the last record, and the leader epoch of that record.
        """
        await self._thread.restore_epochs(epochs)

    def epoch_before(self, place: PartitionId, offset: int) -> int | None:
        """The leader epoch of the record before an offset, if it was read; from any thread."""
        return self._thread.epochs.before(place, offset)

    async def pass_gap(self, gap: InputGap) -> None:
        """Read on behind a gap, now that its loss is accepted."""
        self._processed.pop(TP(gap.topic, gap.partition), None)  # a recreated topic starts again at offset 0
        await self._thread.pass_gap(gap)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: `mark_processed` sets the committable offsets.

        Stock: takes all records of a batch except the last for a gap, and stores it in a tree that it sorts each time.
        Shown by tests/unit/kafka/consumer/test_transport.py::TestPoll.
        """

    # ---- acks and commits ---------------------------------------------------------------------------

    def mark_processed(self, topic: str, number: int, offset: int) -> None:
        """Allow the commit of an offset: the outputs and the state of everything before it are durable."""
        tp = TP(topic, number)
        if offset > self._processed.get(tp, -1):
            self._processed[tp] = offset

    def ack(self, message: Message) -> bool:
        """Note that the work on a message is done; `mark_processed` sets the committable offsets.

        Stock: an ack is a single offset, and one out of order lets the commit pass an unfinished one (issue 606 of
        Faust). Shown by tests/unit/kafka/consumer/test_transport.py::TestCommit.
        """
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        waiter = self._waiting_for_ack
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:  # noqa: ANN401  # Faust's own signature
        return (tp for tp in list(self._processed) if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self._processed.get(tp)

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: ARG002  # Faust's own signature
    ) -> bool:
        """Commit offsets of assigned partitions, or only note them when a transaction has committed them.

        Stock: flushes a producer that is not used here, and notes an offset as committed when the commit failed, so it
        is never retried. Shown by tests/unit/kafka/consumer/test_transport.py::TestCommit.
        """
        assigned = self.assignment()
        ours = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        if not ours:
            return False
        if cast(BatchTransport, self.transport).commits and not await self._commit(ours):
            return False
        self._committed_offset.update(ours)
        return True

    async def wait_empty(self) -> None:
        """Wait until the work on every started message is done, then commit.

        Stock: runs a full garbage collection a round, seconds with a big heap; and joins a running commit, which may
        lack the last offsets. Shown by tests/unit/kafka/consumer/test_transport.py::TestCommit.
        """
        while self._unacked_messages and not self.should_stop:
            await self._wait_for_ack(timeout=1)
        await self.maybe_wait_for_commit_to_finish()
        await self.force_commit()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: stock Faust reports a topic that is paused on purpose as a stuck stream."""

    # ---- rebalance ----------------------------------------------------------------------------------

    def stop_flow(self) -> None:
        """Stop, and invalidate the current fetch."""
        self._flow += 1
        super().stop_flow()

    @property
    def is_revoking(self) -> bool:
        """Whether partitions are being revoked, or were revoked and the next assignment has not come."""
        return self._is_revoking

    def resume_flow(self) -> None:
        """Resume, unless partitions are being revoked.

        Stock: `Recovery._resume_streams` awaits between its generation check and this call, so a revocation can slip in
        between. Shown by tests/unit/kafka/consumer/test_transport.py::TestFlow.
        """
        if not self._is_revoking:
            super().resume_flow()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish the started work and commit it while the partitions are still ours.

        Stock: clears the acks before it commits, so every rebalance, however clean, replays all since the last commit;
        goes on while the application still takes over partitions of the rebalance before, which others may own then;
        and keeps the flow of a worker without partitions running, so its next records come before their state.
        Shown by tests/kafka/test_transport.py::TestRebalance,
        tests/unit/kafka/consumer/test_transport.py::TestOwnershipLock, TestFlow.
        """
        self._is_revoking = True
        async with self.ownership_lock:
            pass
        if not self.app.should_stop:
            self.stop_flow()
            self.app.flow_control.suspend()
            self.app.flow_control.clear()  # queued batches were not started: they are read again
            await self.wait_empty()
        self._processed.clear()
        for tp in revoked:
            self._thread.gaps.pop(tp, None)  # the changelog keeps it for the next owner
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Accept partitions; no record flows until the streams resume."""
        self._is_revoking = False
        await super().on_partitions_assigned(assigned, generation_id)


class BatchTransport(driver.Transport):
    """Installed as `app.transport`.

    Args:
        url: The brokers.
        app: The app.
        groups: The co-partitioned topics of each agent: each owned partition number of each group gets ticks.
        commits: Whether the consumer commits processed offsets; with transactions they are committed already.
        on_response: Called after every response of a broker, in the consumer's thread.
        started_with: The topics that must stay unchanged while it runs.
    """

    Consumer = BatchConsumer

    def __init__(
        self,
        url: list[URL],
        app: AppT,
        groups: Sequence[Sequence[str]],
        *,
        commits: bool = True,
        on_response: Callable[[], None] = lambda: None,
        started_with: Mapping[str, TopicIdentity] | None = None,
    ) -> None:
        self.groups, self.commits, self.on_response = groups, commits, on_response
        self.started_with = started_with or {}
        super().__init__(url, app)
