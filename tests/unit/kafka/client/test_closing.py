"""The closing of a client whose broker is gone or whose connections broke: it is logged, and it ends."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaConnectionError

from streams.kafka.client.closing import close_client

SOON = 0.05


async def broken() -> AIOKafkaConsumer:
    """Return a consumer whose connection just broke: it waits to fetch again."""
    consumer = AIOKafkaConsumer(enable_auto_commit=False)
    consumer._client.closed = False

    async def close() -> None:
        consumer._client.closed = True

    async def send(node: int, request: object) -> None:
        raise KafkaConnectionError("closed")

    consumer._client.close, consumer._client.send = close, send
    consumer._fetcher = fetcher = Fetcher(consumer._client, consumer._subscription, retry_backoff_ms=60_000)
    await asyncio.sleep(0)  # it waits for partitions
    fetching = asyncio.create_task(fetcher._proc_fetch_request(None, 1, SimpleNamespace(topics=[])))
    fetcher._pending_tasks.add(fetching)
    await asyncio.sleep(0)
    return consumer


class TestClose:
    def test_aiokafka_alone_cancels_its_caller(self) -> None:
        """It also leaves its connections open."""

        async def body() -> None:
            consumer = await broken()
            with pytest.raises(asyncio.CancelledError):
                await consumer.stop()
            assert not consumer._client.closed

        asyncio.run(body())

    def test_the_caller_continues(self) -> None:
        """The connections are closed."""

        async def body() -> None:
            consumer = await broken()
            assert await close_client(consumer) == "its connection broke meanwhile"
            assert consumer._client.closed

        asyncio.run(body())

    def test_a_missing_broker_delays_it_only_up_to_the_timeout(self) -> None:
        """The close then gives up."""

        async def body() -> None:
            producer = AIOKafkaProducer()

            async def stop() -> None:
                await asyncio.sleep(60)

            producer._closed, producer.stop = True, stop
            assert await close_client(producer, SOON) == f"it took longer than {SOON:g} s"

        asyncio.run(body())

    @pytest.mark.parametrize(("error", "why"), [(KafkaConnectionError("gone"), "gone"), (OSError("reset"), "reset")])
    def test_an_error_is_logged(self, error: Exception, why: str) -> None:
        """The error goes no further."""

        async def body() -> None:
            producer = AIOKafkaProducer()

            async def stop() -> None:
                raise error

            producer._closed, producer.stop = True, stop
            message = await close_client(producer)
            assert message is not None
            assert why in message

        asyncio.run(body())

    def test_a_client_that_never_started_is_closed_silently(self) -> None:
        """There is nothing to log."""

        async def body() -> list[Any]:
            return [await close_client(AIOKafkaConsumer()), await close_client(AIOKafkaProducer())]

        assert asyncio.run(body()) == [None, None]
