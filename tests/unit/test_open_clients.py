"""The check that a test closes its Kafka clients can fail, and then nothing is left that speaks up later."""

import asyncio
import gc
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.open_clients import OpenClients


class TestOpenClients:
    def test_what_is_left_open_is_named(self) -> None:
        """Each by its class; one that was stopped is not among them."""
        clients = OpenClients()

        async def body() -> None:
            made: list[Any] = [AIOKafkaProducer(), AIOKafkaConsumer(), AIOKafkaConsumer()]
            await made[2].stop()

        with clients.watched():
            asyncio.run(body())
        assert clients.take_open() == ["AIOKafkaProducer", "AIOKafkaConsumer"]
        gc.collect()  # a warning of theirs would fail this test
        assert clients.take_open() == []
