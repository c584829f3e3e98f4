"""A client that starts while its broker names no broker: one that starts, or that its controller has fenced."""

import asyncio
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import CommittedReader
from streams.kafka.client.connection import await_brokers
from streams.kafka.client.settings import Settings
from streams.kafka.producer.batch_producer import BatchProducer
from tests.kafka.answers_proxy import AnswersProxy
from tests.kafka.deployment import Deployment
from tests.kafka.processes import Workers

pytestmark = pytest.mark.kafka


class EmptyMetadataProxy(AnswersProxy):
    """A proxy that takes the brokers out of answers to Metadata; the others name the broker's own address."""

    api_key = 3
    newest_version = 8
    """aiokafka asks in older ones; the client for administration, which names what it waits for, in newer ones."""

    def _change(self, answer: bytes, version: int) -> bytes:
        start = 8 if version >= 3 else 4  # behind the throttle time
        (count,) = struct.unpack_from(">i", answer, start)
        at = start + 4
        for _ in range(count):
            at = _string_end(answer, at + 4) + 4  # behind id, host and port
            at = _string_end(answer, at) if version >= 1 else at  # the rack
        return answer[:start] + struct.pack(">i", 0) + answer[at:]


def _string_end(message: bytes, at: int) -> int:
    (length,) = struct.unpack_from(">h", message, at)
    return at + 2 + max(length, 0)


@pytest.fixture
def proxy(apache_kafka: str) -> Iterator[EmptyMetadataProxy]:
    with EmptyMetadataProxy(int(apache_kafka.rpartition(":")[2])) as running:
        running.remaining = 3
        yield running


def address(proxy: EmptyMetadataProxy) -> str:
    return f"127.0.0.1:{proxy.port}"


class TestNoBroker:
    def test_aiokafka_alone_fails(self, proxy: EmptyMetadataProxy, namespace: str) -> None:
        """It starts, and its look-up of a coordinator ends with an AssertionError."""

        async def start() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=address(proxy), transactional_id=namespace)
            try:
                await producer.start()
            finally:
                await close_client(producer)

        with pytest.raises(AssertionError, match="bootstrap"):
            asyncio.run(start())

    @pytest.mark.parametrize("more", [{}, {"enable_idempotence": True}, {"transactional_id": "t"}], ids=str)
    def test_a_producer_waits(self, proxy: EmptyMetadataProxy, deployment: Deployment, more: dict[str, Any]) -> None:
        """Its start returns when the broker names one, with a producer id where it has one."""

        async def write() -> None:
            producer = BatchProducer({"bootstrap_servers": address(proxy)}, **more)
            await producer.start()
            await producer.stop()

        asyncio.run(write())
        assert proxy.changed == 3

    def test_a_reader_waits(self, proxy: EmptyMetadataProxy, namespace: str) -> None:
        """It asks for committed offsets when it knows a broker."""

        async def read() -> object:
            settings = Settings.load(brokers=address(proxy), prefix=namespace)
            async with CommittedReader(settings, group_id=namespace) as reader:
                return await reader.committed((f"{namespace}.cases", 0))

        assert asyncio.run(read()) is None
        assert proxy.changed == 3

    def test_a_worker_waits(self, proxy: EmptyMetadataProxy, deployment: Deployment, workers: Workers) -> None:
        """It becomes ready when the broker names one."""
        worker = workers.start(Deployment(address(proxy), deployment.prefix, deployment.partitions)).ready()
        worker.stop()
        assert proxy.changed == 3

    def test_it_ends_with_a_sentence(self, proxy: EmptyMetadataProxy) -> None:
        """A broker that names none within the request timeout is an error, not an assertion."""
        proxy.remaining = 1_000_000

        async def start() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=address(proxy), request_timeout_ms=300)
            await_brokers(producer.client)
            try:
                await producer.start()
            finally:
                await close_client(producer)

        with pytest.raises(KafkaConnectionError, match="the broker names no broker of its cluster"):
            asyncio.run(start())


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace, partitions=1).create()
