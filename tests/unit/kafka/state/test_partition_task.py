"""Work that is handed over during a flush, at moments that no broker can be made to wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from streams.core.state.origin import StateOrigin
from streams.kafka.producer.work_batcher import WorkBatch
from streams.kafka.state import partition_task as owned_module
from streams.kafka.state.partition_task import Deliver, PartitionTask
from streams.kafka.work import ProcessedOffset, TopicOutput, Work
from tests.gc_checks import are_gone_without
from tests.kafka.waiting import LIMIT, until
from tests.newest import newest
from tests.packed import unpacked

MARK = b"mark"


class SlowDelivery:
    """Writes to a changelog of its own, one batch per permission."""

    def __init__(self) -> None:
        self.changelog: list[tuple[bytes, bytes | None]] = []
        self.begun = self.flushes = 0
        self._may_write = asyncio.Semaphore(0)

    def let(self, times: int = 1) -> None:
        """Allow so many writes."""
        for _ in range(times):
            self._may_write.release()

    async def deliver(self, work: WorkBatch) -> int | None:
        self.begun += 1
        await self._may_write.acquire()
        self.flushes += 1
        self.changelog += cast(list[tuple[bytes, bytes | None]], unpacked(work.changelog))
        return len(self.changelog)


class OneNumberProcessor:
    """A processor whose state is one number."""

    def __init__(self) -> None:
        self.value = b"0"

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [("x", self.value)]


def never(why: str) -> NoReturn:
    raise AssertionError(why)


def owning(delivery: SlowDelivery) -> PartitionTask[Any]:
    return made(delivery.deliver, never)


def made(deliver: Deliver, stop: Callable[[str], NoReturn]) -> PartitionTask[Any]:
    return PartitionTask[Any](
        OneNumberProcessor(), 0, None, StateOrigin("g", {}), topics=["a", "b"], stamp=lambda value, _: value,
        deliver=deliver, stop=stop,
    )  # fmt: skip


async def advance(owned: PartitionTask[Any], value: bytes) -> None:
    """Run a step that leaves a value; everything that can continue does."""
    owned.processor.value = value
    await owned.queue(Work(changelog=[(b"x", value), (MARK, value)]))
    await asyncio.sleep(0)


async def all_durable(owned: PartitionTask[Any]) -> None:
    """Wait until all work handed over by now is durable."""
    durable = asyncio.Event()
    owned.when_durable(durable.set)
    await asyncio.wait_for(durable.wait(), LIMIT)


def running(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body())


class TestFlushes:
    def test_waiting_work_is_batched(self) -> None:
        """Three steps during the first flush are one flush after it, each complete, in order."""

        async def body() -> None:
            delivery = SlowDelivery()
            owned = owning(delivery)
            written = (b"1", b"2", b"3", b"4")
            for value in written:
                await advance(owned, value)
            assert owned.is_working
            delivery.let(2)
            await all_durable(owned)
            assert (owned.position, owned.last_marker) == (8, b"4")
            assert delivery.flushes == 2
            assert delivery.changelog == [record for value in written for record in ((b"x", value), (MARK, value))]
            assert not owned.is_working

        running(body)

    def test_an_agent_waits_when_too_much_work_waits(self) -> None:
        """The twelfth piece of work is handed over once it is durable, and not before."""

        async def body() -> None:
            delivery = SlowDelivery()
            owned = owning(delivery)
            for turn in range(11):
                await advance(owned, b"%d" % turn)
            twelfth = asyncio.create_task(advance(owned, b"11"))
            await until(lambda: owned._pieces == 12)
            assert not twelfth.done()
            delivery.let()
            await until(lambda: delivery.begun == 2)
            assert not twelfth.done()
            delivery.let()
            await asyncio.wait_for(twelfth, LIMIT)
            assert delivery.changelog[-1] == (MARK, b"11")

        running(body)

    def test_a_cancelled_agent_leaves_its_work(self) -> None:
        """The work that it waits for becomes durable all the same, and everything after it."""

        async def body() -> None:
            delivery = SlowDelivery()
            ended: list[str] = []
            owned = made(delivery.deliver, cast(Callable[[str], NoReturn], ended.append))
            for turn in range(11):
                await advance(owned, b"%d" % turn)
            twelfth = asyncio.create_task(advance(owned, b"11"))
            await until(lambda: owned._pieces == 12)
            twelfth.cancel()
            await asyncio.wait({twelfth})
            delivery.let(2)
            await all_durable(owned)
            await advance(owned, b"12")
            delivery.let()
            await all_durable(owned)
            assert twelfth.cancelled()
            assert not ended
            assert (MARK, b"12") == delivery.changelog[-1]

        running(body)

    def test_a_failed_flush_ends_the_worker(self) -> None:
        """No caller learns that it is durable, and the position stays."""

        async def body() -> None:
            ended: list[str] = []

            async def fail(_: WorkBatch) -> int | None:
                raise OSError

            def stop(why: str) -> NoReturn:
                ended.append(why)
                raise asyncio.CancelledError  # the process has ended; here only its flushing task

            owned, reported = made(fail, stop), asyncio.Event()
            await advance(owned, b"1")
            owned.when_durable(reported.set)
            await advance(owned, b"2")
            await until(lambda: ended)
            assert ended[0] == "a delivery failed"
            assert not reported.is_set()
            assert owned.position == 0

        running(body)


class TestFlushNumbers:
    def test_each_flush_has_the_next_number_in_its_marker_and_its_offsets(self) -> None:
        """A flush of time alone commits a known offset again; one of a batch with new offsets commits only those."""

        async def body() -> None:
            found: list[tuple[int, list[ProcessedOffset]]] = []
            stamped: list[int] = []

            async def deliver(work: WorkBatch) -> int | None:
                found.append((work.flush_number, work.numbered))
                return None

            def stamp(value: bytes, origin: StateOrigin) -> bytes:
                stamped.append(origin.flush_number)
                return value

            origin = StateOrigin("g", {"gone": 9, "a": 0, "b": 5}, flush_number=7)
            owned = PartitionTask[Any](
                OneNumberProcessor(), 0, None, origin, topics=["a", "b"], stamp=stamp, deliver=deliver, stop=never
            )
            moved = [ProcessedOffset("a", 3)]
            await owned.deliver(Work(changelog=[(MARK, b"1")]))
            await owned.deliver(Work(changelog=[(MARK, b"1")], processed=moved))
            await owned.deliver(Work([TopicOutput("t", 0, [(b"a", b"1")])]))
            await owned.queue(Work(changelog=[(MARK, b"1")], processed=[ProcessedOffset("b", 6)]))
            await owned.queue(Work(changelog=[(MARK, b"1")]))
            await all_durable(owned)
            again = [ProcessedOffset("b", 5)]
            assert found == [(8, again), (9, moved), (0, []), (11, [ProcessedOffset("b", 6)])]
            assert stamped == [8, 9, 10, 11]

        running(body)

    def test_a_state_without_offsets_commits_none(self) -> None:
        """An offset that was never committed would begin a topic elsewhere."""

        async def body() -> None:
            work = Work(changelog=[(MARK, b"1")])
            delivery = SlowDelivery()
            delivery.let()
            await owning(delivery).deliver(work)
            assert (work.flush_number, work.repeated) == (1, None)

        running(body)


class TestWaited:
    def test_the_wait_lasts_until_some_work_is_durable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each durable piece restarts the wait; without work there is none."""
        now = [100.0]
        monkeypatch.setattr(owned_module, "monotonic", lambda: now[0])

        async def body() -> None:
            delivery = SlowDelivery()
            owned = owning(delivery)
            assert owned.waited == 0.0
            await advance(owned, b"1")
            while not delivery.begun:
                await asyncio.sleep(0)
            now[0] += 2
            await advance(owned, b"2")
            now[0] += 1
            assert owned.waited == 3.0
            delivery.let()
            while delivery.flushes < 1:
                await asyncio.sleep(0)
            now[0] += 0.5
            assert owned.waited == 0.5
            delivery.let()
            await all_durable(owned)
            assert owned.waited == 0.0

        running(body)


class TestSnapshot:
    def test_later_changes_do_not_precede_its_position(self) -> None:
        """The records behind the position turn the snapshot into the current state."""

        async def body() -> None:
            delivery = SlowDelivery()
            owned = owning(delivery)
            await advance(owned, b"1")  # in flight
            await advance(owned, b"2")  # waits
            snapshot = owned.snapshot(MARK)
            kept = dict(snapshot.records)
            await advance(owned, b"3")  # must not join the waiting work
            delivery.let(3)
            position = await snapshot.position
            await all_durable(owned)
            assert kept == newest([(b"x", b"2"), (MARK, b"2")])
            assert position is not None
            assert newest(delivery.changelog[:position]) == kept
            assert {**kept, **newest(delivery.changelog[position:])} == newest([(b"x", b"3"), (MARK, b"3")])

        running(body)


class TestRelease:
    def test_a_revoked_partition_is_freed_at_once(self) -> None:
        """No reference cycle of the product holds it, so its gigabytes do not wait for a garbage collection."""

        async def body() -> None:
            delivery = SlowDelivery()
            store = SimpleNamespace(owned=owning(delivery))
            await advance(store.owned, b"1")
            delivery.let()
            await all_durable(store.owned)
            await asyncio.sleep(0)  # the flush ends
            assert are_gone_without(store, "owned", "processor")

        running(body)
