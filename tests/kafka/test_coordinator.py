"""Only the coordinator says what a group has committed, however often the coordinator moves."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import input_topics
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient, NewTopic
from streams.kafka.client.answers import check_answers
from streams.kafka.client.settings import Settings
from tests.kafka.cluster import KafkaCluster
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.offset_fetch_proxy import LOAD_IN_PROGRESS, NOT_COORDINATOR, broker_behind_proxy
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import assert_same
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.kafka

OFFSETS = "__consumer_offsets"


async def commit(cluster: KafkaCluster, topic: str, offset: int) -> None:
    """Let the group's coordinator write an offset, as a joining member does.

    Apache Kafka 4.3.1: a coordinator whose partition had a stale high watermark at its election reports no offsets,
    without an error, until it has written one. A worker joins before it asks.
    """
    writer = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap, group_id="g", enable_auto_commit=False)
    await writer.start()
    try:
        writer.assign([TopicPartition(topic, 0)])
        await writer.commit({TopicPartition(topic, 0): offset})
    finally:
        await writer.stop()


class TestMovedCoordinator:
    def test_the_former_coordinator_is_not_used(self, kafka_needed: None, tmp_path: Path) -> None:
        """The offsets partition moves to another broker; a consumer with the former coordinator asks the new one."""
        with KafkaCluster(tmp_path) as cluster:
            with AdminClient(Settings.load(brokers=cluster.bootstrap)) as admin:
                admin.create([NewTopic("a", 1, 3, {}), NewTopic("b", 1, 3, {})])
            assert {7} == asyncio.run(self.committed_after_moves(cluster, 3))

    @staticmethod
    async def committed_after_moves(cluster: KafkaCluster, moves: int) -> set[int | None]:
        """Return every committed offset that a consumer reports while the coordinator moves (7 is right)."""
        tp = TopicPartition("a", 0)
        consumer = check_answers(
            AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap, group_id="g", enable_auto_commit=False)
        )
        await consumer.start()
        offsets: set[int | None] = set()
        try:
            consumer.assign([tp])
            await consumer.commit({tp: 7})
            before = consumer._coordinator.coordinator_id
            for _ in range(moves):
                await asyncio.to_thread(cluster.move_leaders, OFFSETS)
                await commit(cluster, "b", 1)
                deadline = time.monotonic() + LIMIT
                while consumer._coordinator.coordinator_id == before:
                    offsets.add(await consumer.committed(tp))
                    assert time.monotonic() < deadline, "the former coordinator still answers"
                before = consumer._coordinator.coordinator_id
        finally:
            await consumer.stop()
        return offsets


class TestAdminClient:
    def test_a_new_coordinator_gives_the_last_offset(self, kafka_needed: None, tmp_path: Path) -> None:
        """`state check` asks before any member has joined, and the coordinator may not know its last records yet."""
        with KafkaCluster(tmp_path) as cluster, AdminClient(Settings.load(brokers=cluster.bootstrap)) as admin:
            admin.create([NewTopic("a", 1, 3, {})])
            asyncio.run(commit(cluster, "a", 1))
            assert admin.committed("g", [("a", 0)]) == {("a", 0): (1, "")}
            found: int | None = 1
            for turn in range(1, 7):
                with ThreadPoolExecutor(1) as pool:
                    refused = pool.submit(self.commit_until_refused, cluster, turn * 1_000_000)
                    cluster.move_leaders(OFFSETS)
                    unanswered = refused.result()
                # a busy machine may have moved the coordinator before the first commit
                last = found if unanswered == turn * 1_000_000 else unanswered - 1
                found = admin.committed("g", [("a", 0)])[("a", 0)].offset
                assert found in (last, unanswered)

    @staticmethod
    def commit_until_refused(cluster: KafkaCluster, first: int) -> int:
        """Commit rising offsets until the coordinator has moved; return the first one that it did not acknowledge."""
        with AdminClient(Settings.load(brokers=cluster.bootstrap)) as admin:
            for offset in count(first):
                try:
                    admin.commit("g", {("a", 0): offset})
                except BrokerError:
                    return offset
        raise AssertionError


class TestWorker:
    @pytest.mark.parametrize("error", [NOT_COORDINATOR, LOAD_IN_PROGRESS], ids=["not-coordinator", "loading"])
    def test_a_restarted_worker_continues_although_the_first_broker_does_not_know_the_offsets(
        self, error: int, kafka_needed: None, namespace: str, tmp_path: Path, workers: Workers
    ) -> None:
        """It reads the unread records, and none of the two weeks before."""
        docket = Docket.make(tmp_path / "docket", cases=200, days=20)
        half, names = len(docket.events) // 2, [entry.name for entry in input_topics(namespace)]
        with broker_behind_proxy(tmp_path / "kafka") as (broker, proxy):
            direct = Deployment(broker.bootstrap, namespace).create()
            deployment = Deployment(f"127.0.0.1:{proxy.port}", namespace)
            direct.feed(docket.events[:half])
            first = workers.start(deployment).ready()
            wait_until(lambda: first.total("docketwatch_decisions_total") > half // 4, "a worker in the middle")
            first.stop()
            committed = self.processed(direct)
            proxy.error, proxy.remaining = error, 48
            direct.feed(docket.events[half:], until=docket.until)
            second = workers.start(deployment).ready()
            wait_until(lambda: second.has_passed(docket.until), "a worker that has worked through the log")
            read = sum(second.total(f'docketwatch_events_read_total{{topic="{name}"}}') for name in names)
            second.stop()
            assert proxy.changed == 48
            ends = len(docket.events) + len(names) * direct.partitions  # with the clock records at the end
            assert 0 < committed
            assert read == ends - committed
            assert_same(docket, direct)

    @staticmethod
    def processed(deployment: Deployment) -> int:
        """Return how many records of the input topics the group has committed."""

        async def ask() -> int:
            consumer = AIOKafkaConsumer(bootstrap_servers=deployment.broker, group_id=deployment.prefix)
            await consumer.start()
            try:
                tps = [
                    TopicPartition(entry.name, number)
                    for entry in input_topics(deployment.prefix)
                    for number in range(deployment.partitions)
                ]
                return sum([await consumer.committed(each) or 0 for each in tps])
            finally:
                await consumer.stop()

        return asyncio.run(ask())
