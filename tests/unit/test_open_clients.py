"""The check that a test closes its Kafka clients can fail, and then no client raises a warning later."""

import asyncio
import gc
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.open_clients import OpenClients


class TestOpenClients:
    def test_an_open_client_is_named(self) -> None:
        """Each is named by its class; a stopped one is not."""
        clients = OpenClients()

        async def body() -> None:
            made: list[Any] = [AIOKafkaProducer(), AIOKafkaConsumer(), AIOKafkaConsumer()]
            await made[2].stop()

        with clients.watched():
            asyncio.run(body())
        assert clients.pop_open() == ["AIOKafkaProducer", "AIOKafkaConsumer"]
        gc.collect()  # a warning of theirs would fail this test
        assert clients.pop_open() == []
