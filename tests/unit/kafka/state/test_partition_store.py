"""Takeovers and releases of a store, at moments that no broker can be made to wait for."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from faust import App

from streams.agents.officers import mark_origin, mark_with_origin
from streams.core.state.origin import StateOrigin
from streams.errors import BrokerError
from streams.kafka.state.changelog import AssignmentRevoked
from streams.kafka.state.changelog_table import ChangelogTable
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler
from streams.kafka.state.group_offsets import GroupOffsets
from streams.kafka.state.history import ChangelogHistory, FlushMarker
from streams.kafka.state.partition_store import PartitionStore
from streams.kafka.state.partition_task import PartitionTask
from streams.kafka.work import CommittedOffset
from streams.process.watchdog import Watchdog
from tests.kafka.deployment import TopicRecord
from tests.kafka.waiting import until

MARK = b"mark"


def made(delivery: object = None) -> PartitionStore[Any]:
    """Return a store that owns partition 0."""
    signal = SimpleNamespace(connect=lambda _: None)
    consumer = SimpleNamespace(numbers=lambda topic: {"a": {0}}[topic])
    store = PartitionStore[Any](
        cast(App, SimpleNamespace(on_before_shutdown=signal, consumer=consumer)),
        topics=["a"],
        changelog="state",
        history=ChangelogHistory(
            group="g",
            changelog="state",
            topics=["a"],
            flush_marker=FlushMarker(MARK, lambda value, _: value, lambda _: None),
            is_exact=True,
            changelog_id="",
        ),
        client={},
        delivery=cast(Any, delivery),
        watchdog=Watchdog(),
        patience=60,
        checkpoints=CheckpointScheduler(None, 60),
        make=lambda _: None,
    )
    store._tasks[0] = cast(PartitionTask[Any], SimpleNamespace(processor=None))
    return store


async def fitting(_: object) -> defaultdict[int, StateOrigin]:
    """Return a history that matches."""
    return defaultdict(lambda: StateOrigin("g", {}))


async def take_over(store: PartitionStore[Any], is_superseded: Callable[[], bool]) -> None:
    """Let a store take partition 1 over."""
    await store.open(await store.check({1}, is_superseded), is_superseded)


def running(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body())


class TestProcessors:
    def test_a_probe_at_the_start_creates_no_consumer(self) -> None:
        """The metrics thread asks before the app has started; a consumer created there would have no running loop."""
        store = made()
        assert list(store.processors) == [0]
        store._tasks.clear()
        del cast(Any, store._app).consumer
        assert store.processors == {}


class TestOwnershipLock:
    @staticmethod
    def taking_over(ownership_lock: asyncio.Lock) -> tuple[PartitionStore[Any], list[tuple[str, bool]]]:
        """Return a store that notes its steps of taking partition 1 over, and whether it was a certain member then."""
        done: list[tuple[str, bool]] = []

        def note(what: str) -> Callable[..., Coroutine[Any, Any, set[int]]]:
            async def noted(*_: object) -> set[int]:
                done.append((what, ownership_lock.locked()))
                return set()

            return noted

        async def is_member() -> bool:
            return True

        delivery = SimpleNamespace(start=note("start"), open=note("open"))
        store = made(delivery)
        store._tasks.clear()
        cast(Any, store._app).consumer = SimpleNamespace(ownership_lock=ownership_lock, is_member=is_member)
        cast(Any, store)._read, cast(Any, store)._open = note("read"), note("restore")
        cast(Any, store)._check_history = fitting
        return store, done

    def test_fencing_and_writing_happen_while_nothing_can_be_revoked(self) -> None:
        """The long reading in between does not hold the lock, because the group need not wait for it."""

        async def body() -> None:
            ownership_lock = asyncio.Lock()
            store, done = self.taking_over(ownership_lock)
            await take_over(store, lambda: False)
            assert done == [("start", False), ("open", True), ("read", False), ("restore", True)]
            assert not ownership_lock.locked()

        running(body)

    def test_a_lock_that_is_never_free_ends_the_worker(self) -> None:
        """The watchdog limits the wait, and the worker has done nothing before it."""

        async def body() -> None:
            ownership_lock = asyncio.Lock()
            await ownership_lock.acquire()
            store, done = self.taking_over(ownership_lock)
            under: list[str] = []

            @contextmanager
            def limit(what: str) -> Iterator[None]:
                under.append(what)
                yield
                under.remove(what)

            cast(Any, store)._takeover.limit = limit
            taking_over = asyncio.create_task(take_over(store, lambda: False))
            await until(lambda: under and done)
            assert (under, done) == (["the ownership lock was not free"], [("start", True)])
            ownership_lock.release()
            await taking_over
            assert not under
            assert not ownership_lock.locked()

        running(body)

    @pytest.mark.parametrize("before", ["open", "restore"])
    def test_a_partition_that_is_being_revoked_is_not_taken_over(self, before: str) -> None:
        """No producer is fenced and nothing is written once another worker may have the partition."""

        async def body() -> None:
            store, done = self.taking_over(asyncio.Lock())
            with pytest.raises(AssignmentRevoked):
                await take_over(store, lambda: before == "open" or ("read", False) in done)
            assert before not in {what for what, _ in done}

        running(body)


class TestRefusal:
    @staticmethod
    def at_odds(committed: int) -> PartitionStore[Any]:
        """Return a store that restores a state of offset 5, while its group has committed another."""
        store = made()
        history = ChangelogHistory(
            group="g",
            changelog="state",
            topics=["a"],
            flush_marker=FlushMarker(MARK, mark_with_origin, mark_origin),
            is_exact=True,
            changelog_id="",
        )
        table = ChangelogTable(MARK)
        table.read([TopicRecord(1, 0, MARK, mark_with_origin(b"", StateOrigin("g", {"a": 5})))])
        cast(Any, store)._history, store._tables[1] = history, table

        async def is_member() -> bool:
            return True

        async def group_stands_at(*_: object) -> GroupOffsets:
            return GroupOffsets({1: {"a": CommittedOffset.marked(committed, 0)}})

        cast(Any, store._app).consumer = SimpleNamespace(is_member=is_member)
        cast(Any, store)._takeover.committed = group_stands_at
        return store

    def test_a_state_that_does_not_match_its_offsets_ends_the_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The mismatch must last for a time."""
        monkeypatch.setattr("streams.kafka.state.partition_store._SURE_SECONDS", 0.0)

        async def body() -> None:
            with pytest.raises(BrokerError, match="the state is younger than its offsets"):
                await self.at_odds(4)._check_history(lambda: False)

        running(body)

    def test_one_of_a_revoked_partition_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another worker may have written it since, and this one may be a member again: the state is read anew."""
        monkeypatch.setattr("streams.kafka.state.partition_store._SURE_SECONDS", 0.0)

        async def body() -> None:
            store = self.at_odds(4)
            with pytest.raises(AssignmentRevoked):
                await store._check_history(lambda: True)
            assert store.stats.refused == 0

        running(body)


class TestCancelled:
    def test_an_agent_is_not_ended_by_a_cancellation_of_a_library(self) -> None:
        """Its partitions would stop."""

        class Stream:
            def noack(self) -> "Stream":
                return self

            async def events(self) -> AsyncIterator[object]:
                raise asyncio.CancelledError
                yield

        def stop(why: str) -> NoReturn:
            stopped.append(why)
            raise SystemExit

        async def body() -> None:
            store = made()
            cast(Any, store._app).should_stop, cast(Any, store)._stop = False, stop
            with pytest.raises(SystemExit):
                await store.run(Stream())
            assert stopped == ["a batch could not be processed"]

        stopped: list[str] = []
        running(body)


class TestOwnedPartitions:
    def test_a_partition_that_the_group_revoked_is_not_owned(self) -> None:
        """The release waits for the group to join again; the new owner may work by then."""
        store = made()
        assert [0] == list(store.processors)
        cast(Any, store._app).consumer.numbers = lambda _: {1}
        assert [] == list(store.processors)
