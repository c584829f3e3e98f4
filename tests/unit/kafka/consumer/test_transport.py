"""The transport's decisions, without a broker: what it polls, what it commits, and when it resumes."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from types import SimpleNamespace
from typing import Any, cast

from faust.exceptions import ConsumerNotStarted
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from mode import Service

from streams.kafka.batches import Batch, EndOfPartition
from streams.kafka.client.settings import Settings
from streams.kafka.consumer.consumer_thread import BatchConsumerThread
from streams.kafka.consumer.faust_app import make_app
from streams.kafka.consumer.transport import BatchConsumer
from tests.kafka.waiting import LIMIT

A0, A1, B0, B1 = TP("a", 0), TP("a", 1), TP("b", 0), TP("b", 1)


class ScriptedConsumer(BatchConsumer):
    """A consumer whose polls, assignment and commits are those of a test."""

    polled: Mapping[TP, list[Any]] = {}
    commit_succeeds = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commits: list[dict[TP, int]] = []
        self.seeks = 0
        self.at_end: set[TP] = set()
        self._ticked_at = float("inf")

    def _new_consumer_thread(self) -> BatchConsumerThread:
        thread = Service(beacon=self.beacon)  # a real one has an event loop of its own
        thread.gaps = {}
        thread.end_of_partition = lambda tp: EndOfPartition(tp.topic, 5_000) if tp in self.at_end else None
        return cast(BatchConsumerThread, thread)

    def tick_now(self) -> None:
        self._ticked_at = float("-inf")

    async def _wait_next_records(self, timeout: float) -> Any:
        self.while_it_polls()
        return self.polled, self._get_active_partitions()

    def while_it_polls(self) -> None:
        """Run what happens during the poll."""

    def assignment(self) -> set[TP]:
        return {A0, A1, B0, B1}

    async def perform_seek(self) -> None:
        self.seeks += 1

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        self.commits.append(dict(offsets))
        return self.commit_succeeds

    async def poll(self) -> list[tuple[TP, Batch]]:
        """Return the batches of one poll."""
        return [(tp, cast(Batch, message.value)) async for tp, message in self.getmany(0.1)]


def made(delivery: str = "ordered") -> ScriptedConsumer:
    """Return a flowing consumer, in generation 1 of two co-partitioned topics."""
    app = make_app(Settings.load(delivery=delivery), [["a", "b"]])
    app.transport.Consumer = ScriptedConsumer  # type: ignore[attr-defined]
    app.consumer_generation_id = 1
    made = app.transport.create_consumer(_ignore, on_partitions_revoked=_ignore, on_partitions_assigned=_ignore)
    return cast(ScriptedConsumer, made)


async def _ignore(*_: object) -> None:
    pass


def running(body: Coroutine[Any, Any, None]) -> None:
    asyncio.run(body)


def record(offset: int) -> Any:
    return SimpleNamespace(offset=offset)


class TestPoll:
    def test_a_message_is_a_batch(self) -> None:
        """All records of a topic-partition in a poll are one message, with the offset of the last."""

        async def body() -> None:
            consumer = made()
            consumer.polled = {A0: [record(3), record(4)], B1: [record(9)]}
            messages = [message async for _, message in consumer.getmany(0.1)]
            assert [(m.topic, m.partition, m.offset, len(m.value.records)) for m in messages] == [
                ("a", 0, 4, 2),
                ("b", 1, 9, 1),
            ]

        running(body())

    def test_the_records_of_a_batch_leave_no_gap(self) -> None:
        """Faust notes no gap for the offsets between two messages."""

        async def body() -> None:
            consumer = made()
            await consumer._add_gap(A0, 5, 1_000)
            assert not consumer._gap[A0]

        running(body())

    def test_ticks_follow_the_batches(self) -> None:
        """Each owned partition number has one, after its records, with the topics that are read to their ends."""

        async def body() -> None:
            consumer = made()
            consumer.polled = {B0: [record(3)]}
            consumer.at_end = {A0, A1, B1}
            consumer.tick_now()
            batches = [batch for _, batch in await consumer.poll()]
            assert [(batch.is_tick, batch.partition) for batch in batches] == [(False, 0), (True, 0), (True, 1)]
            assert batches[1].reached == (EndOfPartition("a", 5_000),)
            assert batches[2].reached == (EndOfPartition("a", 5_000), EndOfPartition("b", 5_000))

        running(body())

    def test_ticks_have_a_least_interval(self) -> None:
        """A poll that follows at once has none."""

        async def body() -> None:
            consumer = made()
            consumer.tick_now()
            assert len(await consumer.poll()) == 2
            assert await consumer.poll() == []

        running(body())

    def test_a_topic_paused_during_its_poll_is_delivered(self) -> None:
        """Its position is behind these records already: they would not be read again."""

        async def body() -> None:
            consumer = made()
            consumer._set_active_tps({A0, B0})
            consumer.polled = {A0: [record(3)], B0: [record(4)]}
            consumer.while_it_polls = lambda: consumer.pause(0, ["a", "b"], ["b"])  # type: ignore[method-assign]
            assert [batch.topic for _, batch in await consumer.poll()] == ["a", "b"]

        running(body())

    def test_records_that_a_rebalance_overtook_are_fetched_again(self) -> None:
        """If the flow stopped during the poll, the records are dropped and the position goes back."""

        async def body() -> None:
            consumer = made()
            consumer.polled = {A0: [record(3)]}
            consumer.while_it_polls = consumer.stop_flow  # type: ignore[method-assign]
            assert await consumer.poll() == []
            assert consumer.seeks == 1

        running(body())


class TestNumbers:
    def test_numbers_are_those_of_a_topic(self) -> None:
        """There are none before the consumer runs."""

        def not_started() -> Collection[TP]:
            raise ConsumerNotStarted

        async def body() -> None:
            consumer = made()
            consumer._thread.current_assignment = lambda: {A0, A1, B0}  # type: ignore[method-assign]
            assert {0, 1} == set(consumer.numbers("a"))
            assert {0} == set(consumer.numbers("b"))
            consumer._thread.current_assignment = not_started  # type: ignore[method-assign]
            assert set() == set(consumer.numbers("a"))

        running(body())


class TestCommit:
    def test_only_processed_offsets_are_committed(self) -> None:
        """An acknowledged message commits nothing by itself."""

        async def body() -> None:
            consumer = made()
            message = ConsumerMessage("a", 0, 9, 0.0, 0, None, None, None, None, 0, 0, A0)
            consumer.track_message(message)
            consumer.ack(message)
            consumer.mark_processed("a", 0, 4)
            assert await consumer.commit()
            assert consumer.commits == [{A0: 4}]

        running(body())

    def test_offsets_of_a_transaction_are_only_noted(self) -> None:
        """No second commit happens; Faust's bookkeeping has them."""

        async def body() -> None:
            consumer = made("transactional")
            consumer.mark_processed("a", 0, 4)
            assert await consumer.commit()
            assert consumer.commits == []
            assert consumer._committed_offset[A0] == 4

        running(body())

    def test_a_commit_never_goes_back(self) -> None:
        """A smaller processed offset changes nothing."""

        async def body() -> None:
            consumer = made()
            consumer.mark_processed("a", 0, 9)
            consumer.mark_processed("a", 0, 4)
            await consumer.commit()
            await consumer.commit()
            assert consumer.commits == [{A0: 9}]

        running(body())

    def test_a_failed_commit_is_tried_again(self) -> None:
        """An offset that the broker did not take is not noted as committed."""

        async def body() -> None:
            consumer = made()
            consumer.mark_processed("a", 0, 9)
            consumer.commit_succeeds = False
            assert not await consumer.commit()
            consumer.commit_succeeds = True
            assert await consumer.commit()
            assert consumer.commits == [{A0: 9}, {A0: 9}]

        running(body())

    def test_waiting_until_empty_commits_the_last_batch(self) -> None:
        """This holds during another commit, which did not have the offset yet."""

        async def body() -> None:
            consumer = made()
            message = ConsumerMessage("a", 0, 9, 0.0, 0, None, None, None, None, 0, 0, A0)
            consumer.track_message(message)
            waiting = asyncio.create_task(consumer.wait_empty())
            await asyncio.sleep(0)
            assert not waiting.done()
            consumer.mark_processed("a", 0, 10)
            consumer.ack(message)
            await asyncio.wait_for(waiting, LIMIT)
            assert consumer.commits[-1] == {A0: 10}

        running(body())


class TestOwnershipLock:
    def test_nothing_is_revoked_during_a_takeover(self) -> None:
        """Otherwise another worker would take the partition over first, and this worker would fence it."""

        async def body() -> None:
            consumer = made()
            await consumer.ownership_lock.acquire()
            revoking = asyncio.ensure_future(consumer.on_partitions_revoked(set()))
            for _ in range(10):
                await asyncio.sleep(0)
            assert consumer.is_revoking
            assert not revoking.done()
            consumer.ownership_lock.release()
            await asyncio.wait_for(revoking, LIMIT)

        running(body())


class TestFlow:
    def test_a_full_queue_keeps_the_active_set(self) -> None:
        """With no active partition stock Faust would sleep for a second."""

        async def body() -> None:
            consumer = made()
            consumer._set_active_tps({A0, B0})
            consumer.on_buffer_full(A0)
            consumer.on_buffer_full(B0)
            assert consumer._get_active_partitions() == {A0, B0}

        running(body())

    def test_a_topic_that_is_ahead_is_not_fetched(self) -> None:
        """The others are fetched until it is no longer ahead."""

        async def body() -> None:
            consumer = made()
            consumer._set_active_tps({A0, A1, B0, B1})
            consumer.pause(0, ["a", "b"], ["a"])
            assert consumer._get_active_partitions() == {A1, B0, B1}
            consumer.pause(0, ["a", "b"], [])
            assert consumer._get_active_partitions() == {A0, A1, B0, B1}

        running(body())

    def test_the_flow_does_not_resume_while_partitions_are_revoked(self) -> None:
        """A restore that ends then would resume streams of an assignment that is being revoked."""

        async def body() -> None:
            consumer = made()
            consumer.stop_flow()
            consumer._is_revoking = True
            consumer.resume_flow()
            assert not consumer.flow_active
            consumer._is_revoking = False
            consumer.resume_flow()
            assert consumer.flow_active

        running(body())

    def test_a_first_assignment_is_not_delivered_before_its_state(self) -> None:
        """A worker without partitions flows, too: a tick of its first partition would find no state."""

        async def body() -> None:
            consumer = made()
            consumer.resume_flow()
            await consumer.on_partitions_revoked(set())
            await consumer.on_partitions_assigned({A0, B0}, 1)
            consumer.polled = {A0: [record(3)]}
            consumer.tick_now()
            assert await consumer.poll() == []
            consumer.resume_flow()
            assert [batch.is_tick for _, batch in await consumer.poll()] == [False, True, True]

        running(body())
