"""The state of the owned partitions: restored before their streams start, flushed as it changes, dropped when revoked.

Stock: Faust's tables cost 450 us a write, restore 15,000 records a second on a live stream and keep the keys of revoked
partitions (streams/ARCHITECTURE.md). Here a partition's state is one object; its changelog is read in bulk in
`on_rebalance_complete`, which Faust awaits after the group has joined and before any stream resumes, outside the
rebalance callback, so that no timeout interrupts a long restore.
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
from streams.kafka.state.history import ChangelogHistory, ForeignState, StateMismatch
from streams.kafka.state.partition_task import PartitionTask
from streams.kafka.state.passed_input import as_marked, read_passed
from streams.kafka.state.store_stats import StoreStats
from streams.kafka.state.takeover import ASK_AGAIN_SECONDS, Takeover
from streams.kafka.work import PartitionProcessor, Work
from streams.logs import LogPosition, at, work_at
from streams.process.exits import exit_at_once
from streams.process.interpreter_tuning import garbage_collector_off
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
        self._app, self._topics, self._changelog = app, topics, changelog
        self._history, self._marker_key, self._on_refused = history, history.flush_marker.key, on_refused
        self._client, self._delivery, self._make, self._stop = client, delivery, make, stop
        self._takeover = Takeover(app, topics, watchdog, patience)
        self.checkpoints = checkpoints
        self._tasks: dict[int, PartitionTask[A]] = {}
        self._tables: dict[int, ChangelogTable] = {}
        self._is_started = False
        app.on_rebalance_complete.connect(self._on_rebalance_complete)
        app.on_before_shutdown.connect(self._on_before_shutdown)

    @property
    def processors(self) -> Mapping[int, A]:
        """The processors of the owned partition numbers; from any thread.

        A partition that the group has given to another worker is left out from that moment on: this store drops it only
        after other stores have restored theirs, and the new owner may process it by then.
        """
        tasks = list(self._tasks.items())
        if not tasks:
            return {}  # a probe at the start: the first access to `app.consumer` creates it, in the thread that asks
        ours = cast(BatchConsumer, self._app.consumer).numbers(self._topics[0])
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

    async def _on_rebalance_complete(self, *_: object, **__: object) -> None:
        app, count = self._app, self._app.rebalancing_count
        consumer = cast(BatchConsumer, app.consumer)
        assigned = {tp.partition for tp in app.consumer.assignment() if tp.topic in self._topics}
        gone = set(self._tasks) - assigned
        for number in gone:
            del self._tasks[number]
        await asyncio.gather(*(self._delivery.close(number) for number in gone))
        for number in set(self._tables) - assigned:
            del self._tables[number]
        try:
            with garbage_collector_off():  # a restore is 1.7 times as fast without full collections
                await self._take_over(
                    assigned, lambda: app.should_stop or consumer.is_revoking or app.rebalancing_count != count
                )
                gc.freeze()  # else the next collection traverses every case: a third of a second for a million
        except AssignmentRevoked as error:
            raise RebalanceAgain from error
        except BaseException as error:  # after any error the state is unknown
            if self._is_asked_to_end(error):
                raise
            self._stop("its state could not be restored")

    async def _take_over(self, assigned: set[int], is_superseded: Callable[[], bool]) -> None:
        started, consumer = monotonic(), cast(BatchConsumer, self._app.consumer)
        _log.info("%s: takes over partitions %s", self._changelog, sorted(assigned))
        await self._takeover.confirm_membership(is_superseded)
        if not self._is_started:
            await self._delivery.start()
            self._is_started = True
        async with self._takeover.ownership(is_superseded):
            await asyncio.gather(*(self._delivery.open(number) for number in assigned))
        await self._drop_outdated(assigned, is_superseded)
        self.checkpoints.retain_only(assigned)
        await self._read_tables(assigned - set(self._tasks), is_superseded)
        begun = await self._check_history(is_superseded)
        gc.collect(1)  # the readers are reference cycles that hold megabytes; there is little else to traverse now
        read = sum(table.records for table in self._tables.values())
        for number in sorted(self._tables):
            async with self._takeover.ownership(is_superseded):
                await self._open(number, self._tables.pop(number), begun[number])
        for task in self._tasks.values():
            task.processor.reset_to_committed()
            consumer.restore_gaps(task.processor.gaps())
        if is_superseded():
            raise AssignmentRevoked
        self.stats.restores += 1
        self.stats.restored_records += read
        self.stats.restore_seconds = monotonic() - started
        _log.info(
            "%s: owns partitions %s, restored %d records in %.2f s",
            self._changelog, sorted(self._tasks), read, self.stats.restore_seconds,
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
        if unclaimed and not history.mismatches(tables, marked):
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
        while unfit := history.mismatches(tables, marked):
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
        return {number: history.origin_at_takeover(table, committed[number]) for number, table in tables.items()}

    async def _as_marked(
        self, committed: Mapping[int, Mapping[str, int]], is_superseded: Callable[[], bool]
    ) -> Mapping[int, Mapping[str, int]]:
        """The committed offsets, less the input that a worker of the previous release has passed without a marker."""
        behind = self._history.behind(self._tables, committed)
        if not behind:
            return committed
        with self._takeover.limit(f"no record of the input of {self._changelog} has come") as limit:
            unmarked = await cast(BatchConsumer, self._app.consumer).committed_without_marker(behind)
            spans = {place: behind[place] for place in unmarked}
            passed = await read_passed(self._client, self._history.is_missed, spans, is_superseded, limit.renew)
        if passed:
            _log.info("%s: a worker of the previous release has passed %s", self._changelog, sorted(passed))
        return as_marked(committed, passed, spans)

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
            stamp=self._history.flush_marker.stamp,
            deliver=partial(self._deliver, number),
            stop=self._stop,
        )
        self.checkpoints.register(number, size=len(table), behind=behind + len(repair))
        task.processor.restore(table.drain())
        await task.deliver(task.processor.on_restored())
        self._tasks[number] = task

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
            if self._is_asked_to_end(error):
                raise
            self._stop("a batch could not be processed")

    def _is_asked_to_end(self, error: BaseException) -> bool:
        """Whether an error is a cancellation of the current task.

        A CancelledError of aiokafka's own may leak instead, and would end Faust's recovery, or an agent, without a
        message. Shown by tests/unit/kafka/state/test_partition_store.py::TestCancelled.
        """
        if not isinstance(error, asyncio.CancelledError):
            return False
        task = asyncio.current_task()
        return bool(self._app.should_stop) or (task is not None and task.cancelling() > 0)

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
        consumer.pause(batch.partition, self._topics, task.processor.topics_to_pause())
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
