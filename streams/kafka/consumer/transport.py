"""The Faust transport that moves whole batches instead of single messages.

Faust keeps group membership, assignment, the rebalance protocol, agents and flow control. What is replaced here: what
one message is (the records of one poll of a topic-partition), and what may be committed (what the agent settled).
Every override says what stock Faust does wrong there and which test shows it.
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

__all__ = ["BatchConsumer", "BatchTransport"]


class BatchConsumer(driver.Consumer):
    """One message a topic-partition and poll; its value is a `Batch`.

    Attributes:
        tick_every: Seconds between ticks; an alert that is due is that much late at most.
        tenure: Held while something is done that only the owner of a partition may do, such as taking it over: no
            partition is revoked meanwhile, and so nobody else has it yet.
    """

    tick_every: ClassVar[float] = 0.2
    mundane_level = "debug"
    logger = driver.logger

    _thread: BatchConsumerThread  # narrows the stock annotation to what _new_consumer_thread makes

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Faust's own signature
        self._settled: dict[TP, int] = {}
        self._flow = 0
        self._is_revoking = False
        self.tenure = asyncio.Lock()
        self._ticked_at = 0.0
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        transport = cast(BatchTransport, self.transport)
        return BatchConsumerThread(
            self,
            on_heard=transport.on_heard,
            started_with=transport.started_with,
            loop=self.loop,
            beacon=self.beacon,
        )

    # ---- reading ------------------------------------------------------------------------------------

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Poll once; yield a message for every topic-partition that brought records, then ticks when they are due.

        Stock: one message a record, four asyncio tasks each: 50 us; records of a partition that was paused while they
        were polled are dropped, with the position behind them, and so is what a rebalance overtook.
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
                reached = (self._thread.reach(TP(topic, number)) for topic in topics)
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
        value: Any = batch  # Faust takes a message's value for bytes; nothing on its way looks at it
        return ConsumerMessage(
            tp.topic, tp.partition, offset, 0.0, 0, None, None, value, None, 0, 0, tp, generation_id=generation
        )

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: a full queue holds the poll itself back.

        Stock: takes a pressed partition out of the active set, and when none is left sleeps a whole second.
        Shown by tests/unit/kafka/consumer/test_transport.py::TestFlow.
        """

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing, likewise."""

    async def is_member(self) -> bool:
        """Whether the group still counts on us; no when nobody can say."""
        return await self._thread.is_member()

    async def committed(self, topics: Sequence[str], numbers: Collection[int]) -> Mapping[int, Mapping[str, int]]:
        """What the group has committed, by partition number and topic; a topic without is left out."""
        found = await self._thread.committed([TP(topic, number) for topic in topics for number in numbers])
        return {
            number: {topic: found[TP(topic, number)] for topic in topics if TP(topic, number) in found}
            for number in numbers
        }

    async def unmarked(self, places: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """Where what the group has committed does not say that it was committed with a mark."""
        marked = await self._thread.marked([TP(*place) for place in places])
        return {place for place in places if TP(*place) not in marked}

    def numbers(self, topic: str) -> Collection[int]:
        """The partition numbers of a topic that are ours by the group's last word; from any thread."""
        try:
            return {tp.partition for tp in self._thread.held() if tp.topic == topic}
        except ConsumerNotStarted:
            return ()

    def unread(self) -> Mapping[str, int]:
        """Records not yet read of the assigned partitions of every topic, as far as known; from any thread."""
        counts: dict[str, int] = {}
        try:
            for tp in self.assignment():
                counts[tp.topic] = counts.get(tp.topic, 0) + (self._thread.unread(tp) or 0)
        except ConsumerNotStarted:
            pass
        return counts

    def hold(self, number: int, topics: Sequence[str], ahead: Collection[str]) -> None:
        """Fetch no more of those topics of a partition number that are ahead; fetch the others."""
        for topic in topics:
            tp = TP(topic, number)
            if topic in ahead:
                if tp not in self._paused_partitions:
                    self.pause_partitions([tp])
            elif tp in self._paused_partitions:
                self.resume_partitions([tp])

    @property
    def gaps(self) -> Sequence[InputGap]:
        """Gaps of our topic-partitions, behind which nothing is read until `pass_gap`."""
        return list(self._thread.gaps.values())

    def keep_gaps(self, gaps: Iterable[InputGap]) -> None:
        """Hold topic-partitions at gaps that were found before; while no record flows."""
        for gap in gaps:
            self._thread.gaps.setdefault(TP(gap.topic, gap.partition), gap)

    async def pass_gap(self, gap: InputGap) -> None:
        """Read on behind a gap, now that its loss is accepted."""
        self._settled.pop(TP(gap.topic, gap.partition), None)  # of a topic made anew, offsets begin anew
        await self._thread.pass_gap(gap)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: what may be committed is told by `settle`.

        Stock: takes the records of a batch but the last for a gap, and keeps it in a tree that it sorts each time.
        Shown by tests/unit/kafka/consumer/test_transport.py::TestPoll.
        """

    # ---- acks and commits ---------------------------------------------------------------------------

    def settle(self, topic: str, number: int, offset: int) -> None:
        """Allow the commit of everything before an offset: its outputs and its state are durable."""
        tp = TP(topic, number)
        if offset > self._settled.get(tp, -1):
            self._settled[tp] = offset

    def ack(self, message: Message) -> bool:
        """Note that the work on a message is over; what may be committed is told by `settle`.

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
        return (tp for tp in list(self._settled) if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self._settled.get(tp)

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: ARG002  # Faust's own signature
    ) -> bool:
        """Commit what is still assigned, or only note it when it was committed in a transaction.

        Stock: flushes a producer that has nothing of ours, and notes an offset as committed when the commit failed, so
        it is never tried again. Shown by tests/unit/kafka/consumer/test_transport.py::TestCommit.
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
        """Wait until the work on every message that was started is over, then commit.

        Stock: runs a full garbage collection a round, seconds with a big heap; and joins a commit already under way,
        which may not hold the last offsets. Shown by tests/unit/kafka/consumer/test_transport.py::TestCommit.
        """
        while self._unacked_messages and not self.should_stop:
            await self._wait_for_ack(timeout=1)
        await self.maybe_wait_for_commit_to_finish()
        await self.force_commit()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: a topic that is ahead is paused on purpose, which stock Faust reports as a stuck stream."""

    # ---- rebalance ----------------------------------------------------------------------------------

    def stop_flow(self) -> None:
        """Stop, and mark what is being fetched as overtaken."""
        self._flow += 1
        super().stop_flow()

    @property
    def is_revoking(self) -> bool:
        """Whether partitions are being revoked, or were and none is assigned yet."""
        return self._is_revoking

    def resume_flow(self) -> None:
        """Resume, unless partitions are being revoked.

        Stock: `Recovery._resume_streams` awaits between its generation check and this call, so a revocation can slip in
        between. Shown by tests/unit/kafka/consumer/test_transport.py::TestFlow.
        """
        if not self._is_revoking:
            super().resume_flow()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what was started and commit it while the partitions are still ours.

        Stock: forgets the acks before it commits, so every rebalance, however clean, replays all since the last commit;
        goes on while the application still takes over what it got in the rebalance before, though others may have it
        then; and lets the flow of a worker without partitions go on, so what it is given next comes before its state.
        Shown by tests/kafka/test_transport.py::TestRebalance, tests/unit/kafka/consumer/test_transport.py::TestTenure,
        TestFlow.
        """
        self._is_revoking = True
        async with self.tenure:
            pass
        if not self.app.should_stop:
            self.stop_flow()
            self.app.flow_control.suspend()
            self.app.flow_control.clear()  # what is queued was never started: it is read again
            await self.wait_empty()
        self._settled.clear()
        for tp in revoked:
            self._thread.gaps.pop(tp, None)  # it is kept in the changelog, for the next owner
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take partitions, held by nobody until streams resume."""
        self._is_revoking = False
        await super().on_partitions_assigned(assigned, generation_id)


class BatchTransport(driver.Transport):
    """Installed as `app.transport`.

    Args:
        url: The brokers.
        app: The app.
        groups: Sets of topics that one agent reads, co-partitioned: each owned partition number of each gets ticks.
        commits: Whether what is settled is yet to be committed; with transactions it is already.
        on_heard: Told of every answer of a broker, in the consumer's thread.
        started_with: The topics that must stay what they are while it runs.
    """

    Consumer = BatchConsumer

    def __init__(
        self,
        url: list[URL],
        app: AppT,
        groups: Sequence[Sequence[str]],
        *,
        commits: bool = True,
        on_heard: Callable[[], None] = lambda: None,
        started_with: Mapping[str, TopicIdentity] | None = None,
    ) -> None:
        self.groups, self.commits, self.on_heard = groups, commits, on_heard
        self.started_with = started_with or {}
        super().__init__(url, app)
