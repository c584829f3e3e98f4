"""The state of the owned partitions: restored before their streams start, kept as it changes, dropped when revoked.

Faust's own tables cost 450 us a write, restore 15,000 records a second on a live stream and keep the keys of revoked
partitions (streams/ARCHITECTURE.md). Here a partition's state is one object; its changelog is read in bulk in
`on_rebalance_complete`, which Faust awaits after the group has joined and before any stream is resumed, outside the
rebalance callback, so that no timeout cuts a long restore short.
"""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import monotonic, time
from typing import Any, Final, Generic, NoReturn, TypeVar, cast

from faust import App
from faust.tables.recovery import RebalanceAgain

from streams.core.state.origin import StateOrigin
from streams.errors import BrokerError, UsageError
from streams.kafka.batches import Batch
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.producer.delivery import Delivery
from streams.kafka.producer.work_batcher import WorkBatch, batched
from streams.kafka.state.changelog import AssignmentRevoked, read_changelog
from streams.kafka.state.changelog_table import ChangelogTable
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler
from streams.kafka.state.group_claims import DECIDING, first_group
from streams.kafka.state.history import ChangelogHistory, ForeignState, UnfitState
from streams.kafka.state.partition_task import PartitionTask
from streams.kafka.state.passed_input import as_marked, read_passed
from streams.kafka.state.store_stats import StoreStats
from streams.kafka.state.takeover import ASK_AGAIN_SECONDS, Takeover
from streams.kafka.work import PartitionProcessor, Work
from streams.logs import LogPosition, at, work_at
from streams.process.exits import exit_at_once
from streams.process.watchdog import Watchdog

__all__ = ["PartitionStore"]

_log: Final = logging.getLogger(__name__)
_SURE_SECONDS: Final = 2.0
"""So long a state must be at odds with its offsets: a broker may tell old ones for a moment after it crashed."""

A = TypeVar("A", bound=PartitionProcessor)


async def _at_once() -> None:
    """What a store waits for by default: nothing."""


class PartitionStore(Generic[A]):
    """One application per owned partition number of a group of co-partitioned topics.

    Args:
        app: The Faust app.
        topics: The co-partitioned input topics.
        changelog: Topic of the state, of the same partition count.
        history: What the state of a partition must belong to, and the mark with which every flush of it ends.
        client: How to reach and speak to the brokers (aiokafka's names).
        delivery: Makes work durable.
        watchdog: Ends the process when the state does not come.
        patience: How long (s) to wait for more of it.
        checkpoints: Spares reading what the state was at some offset of the changelog.
        make: Makes the application of a partition number.
        on_refused: Awaited when partitions were refused, before the process ends.
        stop: Ends the process; never returns.

    Attributes:
        stats: What was done.
        checkpoints: As given.
    """

    def __init__(
        self,
        app: App,
        *,
        topics: Sequence[str],
        changelog: str,
        history: ChangelogHistory,
        client: Mapping[str, Any],
        delivery: Delivery,
        watchdog: Watchdog,
        patience: float,
        checkpoints: CheckpointScheduler,
        make: Callable[[int], A],
        on_refused: Callable[[], Awaitable[None]] = _at_once,
        stop: Callable[[str], NoReturn] = exit_at_once,
    ) -> None:
        self.stats = StoreStats()
        self._app, self._topics, self._changelog = app, topics, changelog
        self._history, self._mark, self._on_refused = history, history.mark.key, on_refused
        self._client, self._delivery, self._make, self._stop = client, delivery, make, stop
        self._takeover = Takeover(app, topics, watchdog, patience)
        self.checkpoints = checkpoints
        self._owned: dict[int, PartitionTask[A]] = {}
        self._images: dict[int, ChangelogTable] = {}
        self._is_started = False
        app.on_rebalance_complete.connect(self._on_rebalance_complete)
        app.on_before_shutdown.connect(self._on_before_shutdown)

    @property
    def owned(self) -> Mapping[int, A]:
        """The applications of the owned partition numbers; from any thread.

        One that the group has given to another worker is not among them from that moment on: it is let go only when our
        turn in the rebalance comes, after other stores have restored theirs, and the other may work on it by then.
        """
        ours = cast(BatchConsumer, self._app.consumer).numbers(self._topics[0])
        return {number: owned.application for number, owned in list(self._owned.items()) if number in ours}

    @property
    def is_working(self) -> bool:
        """Whether work was begun that is not durable yet."""
        return any(owned.is_working for owned in list(self._owned.values()))

    @property
    def waited(self) -> float:
        """For how long (s) work that was begun has waited without any of it becoming durable; from any thread."""
        return max((owned.waited for owned in list(self._owned.values())), default=0.0)

    @property
    def to_restore(self) -> int:
        """How many changelog records are still to be read before the owned partitions can be worked on."""
        return sum(image.remaining for image in list(self._images.values()))

    @property
    def origins(self) -> Sequence[StateOrigin]:
        """What the states of the owned partitions belong to; from any thread."""
        return [owned.origin for owned in list(self._owned.values())]

    @property
    def lost_alert_topics(self) -> Mapping[str, int]:
        """Of each alert topic, in how many owned partitions alerts stand that it may lack; from any thread."""
        lost = Counter(name for origin in self.origins for name in self._history.lost(origin))
        return {name: lost[name] for name in self._history.alert_topics}

    # ---- taking over and letting go -----------------------------------------------------------------

    async def _on_rebalance_complete(self, *_: object, **__: object) -> None:
        app, count = self._app, self._app.rebalancing_count
        consumer = cast(BatchConsumer, app.consumer)
        assigned = {tp.partition for tp in app.consumer.assignment() if tp.topic in self._topics}
        gone = set(self._owned) - assigned
        for number in gone:
            del self._owned[number]
        await asyncio.gather(*(self._delivery.close(number) for number in gone))
        for number in set(self._images) - assigned:
            del self._images[number]
        gc.disable()  # millions of short-lived, acyclic records: 1.7 times as fast without full collections
        try:
            await self._take_over(
                assigned, lambda: app.should_stop or consumer.is_revoking or app.rebalancing_count != count
            )
        except AssignmentRevoked as error:
            raise RebalanceAgain from error
        except BaseException as error:  # whatever it is, the state is not known
            if self._is_asked_to_end(error):
                raise
            self._stop("its state could not be restored")
        else:
            gc.freeze()  # else the next collection looks at every case: a third of a second, where there are a million
        finally:
            gc.enable()

    async def _take_over(self, assigned: set[int], is_superseded: Callable[[], bool]) -> None:
        started, consumer = monotonic(), cast(BatchConsumer, self._app.consumer)
        _log.info("%s: takes over partitions %s", self._changelog, sorted(assigned))
        await self._takeover.confirm_membership(is_superseded)
        if not self._is_started:
            await self._delivery.start()
            self._is_started = True
        async with self._takeover.ownership(is_superseded):
            await asyncio.gather(*(self._delivery.open(number) for number in assigned))
        await self._drop_overtaken(assigned, is_superseded)
        self.checkpoints.keep_only(assigned)
        await self._read_images(assigned - set(self._owned), is_superseded)
        begun = await self._look_at_history(is_superseded)
        gc.collect(1)  # those who read are in circles, with megabytes in hand; there is little else to look at by now
        read = sum(image.records for image in self._images.values())
        for number in sorted(self._images):
            async with self._takeover.ownership(is_superseded):
                await self._open(number, self._images.pop(number), begun[number])
        for owned in self._owned.values():
            owned.application.rewind()
            consumer.restore_gaps(owned.application.gaps())
        if is_superseded():
            raise AssignmentRevoked
        self.stats.restores += 1
        self.stats.restored_records += read
        self.stats.restore_seconds = monotonic() - started
        _log.info(
            "%s: owns partitions %s, restored %d records in %.2f s",
            self._changelog, sorted(self._owned), read, self.stats.restore_seconds,
        )  # fmt: skip

    async def _read(self, images: Mapping[int, ChangelogTable], is_superseded: Callable[[], bool]) -> set[int]:
        with self._takeover.limit(f"nothing came of {self._changelog}") as limit:
            return await read_changelog(self._client, self._changelog, images, is_superseded, limit.renew)

    async def _read_images(self, numbers: set[int], is_superseded: Callable[[], bool]) -> None:
        for number in numbers - set(self._images):
            kept = await self.checkpoints.load(number)
            self._images[number] = (
                ChangelogTable(self._mark) if kept is None else ChangelogTable(self._mark, kept.position, kept.records)
            )
            if is_superseded():
                raise AssignmentRevoked
        while self._images:
            outside = await self._read(self._images, is_superseded)
            outside |= {number for number, image in self._images.items() if self._history.is_mended_since(image)}
            if not outside:
                break
            for number in outside:
                self.checkpoints.reject(number)
                self._images[number] = ChangelogTable(self._mark)

    async def _drop_overtaken(self, assigned: set[int], is_superseded: Callable[[], bool]) -> None:
        """Forget what we kept of partitions that somebody else worked on while we were thought dead."""
        numbers = assigned & set(self._owned)
        kept = {number: ChangelogTable(self._mark, self._owned[number].position) for number in numbers}
        outside = await self._read(kept, is_superseded) if kept else set()
        for number, image in kept.items():
            if image.records > len(image.claims) or number in outside:
                with at(LogPosition(self._changelog, number)):
                    _log.warning(
                        "%s: partition %d was written to by another worker; restoring", self._changelog, number
                    )
                del self._owned[number]

    async def _look_at_history(self, is_superseded: Callable[[], bool]) -> Mapping[int, StateOrigin]:
        """See that what was read is the state of this group, as of what the group committed, before any of it counts.

        Shown by tests/kafka/test_history.py.

        Returns:
            What each state belongs to.

        Raises:
            BrokerError: It is not; the text says why.
            UsageError: It is that of another group.
        """
        images, history = self._images, self._history
        unclaimed = {number: image for number, image in images.items() if history.is_unclaimed(image)}
        committed = await self._takeover.committed(images)
        marked = await self._as_marked(committed, is_superseded)
        if unclaimed and not history.unfit(images, marked):
            with self._takeover.limit(f"nothing came of {history.deciding.changelog}") as limit:
                first = await first_group(self._client, history.deciding, is_superseded, limit.renew)
            if first != history.group:
                await self._refuse([history.deciding.foreign(DECIDING, first)])
            async with self._takeover.ownership(is_superseded):
                claims = {number: batched(Work(changelog=history.claim)) for number in unclaimed}
                await asyncio.gather(*(self._delivery.deliver(number, claim) for number, claim in claims.items()))
            while not all(history.group in image.claims for image in unclaimed.values()):
                await self._read(unclaimed, is_superseded)
        sure_at = monotonic() + _SURE_SECONDS
        while unfit := history.unfit(images, marked):
            # one that waited for long may be looking at what its successor has committed by now
            await self._takeover.confirm_membership(is_superseded)
            if is_superseded():
                # a member again, but another had it meanwhile: what was read here is out of date
                raise AssignmentRevoked
            if monotonic() > sure_at:
                await self._refuse(unfit)
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            committed = await self._takeover.committed(images)
            marked = await self._as_marked(committed, is_superseded)
        return {number: history.begun(image, committed[number]) for number, image in images.items()}

    async def _as_marked(
        self, committed: Mapping[int, Mapping[str, int]], is_superseded: Callable[[], bool]
    ) -> Mapping[int, Mapping[str, int]]:
        """What the group has committed, but for what a worker of the release before has passed without a mark."""
        behind = self._history.behind(self._images, committed)
        if not behind:
            return committed
        with self._takeover.limit(f"nothing came of the input behind {self._changelog}") as limit:
            unmarked = await cast(BatchConsumer, self._app.consumer).committed_without_marker(behind)
            spans = {place: behind[place] for place in unmarked}
            passed = await read_passed(self._client, self._history.is_missed, spans, is_superseded, limit.renew)
        if passed:
            _log.info("%s: a worker of the release before has passed %s", self._changelog, sorted(passed))
        return as_marked(committed, passed, spans)

    async def _refuse(self, unfit: Sequence[UnfitState]) -> NoReturn:
        self.stats.refused = len(unfit)
        for each in unfit:
            with at(LogPosition(self._changelog, each.number)):
                _log.error("%s", each.sentence)
        await self._on_refused()
        more = f" (and {len(unfit) - 1} more partitions)" if len(unfit) > 1 else ""
        kind = UsageError if isinstance(unfit[0], ForeignState) else BrokerError
        raise kind(unfit[0].sentence + more)

    async def _open(self, number: int, image: ChangelogTable, origin: StateOrigin) -> None:
        position, behind = image.position, image.records
        repair = image.take_back()
        if repair:
            with at(LogPosition(self._changelog, number, position)):
                _log.warning(
                    "%s: partition %d: a flush was cut off; %d records put back", self._changelog, number, len(repair)
                )
            position = await self._delivery.deliver(number, batched(Work(changelog=repair)))
        owned = PartitionTask(
            self._make(number),
            position,
            image.newest(self._mark),
            origin,
            stamp=self._history.mark.stamp,
            deliver=partial(self._deliver, number),
            stop=self._stop,
        )
        self.checkpoints.own(number, size=len(image), behind=behind + len(repair))
        owned.application.restore(image.drain())
        await owned.deliver(owned.application.restored())
        self._owned[number] = owned

    async def _on_before_shutdown(self, *_: object, **__: object) -> None:
        await self.checkpoints.finish(
            {
                number: partial(owned.snapshot, self._mark)
                for number, owned in self._owned.items()
                if owned.last_mark is not None
            }
        )
        if self._is_started:
            await self._delivery.stop()

    # ---- working ------------------------------------------------------------------------------------

    async def run(self, stream: Any) -> None:  # noqa: ANN401  # Faust's abstract stream does not know noack()
        """The body of the agent.

        Stock agents ack in a `finally`, so what failed is committed and lost: this stream acks nothing by itself, and
        any exception ends the process. Shown by tests/kafka/test_store.py::TestFailure.
        """
        try:
            async for event in stream.noack().events():
                work_at(_place(event.value))
                await self._take(event)
        except BaseException as error:  # whatever it is, nothing may be acked after it
            if self._is_asked_to_end(error):
                raise
            self._stop("a batch could not be worked on")

    def _is_asked_to_end(self, error: BaseException) -> bool:
        """Whether a cancellation is meant for the task we are in.

        One of aiokafka's own may come through instead, and Faust's recovery, or an agent, would end by it without a
        word. Shown by tests/unit/kafka/state/test_partition_store.py::TestCancelled.
        """
        if not isinstance(error, asyncio.CancelledError):
            return False
        task = asyncio.current_task()
        return bool(self._app.should_stop) or (task is not None and task.cancelling() > 0)

    async def _take(self, event: Any) -> None:  # noqa: ANN401  # Faust takes its value for bytes
        batch: Batch = event.value
        owned = self._owned[batch.partition]
        for work in owned.application.take(batch):
            if not work.is_empty:
                await owned.queue(work)
            await asyncio.sleep(0)  # let polls, commits and metrics have their turn between two steps
            if self._app.should_stop:
                break  # the rest was not settled: whoever comes next reads it again
        if owned.last_mark is not None and self.checkpoints.is_due(batch.partition):
            self.checkpoints.begin(batch.partition, owned.snapshot(self._mark))
        consumer = cast(BatchConsumer, self._app.consumer)
        consumer.pause(batch.partition, self._topics, owned.application.ahead())
        owned.when_durable(event.ack)

    async def _deliver(self, number: int, work: WorkBatch) -> int | None:
        after = await self._delivery.deliver(number, work)
        if after is not None:
            self.checkpoints.count(number, len(work.changelog))
        self.stats.flushes += 1
        self.stats.flushed_at = time()
        return after


def _place(batch: Batch) -> LogPosition:
    records = batch.records
    return LogPosition(batch.topic, batch.partition, *((records[0].offset, records[-1].offset) if records else ()))
