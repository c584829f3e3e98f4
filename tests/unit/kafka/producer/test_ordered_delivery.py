"""Delivery without transactions: a broker's refusal names the partition and what to do."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from streams.errors import BrokerError
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.delivery import OrderedDelivery
from streams.kafka.producer.work_batcher import batched
from streams.kafka.work import ProcessedOffset, Work
from streams.process.watchdog import Watchdog


class RefusedProducer(BatchProducer):
    """A producer whose broker refuses every record."""

    def __init__(self, error: KafkaError) -> None:
        super().__init__({})
        self._error = error

    async def append(self, *_: Any) -> tuple[int, int]:
        """Raise the refusal."""
        raise self._error


class TestRefused:
    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (KafkaTimeoutError(), "the broker did not take its records within DOCKETWATCH_REQUEST_TIMEOUT"),
            (TopicAuthorizationFailedError("t"), "no right to write to one of the topics"),
        ],
    )
    def test_the_sentence_and_no_offset(self, error: KafkaError, sentence: str) -> None:
        """Nothing of refused work is marked as processed."""
        marked: list[tuple[str, int, int]] = []
        delivery = OrderedDelivery(
            RefusedProducer(error),
            "docket.case-state",
            lambda *each: marked.append(each),
            watchdog=Watchdog(),
            seconds=9,
        )
        work = Work(changelog=[(b"c-1", b"state")], processed=[ProcessedOffset("docket.cases", 4)])
        with pytest.raises(BrokerError, match=f"partition 3 of docket.case-state: {sentence}"):
            asyncio.run(delivery.deliver(3, batched(work)))
        assert marked == []
