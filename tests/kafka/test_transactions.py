"""One transaction per batch on Apache Kafka: all or nothing, and nothing of a replaced worker."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from streams.errors import BrokerError, UsageError
from streams.kafka.producer.transactional_delivery import TransactionalDelivery
from streams.kafka.producer.work_batcher import WorkBatch, batched
from streams.kafka.work import ProcessedOffset, TopicOutput, Work
from streams.process.watchdog import Watchdog
from tests.kafka.counting_app import CountingDeployment
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.progress import have_passed
from tests.kafka.same_outputs import assert_same
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a docket that keeps a worker busy for some seconds."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=6_000, days=20)


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


@pytest.fixture
def counting(apache_kafka: str, namespace: str) -> CountingDeployment:
    """Small topics of this test alone."""
    return CountingDeployment(apache_kafka, namespace, partitions=2).create()


def make(
    deployment: CountingDeployment, *, seconds: float = 20, processed: list[tuple[str, int, int]] | None = None
) -> Any:
    """Return a delivery of the application's topics."""
    marked = processed if processed is not None else []
    return TransactionalDelivery(
        client={"bootstrap_servers": deployment.broker},
        group=deployment.prefix,
        changelog=deployment.name("state"),
        outputs=[deployment.name("counts")],
        seconds=seconds,
        mark_processed=lambda *what: marked.append(what),
        watchdog=Watchdog(),
    )


def work(deployment: CountingDeployment, key: bytes, offset: int) -> WorkBatch:
    """Return an output, a state and an offset."""
    counts = TopicOutput(deployment.name("counts"), 1, [(key, b"counted")])
    return batched(Work([counts], [(key, b"1")], [ProcessedOffset(deployment.name("a"), offset)]))


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test's body in an event loop."""
    asyncio.run(body())


class TestTransaction:
    def test_outputs_state_and_offsets_become_visible(self, counting: CountingDeployment) -> None:
        """A transaction publishes all of its work, and its offsets are marked as processed afterwards."""
        processed: list[tuple[str, int, int]] = []

        async def body() -> None:
            delivery = make(counting, processed=processed)
            await delivery.open(0)
            assert await delivery.deliver(0, work(counting, b"x", 7)) == 1
            assert await delivery.deliver(0, work(counting, b"y", 9)) == 3  # the commit marker lies between them
            assert await delivery.deliver(0, batched(Work(processed=[ProcessedOffset(counting.name("b"), 4)]))) is None
            await delivery.stop()

        run(body)
        # a commit returns before its markers are in every partition
        wait_until(
            lambda: counting.records("counts") == [(b"x", b"counted"), (b"y", b"counted")], "both, and nothing more"
        )
        assert {b"x": 1, b"y": 1} == counting.state()
        assert (9, 4) == (counting.committed("a", 0), counting.committed("b", 0))
        assert [(counting.name("a"), 0, 7), (counting.name("a"), 0, 9), (counting.name("b"), 0, 4)] == processed

    def test_a_new_owner_fences_the_former(self, counting: CountingDeployment) -> None:
        """The broker aborts what the first began and refuses its later writes; its error says why."""

        async def body() -> None:
            first, second = make(counting), make(counting)
            await first.open(0)
            await first.deliver(0, work(counting, b"x", 1))
            producer, is_there, may_go_on = first._producers[0]._producer, asyncio.Event(), asyncio.Event()
            commit = producer.commit_transaction

            async def commit_late() -> None:
                is_there.set()
                await may_go_on.wait()
                await commit()

            producer.commit_transaction = commit_late
            paused = asyncio.create_task(first.deliver(0, work(counting, b"paused", 9)))
            await is_there.wait()
            await second.open(0)
            await second.deliver(0, work(counting, b"y", 2))
            may_go_on.set()
            with pytest.raises(
                BrokerError, match=r"partition 0 of .*state: another worker owns it now, since this one"
            ):
                await paused
            await asyncio.gather(first.stop(), second.stop())

        run(body)
        # a commit returns before its markers are in every partition
        wait_until(
            lambda: counting.records("counts") == [(b"x", b"counted"), (b"y", b"counted")], "both, and nothing more"
        )
        assert {b"x": 1, b"y": 1} == counting.state()
        assert 2 == counting.committed("a", 0)

    def test_nothing_is_visible_of_a_transaction_with_a_failed_batch(self, counting: CountingDeployment) -> None:
        """One topic refuses so large a record: the other topics do not show their part either."""
        counting.configure("counts", {"max.message.bytes": "1000"})
        wait_until(
            lambda: refuses(counting.broker, counting.name("counts"), b"-" * 2_000), "a topic with the new limit"
        )

        async def body() -> None:
            delivery = make(counting)
            await delivery.open(0)
            large = batched(Work([TopicOutput(counting.name("counts"), 1, [(b"x", b"-" * 2_000)])], [(b"x", b"1")]))
            with pytest.raises(BrokerError, match=r"partition 0 of .*state: a topic's max.message.bytes is less than"):
                await delivery.deliver(0, large)
            await delivery.stop()

        run(body)
        assert {} == counting.state()

    def test_a_transaction_timeout_above_the_brokers_limit_is_a_setting_error(
        self, counting: CountingDeployment
    ) -> None:
        """The error names the setting."""

        async def body() -> None:
            with pytest.raises(UsageError, match=r"allows no transaction of 3600 s: set DOCKETWATCH_BROKER_TIMEOUT"):
                await make(counting, seconds=3_600).open(0)

        run(body)


def refuses(broker: str, topic: str, value: bytes) -> bool:
    """Return whether a topic refuses a record of that size; a broker applies a new setting after its answer."""

    async def ask() -> bool:
        producer = AIOKafkaProducer(bootstrap_servers=broker)
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, partition=0)
        except MessageSizeTooLargeError:
            return True
        finally:
            await producer.stop()
        return False

    return asyncio.run(ask())


def in_the_middle(worker: CliProcess, docket: Docket, share: float) -> None:
    """Wait until a worker has applied a share of the log."""
    enough = int(len(docket.events) * share)
    wait_until(lambda: applied(worker) >= enough, "a worker in the middle")


def applied(worker: CliProcess) -> int:
    """Return how many case events a worker has applied."""
    lines = [line for line in worker.metrics().splitlines() if 'decisions_total{reason="applied"}' in line]
    return int(sum(float(line.rpartition(" ")[2]) for line in lines))


def owns(worker: CliProcess, count: int) -> bool:
    """Return whether a worker has restored so many case partitions."""
    return len(worker.values("docketwatch_clock_timestamp_seconds")) == count


class TestZombie:
    def test_writes_of_a_paused_and_replaced_worker_are_refused(
        self, docket: Docket, deployment: Deployment, workers: Workers
    ) -> None:
        """A worker is paused past its session timeout, continues after its replacement, and exits with 70."""
        deployment.feed(docket.events, until=docket.until)
        paused = workers.start(deployment).ready()
        in_the_middle(paused, docket, 0.2)
        os.kill(paused.child.pid, signal.SIGSTOP)
        successor = workers.start(deployment).ready()
        wait_until(lambda: owns(successor, deployment.partitions), "a successor that has all partitions")
        os.kill(paused.child.pid, signal.SIGCONT)
        code = paused.child.wait(LIMIT)
        successor.finish(docket.until)

        assert 70 == code, paused.output()
        assert "another worker owns it now, since this one was paused or cut off" in paused.output()
        assert "Traceback" not in paused.output()
        assert_same(docket, deployment)


class TestTakingOver:
    def test_workers_that_start_together_end_none(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The group rebalances while the first of them still take over partitions of others."""
        deployment = Deployment(apache_kafka, namespace, partitions=8).create()
        deployment.feed(docket.events, until=docket.until)
        for _ in range(4):
            workers.start(deployment)
        wait_until(lambda: supervised(workers, deployment, docket.until), "workers at the end of the log")
        for worker in workers.alive():
            worker.stop()

        assert [worker.child.exit_code for worker in workers.running] == [0, 0, 0, 0]
        assert_same(docket, deployment)

    @pytest.mark.parametrize("event", ["takes over partitions", "owns partitions"])
    def test_everything_counts_once_wherever_a_takeover_was_paused(
        self, docket: Docket, deployment: Deployment, workers: Workers, event: str
    ) -> None:
        """It continues when another has its partitions: if one ends the other, a restart continues."""
        deployment.feed(docket.events, until=docket.until)
        paused = workers.start(deployment)
        wait_until(lambda: event in paused.output(), f"a worker that {event}")
        os.kill(paused.child.pid, signal.SIGSTOP)
        successor = workers.start(deployment).ready()
        in_the_middle(successor, docket, 0.1)
        os.kill(paused.child.pid, signal.SIGCONT)
        wait_until(lambda: supervised(workers, deployment, docket.until), "workers at the end of the log")
        for worker in workers.alive():
            worker.stop()

        assert {worker.child.exit_code for worker in workers.running} <= {0, 70}
        assert_same(docket, deployment)


def supervised(workers: Workers, deployment: Deployment, until: int) -> bool:
    """Start a worker when none is left; return whether they own all partitions, past an instant."""
    if not workers.alive():
        workers.start(deployment)
    alive = workers.alive()
    try:
        return all("ready:" in worker.output() for worker in alive) and have_passed(
            [worker.metrics() for worker in alive], deployment.partitions, until
        )
    except OSError:
        return False  # one ended just now, which is allowed
