"""A broker that starts again after a crash: it answers fetches with an old end of each log for a while."""

import asyncio
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from schemas.topics import topic
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table
from streams.kafka.consumer.consumer_thread import BatchConsumerThread
from streams.kafka.consumer.fetch_hooks import record_request_time
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.waiting import LIMIT

pytestmark = pytest.mark.kafka

PARTITIONS = 8
"""The broker works out the ends one after the other: of many, most are old when it answers first."""
RECORDS = 40
"""Written to each partition before each crash."""
SHORT = "case-state"
LATEST = -1
NO_LEADER_YET = 5
"""The error code LEADER_NOT_AVAILABLE, which a broker gives for an end that it does not know."""


class CrashingLog:
    """A topic on a broker that crashes.

    Attributes:
        end: The offset after the last record, of every partition.
    """

    def __init__(self, broker: KafkaBroker, deployment: Deployment) -> None:
        self._broker = broker
        self.settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=PARTITIONS)
        self.topic = topic(SHORT, deployment.prefix).name
        self.end = 0

    def write_and_crash(self) -> None:
        """Write, and crash the broker before it notes the ends on disk, which it does every 5 s; start it again."""
        asyncio.run(self._write())
        self.end += RECORDS
        self._broker.kill()
        self._broker.start()

    async def _write(self) -> None:
        producer = BatchProducer(client_options(self.settings))
        await producer.start()
        try:
            records = [(b"%d" % place, b"value") for place in range(RECORDS)]
            await asyncio.gather(*(producer.append(self.topic, number, records) for number in range(PARTITIONS)))
        finally:
            await producer.stop()


@pytest.fixture(scope="module")
def log(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashingLog]:
    """Start a broker of this module alone."""
    with KafkaBroker(tmp_path_factory.mktemp("crashing") / "broker") as broker:
        yield CrashingLog(broker, Deployment(broker.bootstrap, "crashing", partitions=PARTITIONS).create())


class LongElection:
    """A leader that works out its ends slowly: it refuses the first ListOffsets, and gives 0 as the end in a fetch.

    A real broker does so after each crash, but only for moments, in which a reader may come or not.
    """

    def __init__(self, refusals: int) -> None:
        self._refusals, self._send = refusals, AIOKafkaClient.send

    def sends(self) -> Any:
        """Return the `send` of a client that is connected to such a leader."""

        async def send(client: AIOKafkaClient, node: int, request: Any, **options: Any) -> Any:
            answer = await self._send(client, node, request, **options)
            if not self._refusals:
                return answer
            if isinstance(request, OffsetRequest) and request._topics[0][1][0][1] == LATEST:
                self._refusals -= 1
                answer.topics = _changed(answer, lambda number, _code, *rest: (number, NO_LEADER_YET, *rest))
            elif isinstance(request, FetchRequest):
                answer.topics = _changed(
                    answer, lambda number, code, _end, _stable, *rest: (number, code, 0, 0, *rest[:-1], b"")
                )
            return answer

        return send


def _changed(answer: Any, change: Callable[..., tuple[Any, ...]]) -> list[Any]:
    return [(name, [change(*partition) for partition in partitions]) for name, partitions in answer.topics]


@pytest.fixture(autouse=True, params=[0, 5], ids=["crash", "crash and a long election"])
def election(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the leader refuse so many questions."""
    if request.param:
        monkeypatch.setattr(AIOKafkaClient, "send", LongElection(request.param).sends())


class TestChangelog:
    def test_it_is_read_to_its_true_end(self, log: CrashingLog) -> None:
        """A state that ends earlier would look older than the committed offsets, and the worker would refuse it."""
        log.write_and_crash()
        tables = {number: ChangelogTable("no marker") for number in range(PARTITIONS)}
        asyncio.run(read_changelog(client_options(log.settings), log.topic, tables, lambda: False))

        assert dict.fromkeys(range(PARTITIONS), log.end) == {number: each.position for number, each in tables.items()}


class TestTable:
    def test_it_has_caught_up_with_the_true_end(self, log: CrashingLog) -> None:
        """The console would show what it has read so far as the present."""
        log.write_and_crash()

        assert PARTITIONS * log.end == asyncio.run(self._read(log))

    @staticmethod
    async def _read(log: CrashingLog) -> int:
        read: list[bytes] = []
        caught_up: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(
            read_as_table(
                log.settings, [log.topic], lambda _topic, key, _value: read.append(key),
                on_caught_up=lambda: caught_up.set_result(len(read)),
            )
        )  # fmt: skip
        try:
            return await asyncio.wait_for(caught_up, LIMIT)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


class TestEndOfPartition:
    def test_the_wall_clock_counts_at_the_true_end_only(self, log: CrashingLog) -> None:
        """Events that were acknowledged before the crash would come late, after the deadlines that they meet."""
        log.write_and_crash()

        assert dict.fromkeys(range(PARTITIONS), log.end) == asyncio.run(self._ends(log))

    @staticmethod
    async def _ends(log: CrashingLog) -> dict[int, int | None]:
        """The position of every partition when it is first known to be read to its end."""
        consumer = AIOKafkaConsumer(bootstrap_servers=log.settings.brokers, enable_auto_commit=False)
        await consumer.start()
        try:
            record_request_time(consumer)
            places = [TopicPartition(log.topic, number) for number in range(PARTITIONS)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, 0)
            epochs = SimpleNamespace(unverified={})
            thread = cast(
                BatchConsumerThread, SimpleNamespace(_ensure_consumer=lambda: consumer, gaps={}, epochs=epochs)
            )
            found: dict[int, int | None] = {}
            deadline = time.monotonic() + LIMIT
            while len(found) < PARTITIONS and time.monotonic() < deadline:
                await consumer.getmany(*places, timeout_ms=20)
                for place in places:
                    end: Any = BatchConsumerThread.end_of_partition(thread, place)
                    if end is not None:
                        found.setdefault(place.partition, end.position)
            return found
        finally:
            await consumer.stop()
