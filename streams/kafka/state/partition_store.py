"""The state of the owned partitions: restored before their streams start, flushed as it changes, dropped when revoked.

Stock: Faust's tables cost 450 us a write, restore 15,000 records a second on a live stream and keep the keys of revoked
partitions (streams/ARCHITECTURE.md). Here a partition's state is one object; its changelog is read in bulk when
`streams.kafka.state.joint_takeover` says so.
"""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from time import monotonic, time
from typing import Any, Final, Generic, NoReturn, TypeVar, cast

from faust import App

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
from streams.kafka.state.group_offsets import GroupOffsets
from streams.kafka.state.history import ChangelogHistory, ForeignState, StateMismatch
from streams.kafka.state.joint_takeover import CheckedStates
from streams.kafka.state.partition_task import PartitionTask
from streams.kafka.state.passed_input import as_marked, read_passed
from streams.kafka.state.store_stats import StoreStats
from streams.kafka.state.takeover import ASK_AGAIN_SECONDS, Takeover, is_asked_to_end
from streams.kafka.work import PartitionProcessor, Work
from streams.logs import LogPosition, at, work_at
from streams.process.exits import exit_at_once
from streams.process.watchdog import Watchdog

__all__ = ["PartitionStore"]

_log: Final = logging.getLogger(__name__)
_SURE_SECONDS: Final = 2.0
"""How long a state must differ from its offsets: a broker may report old ones for a moment after a crash."""

A = TypeVar("A", bound=PartitionProcessor)


async def _no_wait() -> None:
    """The default of `on_refused`."""


class PartitionStore(Generic[A]):
    """One processor per owned partition number of a group of co-partitioned topics.

    Args:
        app: The Faust app.
        topics: The co-partitioned input topics.
        changelog: Topic of the state, of the same partition count.
        history: The expected origin of a partition's state, and its flush marker.
        client: aiokafka's connection options.
        delivery: Makes work durable.
        watchdog: Ends the process when the state does not come.
        patience: How long (s) to wait for more of it.
        checkpoints: Loads and writes checkpoints, which shorten a restore.
        make: Makes the processor of a partition number.
        on_refused: Awaited when partitions were refused, before the process ends.
        stop: Ends the process; never returns.

    Attributes:
        topics: The input topics.
        stats: Figures for metrics.
        checkpoints: The scheduler.
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
        on_refused: Callable[[], Awaitable[None]] = _no_wait,
        stop: Callable[[str], NoReturn] = exit_at_once,
    ) -> None:
        self.stats = StoreStats()
        self._app, self.topics, self._changelog = app, topics, changelog
        self._history, self._marker_key, self._on_refused = history, history.flush_marker.key, on_refused
        self._client, self._delivery, self._make, self._stop = client, delivery, make, stop
        self._takeover = Takeover(app, topics, watchdog, patience)
        self.checkpoints = checkpoints
        self._tasks: dict[int, PartitionTask[A]] = {}
        self._tables: dict[int, ChangelogTable] = {}
        self._is_started = False
        app.on_before_shutdown.connect(self._on_before_shutdown)

    @property
    def processors(self) -> Mapping[int, A]:
        """The processors of the owned partition numbers; from any thread.

        A partition that the group has given to another worker is left out from that moment on: this store drops it only
        after the group has joined again, and the new owner may process it by then.
        """
        tasks = list(self._tasks.items())
        if not tasks:
            return {}  # a probe at the start: the first access to `app.consumer` creates it, in the thread that asks
        ours = cast(BatchConsumer, self._app.consumer).numbers(self.topics[0])
        return {number: task.processor for number, task in tasks if number in ours}

    @property
    def is_working(self) -> bool:
        """Whether some work is not durable yet."""
        return any(task.is_working for task in list(self._tasks.values()))

    @property
    def waited(self) -> float:
        """How long (s) work under way has waited without any of it becoming durable; from any thread."""
        return max((task.waited for task in list(self._tasks.values())), default=0.0)

    @property
    def to_restore(self) -> int:
        """How many changelog records are still to be read before the owned partitions can be processed."""
        return sum(table.remaining for table in list(self._tables.values()))

    @property
    def origins(self) -> Sequence[StateOrigin]:
        """The origins of the owned partitions' states; from any thread."""
        return [task.origin for task in list(self._tasks.values())]

    @property
    def lost_alert_topics(self) -> Mapping[str, int]:
        """By alert topic, how many owned partitions have current alerts that it may lack; from any thread."""
        lost = Counter(name for origin in self.origins for name in self._history.lost(origin))
        return {name: lost[name] for name in self._history.alert_topics}

    # ---- taking over and letting go -----------------------------------------------------------------

    async def release(self, assigned: Collection[int]) -> None:
        """Drop the partitions that the group has given to other workers.

        Args:
            assigned: The partition numbers that are left.
        """
        gone = set(self._tasks) - set(assigned)
        for number in gone:
            del self._tasks[number]
        await asyncio.gather(*(self._delivery.close(number) for number in gone))
        for number in set(self._tables) - set(assigned):
            del self._tables[number]

    async def check(self, assigned: Collection[int], is_superseded: Callable[[], bool]) -> CheckedStates:
        """Fence the former owners, read the states, and check that they belong to the group's offsets.

        Args:
            assigned: The partition numbers to own.
            is_superseded: Whether another rebalance has started, or the worker stops.

        Raises:
            AssignmentRevoked: Another rebalance has started.
            BrokerError: A state does not match the offsets of its group.
            UsageError: A state is of another group.
        """
        started, numbers = monotonic(), set(assigned)
        _log.info("%s: takes over partitions %s", self._changelog, sorted(numbers))
        await self._takeover.confirm_membership(is_superseded)
        if not self._is_started:
            await self._delivery.start()
            self._is_started = True
        async with self._takeover.ownership(is_superseded):
            await asyncio.gather(*(self._delivery.open(number) for number in numbers))
        await self._drop_outdated(numbers, is_superseded)
        self.checkpoints.retain_only(numbers)
        await self._read_tables(numbers - set(self._tasks), is_superseded)
        begun = await self._check_history(is_superseded)
        gc.collect(1)  # the readers are reference cycles that hold megabytes; there is little else to traverse now
        return CheckedStates(begun, sum(table.records for table in self._tables.values()), monotonic() - started)

    async def open(self, states: CheckedStates, is_superseded: Callable[[], bool]) -> None:
        """Begin to process checked states; from here on, the store writes.

        Args:
            states: The states.
            is_superseded: As for `check`.

        Raises:
            AssignmentRevoked: Another rebalance has started.
        """
        started, consumer = monotonic(), cast(BatchConsumer, self._app.consumer)
        for number in sorted(self._tables):
            async with self._takeover.ownership(is_superseded):
                await self._open(number, self._tables.pop(number), states.origins[number])
        for number, task in self._tasks.items():
            task.processor.reset_to_committed()
            consumer.restore_gaps(task.processor.gaps())
            await consumer.restore_epochs(task.origin.known_epochs(number))
        if is_superseded():
            raise AssignmentRevoked
        self.stats.restores += 1
        self.stats.restored_records += states.records
        self.stats.restore_seconds = states.seconds + monotonic() - started
        _log.info(
            "%s: owns partitions %s, restored %d records in %.2f s",
            self._changelog, sorted(self._tasks), states.records, self.stats.restore_seconds,
        )  # fmt: skip

    async def _read(self, tables: Mapping[int, ChangelogTable], is_superseded: Callable[[], bool]) -> set[int]:
        with self._takeover.limit(f"no record of {self._changelog} has come") as limit:
            return await read_changelog(self._client, self._changelog, tables, is_superseded, limit.renew)

    async def _read_tables(self, numbers: set[int], is_superseded: Callable[[], bool]) -> None:
        for number in numbers - set(self._tables):
            kept = await self.checkpoints.load(number)
            initial = () if kept is None else (kept.position, kept.records)
            self._tables[number] = ChangelogTable(self._marker_key, *initial)
            if is_superseded():
                raise AssignmentRevoked
        while self._tables:
            outside = await self._read(self._tables, is_superseded)
            outside |= {number for number, table in self._tables.items() if self._history.is_repaired_since(table)}
            if not outside:
                break
            for number in outside:
                self.checkpoints.reject(number)
                self._tables[number] = ChangelogTable(self._marker_key)

    async def _drop_outdated(self, assigned: set[int], is_superseded: Callable[[], bool]) -> None:
        """Drop the state of partitions that another worker processed while the group had expelled us."""
        numbers = assigned & set(self._tasks)
        kept = {number: ChangelogTable(self._marker_key, self._tasks[number].position) for number in numbers}
        outside = await self._read(kept, is_superseded) if kept else set()
        for number, table in kept.items():
            if table.records > len(table.claims) or number in outside:
                with at(LogPosition(self._changelog, number)):
                    _log.warning(
                        "%s: partition %d was written to by another worker; restoring", self._changelog, number
                    )
                del self._tasks[number]

    async def _check_history(self, is_superseded: Callable[[], bool]) -> Mapping[int, StateOrigin]:
        """Check that the restored states belong to this group and its committed offsets, before they are used.

        Shown by tests/kafka/test_history.py.

        Returns:
            The origin of each state.

        Raises:
            BrokerError: One does not; the text gives the reason.
            UsageError: One is of another group.
        """
        tables, history = self._tables, self._history
        unclaimed = {number: table for number, table in tables.items() if history.is_unclaimed(table)}
        committed = await self._takeover.committed(tables)
        marked = await self._as_marked(committed, is_superseded)
        if unclaimed and not history.mismatches(tables, marked, committed.flush_numbers):
            with self._takeover.limit(f"no record of {history.deciding.changelog} has come") as limit:
                first = await first_group(self._client, history.deciding, is_superseded, limit.renew)
            if first != history.group:
                await self._refuse([history.deciding.foreign(DECIDING, first)])
            async with self._takeover.ownership(is_superseded):
                claims = {number: batched(Work(changelog=history.claim)) for number in unclaimed}
                await asyncio.gather(*(self._delivery.deliver(number, claim) for number, claim in claims.items()))
            while not all(history.group in table.claims for table in unclaimed.values()):
                await self._read(unclaimed, is_superseded)
        sure_at = monotonic() + _SURE_SECONDS
        while unfit := history.mismatches(tables, marked, committed.flush_numbers):
            # after a long wait these may be the offsets that the next owner has committed
            await self._takeover.confirm_membership(is_superseded)
            if is_superseded():
                # a member again, but another worker owned it meanwhile: these states are outdated
                raise AssignmentRevoked
            if monotonic() > sure_at:
                await self._refuse(unfit)
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            committed = await self._takeover.committed(tables)
            marked = await self._as_marked(committed, is_superseded)
        offsets, numbers = committed.offsets, committed.flush_numbers
        return {
            number: history.origin_at_takeover(table, offsets[number], numbers[number])
            for number, table in tables.items()
        }

    async def _as_marked(
        self, committed: GroupOffsets, is_superseded: Callable[[], bool]
    ) -> Mapping[int, Mapping[str, int]]:
        """The committed offsets, less the input that a worker of the previous release has passed without a marker."""
        offsets = committed.offsets
        behind = self._history.behind(self._tables, offsets)
        if not behind:
            return offsets
        with self._takeover.limit(f"no record of the input of {self._changelog} has come") as limit:
            spans = {place: behind[place] for place in committed.without_marker(behind)}
            passed = await read_passed(self._client, self._history.is_missed, spans, is_superseded, limit.renew)
        if passed:
            _log.info("%s: a worker of the previous release has passed %s", self._changelog, sorted(passed))
        return as_marked(offsets, passed, spans)

    async def _refuse(self, unfit: Sequence[StateMismatch]) -> NoReturn:
        self.stats.refused = len(unfit)
        for each in unfit:
            with at(LogPosition(self._changelog, each.number)):
                _log.error("%s", each.sentence)
        await self._on_refused()
        more = f" (and {len(unfit) - 1} more partitions)" if len(unfit) > 1 else ""
        kind = UsageError if isinstance(unfit[0], ForeignState) else BrokerError
        raise kind(unfit[0].sentence + more)

    async def _open(self, number: int, table: ChangelogTable, origin: StateOrigin) -> None:
        position, behind = table.position, table.records
        repair = table.rollback_incomplete()
        if repair:
            with at(LogPosition(self._changelog, number, position)):
                _log.warning(
                    "%s: partition %d: a flush was interrupted; %d records rolled back",
                    self._changelog, number, len(repair),
                )  # fmt: skip
            position = await self._delivery.deliver(number, batched(Work(changelog=repair)))
        task = PartitionTask(
            self._make(number),
            position,
            table.newest(self._marker_key),
            origin,
            topics=self.topics,
            stamp=partial(self._stamp, number),
            deliver=partial(self._deliver, number),
            stop=self._stop,
        )
        self.checkpoints.register(number, size=len(table), behind=behind + len(repair))
        task.processor.restore(table.drain())
        await task.deliver(task.processor.on_restored())
        self._tasks[number] = task

    def _stamp(self, number: int, value: bytes, origin: StateOrigin) -> bytes:
        consumer = cast(BatchConsumer, self._app.consumer)
        origin.note_epochs(lambda name, offset: consumer.epoch_before((name, number), offset))
        return self._history.flush_marker.stamp(value, origin)

    async def _on_before_shutdown(self, *_: object, **__: object) -> None:
        await self.checkpoints.finish(
            {
                number: partial(task.snapshot, self._marker_key)
                for number, task in self._tasks.items()
                if task.last_marker is not None
            }
        )
        if self._is_started:
            await self._delivery.stop()

    # ---- working ------------------------------------------------------------------------------------

    async def run(self, stream: Any) -> None:  # noqa: ANN401  # Faust's abstract stream does not know noack()
        """The body of the agent.

        Stock: agents ack in a `finally`, so a failed event is committed and lost. This stream acks nothing by itself,
        and any exception ends the process. Shown by tests/kafka/test_store.py::TestFailure.
        """
        try:
            async for event in stream.noack().events():
                work_at(_place(event.value))
                await self._process(event)
        except BaseException as error:  # after any error no event may be acked
            if is_asked_to_end(self._app, error):
                raise
            self._stop("a batch could not be processed")

    async def _process(self, event: Any) -> None:  # noqa: ANN401  # Faust declares its value as bytes
        batch: Batch = event.value
        task = self._tasks[batch.partition]
        for work in task.processor.process(batch):
            if not work.is_empty:
                await task.queue(work)
            await asyncio.sleep(0)  # polls, commits and metrics run between two steps
            if self._app.should_stop:
                break  # the rest was not processed: the next owner reads it again
        if task.last_marker is not None and self.checkpoints.is_due(batch.partition):
            self.checkpoints.begin(batch.partition, task.snapshot(self._marker_key))
        consumer = cast(BatchConsumer, self._app.consumer)
        consumer.pause(batch.partition, self.topics, task.processor.topics_to_pause())
        task.when_durable(event.ack)

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
