"""Transactions whose broker crashes between its decision and the partitions' markers: nothing of them is lost."""

import asyncio
import gc
import subprocess
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.conn import CloseReason

from streams.errors import BrokerError
from streams.kafka.client.admin import KafkaAdminClient, KafkaError
from streams.kafka.producer.hanging_transactions import opened_at
from streams.kafka.producer.transactional_delivery import TransactionalDelivery
from streams.kafka.producer.work_batcher import WorkBatch, batched
from streams.kafka.work import ProcessedOffset, TopicOutput, Work
from streams.process.watchdog import Watchdog
from tests.kafka.brokers import KafkaBroker
from tests.kafka.counting_app import CountingDeployment
from tests.kafka.jars import jars, java
from tests.kafka.unreadable_records import hidden
from tests.kafka.waiting import until, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(2400)]

_SECONDS = 60.0
_PARTITIONS = 16
"""Of every topic: markers for many partitions take a moment, in which the broker is ended."""

_SOON = {"broker.session.timeout.ms": "1000"}
"""So long a killed broker's registration keeps the next run out."""

_CRASHES = 100
"""Nearly always fewer than ten are needed; on a machine with a load of 16, 24 were too few."""

_MOST, _LAST = range(_PARTITIONS - 1), range(_PARTITIONS - 1, _PARTITIONS)


Body = Callable[[CountingDeployment, KafkaBroker], Coroutine[Any, Any, None]]
OnOwnBroker = Callable[[Body], None]


@pytest.fixture
def on_own_broker(kafka_needed: None, namespace: str, tmp_path: Path) -> OnOwnBroker:
    """Run the body of a test with a broker that it may crash, and topics on it."""

    def run(body: Body) -> None:
        with KafkaBroker(tmp_path / "kafka", with_options=_SOON) as broker:
            asyncio.run(body(CountingDeployment(broker.bootstrap, namespace, partitions=_PARTITIONS).create(), broker))

    return run


def make(deployment: CountingDeployment, seconds: float = _SECONDS) -> TransactionalDelivery:
    """Return a delivery of the application's topics."""
    return TransactionalDelivery(
        client={"bootstrap_servers": deployment.broker},
        group=deployment.prefix,
        changelog=deployment.name("state"),
        outputs=[deployment.name("counts")],
        seconds=seconds,
        mark_processed=lambda *_: None,
        watchdog=Watchdog(),
    )


def work(deployment: CountingDeployment, key: bytes, *, counts_in: range, offset: int) -> WorkBatch:
    """Return an output in each of some partitions, a state and an offset."""
    outputs = [TopicOutput(deployment.name("counts"), number, [(key, b"counted")]) for number in counts_in]
    return batched(Work(outputs, [(key, b"1")], [ProcessedOffset(deployment.name("a"), offset)]))


def crash(broker: KafkaBroker) -> None:
    """Kill the broker and start it again."""
    broker.kill()
    broker.start()


async def await_readable(deployment: CountingDeployment, times: Mapping[bytes, int], offset: int) -> None:
    """Wait until the keys, `times` outputs and one state each, and the offset are readable."""

    def is_readable() -> bool:
        counts, kept = (Counter(key for key, _ in deployment.records(short)) for short in ("counts", "state"))
        is_read = counts == times and kept == dict.fromkeys(times, 1)
        return is_read and deployment.committed("a", 0) == offset

    await asyncio.to_thread(wait_until, is_readable, f"{times} that can be read, {offset} that is committed")


async def commit_unreadably(
    deployment: CountingDeployment, broker: KafkaBroker, of: str = "counts"
) -> dict[bytes, int]:
    """Commit and crash until a committed record of a topic is unreadable; return the outputs of each key."""
    written: dict[bytes, int] = {}
    while not written or not await hidden(deployment.broker, {deployment.name(of): _PARTITIONS}):
        assert len(written) < _CRASHES, "this broker never leaves a decided transaction open"
        before, key = make(deployment), b"%d" % len(written)
        id_ = before.transactional_id(0)
        await before.open(0)
        written[key] = len(_MOST)
        broker.yield_to_others()
        await before.deliver(0, work(deployment, key, counts_in=_MOST, offset=len(written)))
        broker.kill()  # sometimes it has already sent all markers
        await before.stop()
        broker.start()
        # until then the coordinator may still send the missing markers
        done = partial(is_complete, deployment, id_)
        await asyncio.to_thread(wait_until, done, "a coordinator that is done")
    return written


def is_complete(deployment: CountingDeployment, transactional_id: str) -> bool:
    """Return whether the coordinator regards the last transaction of an id as complete."""
    client = KafkaAdminClient(bootstrap_servers=deployment.broker)
    try:
        described = client.describe_transactions([transactional_id])
    except KafkaError:  # it still loads
        return False
    finally:
        client.close()
    return bool(described[transactional_id].state.value.startswith("Complete"))


class TestEndedAgain:
    def test_without_further_work(self, on_own_broker: OnOwnBroker) -> None:
        """Outputs, state and offsets become readable; then the work continues."""

        async def body(deployment: CountingDeployment, broker: KafkaBroker) -> None:
            delivery = make(deployment)
            await delivery.open(0)
            await delivery.deliver(0, work(deployment, b"one", counts_in=_MOST, offset=5))
            crash(broker)
            await await_readable(deployment, {b"one": len(_MOST)}, 5)
            await delivery.deliver(0, work(deployment, b"two", counts_in=_LAST, offset=6))
            await await_readable(deployment, {b"one": len(_MOST), b"two": len(_LAST)}, 6)
            await delivery.stop()

        on_own_broker(body)

    def test_with_the_next_transaction_open(self, on_own_broker: OnOwnBroker) -> None:
        """The next one writes elsewhere, so its end markers do not end the one before."""

        async def body(deployment: CountingDeployment, broker: KafkaBroker) -> None:
            delivery = make(deployment)
            await delivery.open(0)
            await delivery.deliver(0, work(deployment, b"one", counts_in=_MOST, offset=5))
            next_one = asyncio.create_task(delivery.deliver(0, work(deployment, b"two", counts_in=_LAST, offset=6)))
            await asyncio.sleep(0)
            crash(broker)
            await next_one
            await await_readable(deployment, {b"one": len(_MOST), b"two": len(_LAST)}, 6)
            await delivery.stop()

        on_own_broker(body)


class TestFenced:
    def test_it_ends_nothing_and_logs_one_sentence(
        self, apache_kafka: str, namespace: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A replaced producer loses its connection."""

        async def body(deployment: CountingDeployment) -> None:
            before, after = make(deployment), make(deployment)
            await before.open(0)
            await before.deliver(0, work(deployment, b"one", counts_in=_LAST, offset=5))
            await after.open(0)
            writer = before._producers[0]
            for connection in list(writer._producer.client._conns.values()):
                connection.close(reason=CloseReason.CONNECTION_BROKEN)
            assert writer._ending is not None
            await writer._ending
            await before.stop()
            await after.deliver(0, work(deployment, b"two", counts_in=_LAST, offset=6))
            await await_readable(deployment, {b"one": 1, b"two": 1}, 6)
            await after.stop()
            del writer
            gc.collect()  # asyncio reports an unread exception when its task is freed

        with caplog.at_level("INFO"):
            asyncio.run(body(CountingDeployment(apache_kafka, namespace, partitions=_PARTITIONS).create()))
        assert "could not be ended again" in caplog.text
        assert "never retrieved" not in caplog.text

    def test_its_next_work_is_refused_in_a_sentence(self, apache_kafka: str, namespace: str) -> None:
        """The producer learned of its replacement between two batches, without a request."""

        async def body(deployment: CountingDeployment) -> None:
            before, after = make(deployment), make(deployment)
            await before.open(0)
            await before.deliver(0, work(deployment, b"one", counts_in=_LAST, offset=5))
            await after.open(0)
            writer = before._producers[0]
            writer._on_connection_lost()
            assert writer._ending is not None
            await writer._ending
            with pytest.raises(
                BrokerError, match=r"^partition 0 of .*state: another worker owns it now, since this one"
            ):
                await before.deliver(0, work(deployment, b"zombie", counts_in=_LAST, offset=6))
            await asyncio.gather(before.stop(), after.stop())

        asyncio.run(body(CountingDeployment(apache_kafka, namespace, partitions=_PARTITIONS).create()))

    @pytest.mark.parametrize("offset", [6, None], ids=["with an offset", "without one"])
    def test_work_under_way_is_refused_in_a_sentence(
        self, apache_kafka: str, namespace: str, offset: int | None
    ) -> None:
        """The producer learns of its replacement after the begin of a transaction, before the first record."""

        async def body(deployment: CountingDeployment) -> None:
            before, after = make(deployment), make(deployment)
            await before.open(0)
            await before.deliver(0, work(deployment, b"one", counts_in=_LAST, offset=5))
            await after.open(0)
            producer = before._producers[0]._producer
            begin, manager = producer.begin_transaction, producer._txn_manager

            async def begin_and_learn() -> None:
                await begin()
                manager.maybe_add_partition_to_txn(TopicPartition(deployment.name("state"), 0))
                await until(manager.is_fatal_error)

            producer.begin_transaction = begin_and_learn
            processed = [] if offset is None else [ProcessedOffset(deployment.name("a"), offset)]
            with pytest.raises(BrokerError, match=r"^partition 0 of .*state: another worker owns it now"):
                await before.deliver(0, batched(Work([], [(b"zombie", b"1")], processed)))
            await asyncio.gather(before.stop(), after.stop())

        asyncio.run(body(CountingDeployment(apache_kafka, namespace, partitions=_PARTITIONS).create()))


class TestTakingOver:
    def test_committed_work_is_readable(self, on_own_broker: OnOwnBroker) -> None:
        """The former owner ended with the broker: the next owner finds state, outputs and offset.

        The state must be readable at once, because it is read right after the takeover: later records would be lost.

        Stock: neither aiokafka nor a broker ends it. If a newer Kafka fails this test, its fault is mended, and neither
        `streams.kafka.producer.hanging_transactions` nor `TransactionalProducer._end_again` is needed with it.
        """

        async def body(deployment: CountingDeployment, broker: KafkaBroker) -> None:
            written = await commit_unreadably(deployment, broker)
            after = make(deployment)
            await after.open(0)
            assert not await opened_at(after._producers[0]._producer.client, (deployment.name("state"), 0))
            await await_readable(deployment, written, len(written))
            await after.deliver(0, work(deployment, b"next", counts_in=_LAST, offset=100))
            await await_readable(deployment, {**written, b"next": len(_LAST)}, 100)
            await after.stop()

        on_own_broker(body)

    def test_it_refuses_behind_a_producer_that_was_cut_off(self, on_own_broker: OnOwnBroker) -> None:
        """The id was that producer's already, so the coordinator knows no earlier transaction: the new owner refuses.

        It does not abort that producer's transaction either, because the producer may still commit it.
        """

        async def refuses(deployment: CountingDeployment) -> None:
            sentence = "a transaction that this worker cannot end is open from offset"
            with pytest.raises(BrokerError, match=f"^partition 0 of {deployment.name('state')}: {sentence}"):
                await make(deployment, seconds=4.0).open(0)

        async def body(deployment: CountingDeployment, broker: KafkaBroker) -> None:
            written, kept = (
                await commit_unreadably(deployment, broker, "state"),
                TopicPartition(deployment.name("state"), 0),
            )
            former = AIOKafkaProducer(
                bootstrap_servers=deployment.broker, transactional_id=make(deployment).transactional_id(0)
            )
            await former.start()
            await refuses(deployment)
            await former.begin_transaction()
            former._txn_manager.maybe_add_partition_to_txn(kept)
            while former._txn_manager._pending_txn_partitions:
                await asyncio.sleep(0)
            await refuses(deployment)
            await former.commit_transaction()
            await former.stop()
            after = make(deployment)
            await after.open(0)
            assert [key for key, _ in await asyncio.to_thread(deployment.records, "state")] == list(written)
            await after.stop()

        on_own_broker(body)

    def test_it_refuses_behind_another_writer(self, apache_kafka: str, namespace: str) -> None:
        """Another id, such as of a group before it was renamed, has an open transaction; the takeover follows it."""

        async def body(deployment: CountingDeployment) -> None:
            other = AIOKafkaProducer(bootstrap_servers=deployment.broker, transactional_id=f"{deployment.prefix}-other")
            await other.start()
            await other.begin_transaction()
            await other.send_and_wait(deployment.name("state"), b"1", key=b"theirs", partition=0)
            with pytest.raises(BrokerError, match="a transaction that this worker cannot end is open from offset 0 on"):
                await make(deployment, seconds=2.0).open(0)
            after = make(deployment)
            opening = asyncio.create_task(after.open(0))
            await other.commit_transaction()
            await opening
            assert [key for key, _ in await asyncio.to_thread(deployment.records, "state")] == [b"theirs"]
            await after.stop()
            await other.stop()

        asyncio.run(body(CountingDeployment(apache_kafka, namespace, partitions=_PARTITIONS).create()))

    def test_it_continues_after_the_command_in_the_message(self, apache_kafka: str, namespace: str) -> None:
        """An operator runs the command that the error names."""

        async def body(deployment: CountingDeployment) -> None:
            other = AIOKafkaProducer(bootstrap_servers=deployment.broker, transactional_id=f"{deployment.prefix}-other")
            await other.start()
            await other.begin_transaction()
            await other.send_and_wait(deployment.name("state"), b"1", key=b"theirs", partition=0)
            with pytest.raises(BrokerError) as refusal:
                await make(deployment, seconds=2.0).open(0)
            _, name, *words = str(refusal.value).split("`")[1].split()
            tool = java(jars(), 256, "org.apache.kafka.tools.TransactionsCommand")
            command = [*tool, "--bootstrap-server", deployment.broker, name, *words]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            after = make(deployment)
            await after.open(0)
            await after.deliver(0, work(deployment, b"next", counts_in=_LAST, offset=1))
            await await_readable(deployment, {b"next": len(_LAST)}, 1)
            await after.stop()
            await other.stop()

        asyncio.run(body(CountingDeployment(apache_kafka, namespace, partitions=_PARTITIONS).create()))

    def test_aborted_work_stays_aborted(self, on_own_broker: OnOwnBroker) -> None:
        """Aborted work never counts, although others commit at the same partitions."""

        async def body(deployment: CountingDeployment, broker: KafkaBroker) -> None:
            delivery = make(deployment)
            await delivery.open(0)
            await delivery.deliver(0, work(deployment, b"one", counts_in=_MOST, offset=5))
            await await_readable(deployment, {b"one": len(_MOST)}, 5)
            before = AIOKafkaProducer(
                bootstrap_servers=deployment.broker, transactional_id=delivery.transactional_id(0)
            )
            await before.start()
            await before.begin_transaction()
            for number in _MOST:
                await before.send(deployment.name("counts"), b"never", key=b"never", partition=number)
            await before.send_and_wait(deployment.name("state"), b"never", key=b"never", partition=0)
            await before.flush()
            await before.abort_transaction()
            broker.kill()
            await before.stop()
            await delivery.stop()
            broker.start()
            await delivery.open(0)
            await delivery.deliver(0, work(deployment, b"two", counts_in=_MOST, offset=6))
            await await_readable(deployment, {b"one": len(_MOST), b"two": len(_MOST)}, 6)
            await delivery.stop()

        on_own_broker(body)
