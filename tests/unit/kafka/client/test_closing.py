"""Taking leave of a broker that has gone, or whose connections broke: told, and over."""

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
    """A consumer whose connection broke a moment ago: it waits to fetch again."""
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


class TestLeave:
    def test_aiokafka_alone_cancels_whoever_waits_for_it(self) -> None:
        """Though nobody asked it to, and it leaves its connections open."""

        async def body() -> None:
            consumer = await broken()
            with pytest.raises(asyncio.CancelledError):
                await consumer.stop()
            assert not consumer._client.closed

        asyncio.run(body())

    def test_whoever_takes_leave_goes_on(self) -> None:
        """And the connections are closed."""

        async def body() -> None:
            consumer = await broken()
            assert await close_client(consumer) == "its connection broke meanwhile"
            assert consumer._client.closed

        asyncio.run(body())

    def test_a_broker_that_is_gone_is_not_waited_for(self) -> None:
        """Longer than that."""

        async def body() -> None:
            producer = AIOKafkaProducer()

            async def stop() -> None:
                await asyncio.sleep(60)

            producer._closed, producer.stop = True, stop
            assert await close_client(producer, SOON) == f"it took longer than {SOON:g} s"

        asyncio.run(body())

    @pytest.mark.parametrize(("error", "why"), [(KafkaConnectionError("gone"), "gone"), (OSError("reset"), "reset")])
    def test_what_goes_wrong_is_said(self, error: Exception, why: str) -> None:
        """Nothing comes of it."""

        async def body() -> None:
            producer = AIOKafkaProducer()

            async def stop() -> None:
                raise error

            producer._closed, producer.stop = True, stop
            told = await close_client(producer)
            assert told is not None
            assert why in told

        asyncio.run(body())

    def test_one_that_never_began_is_left_without_a_word(self) -> None:
        """Nor is anything to be told."""

        async def body() -> list[Any]:
            return [await close_client(AIOKafkaConsumer()), await close_client(AIOKafkaProducer())]

        assert asyncio.run(body()) == [None, None]
