"""An event that is recorded in the future, on a broker: it is refused, and nothing waits for it."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.decode import encode_event
from schemas.topics import input_topics, topic_of
from tests.kafka.deployment import PARTITIONS, Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.test_worker import clocks
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

YEAR_MS = 365 * 86_400_000


class TestFuture:
    def test_one_event_from_the_future_blocks_nothing(
        self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """The committed offset moves past it, and a restart reads nothing again."""
        deployment = Deployment(apache_kafka, namespace).create()
        now = time.time_ns() // 1_000_000
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        cases = f"{namespace}.cases"
        first = next(event for event in docket.events if event.type == "case_opened")
        first.recorded_at = now + 3 * YEAR_MS
        deployment.feed([first])
        deployment.send({(cases, n): [(None, encode_event(clock(now + YEAR_MS)))] for n in range(PARTITIONS)})
        deployment.feed([event for event in docket.events if event is not first])
        ends = Counter(topic_of(event.type, namespace) for event in docket.events) + Counter({cases: PARTITIONS})
        worker = workers.start(deployment, "--clock", "wall").ready()
        wait_until(lambda: self.committed(deployment) == ends, "everything committed, what is from the future too")
        worker.stop()

        letters = [json.loads(record.value or b"") for record in deployment.read("dead-letters")]
        assert [(cases, "from_the_future", "recorded_at")] * (PARTITIONS + 1) == [
            (letter["topic"], letter["code"], letter["field"]) for letter in letters
        ]
        again = workers.start(deployment, "--clock", "wall").ready()
        wait_until(lambda: len(clocks(again)) == PARTITIONS, "a worker that has all its partitions")
        wait_until(lambda: min(clocks(again), default=0) * 1000 >= now, "a worker whose clock goes on")
        assert 0 == sum(again.total(f'docketwatch_events_read_total{{topic="{name}"}}') for name in ends)
        again.stop()

    @staticmethod
    def committed(deployment: Deployment) -> Counter[str]:
        """Return the group's committed offsets, by input topic."""

        async def ask() -> Counter[str]:
            consumer = AIOKafkaConsumer(bootstrap_servers=deployment.broker, group_id=deployment.prefix)
            await consumer.start()
            found: Counter[str] = Counter()
            try:
                for entry in input_topics(deployment.prefix, deployment.partitions):
                    for number in range(entry.partitions):
                        found[entry.name] += await consumer.committed(TopicPartition(entry.name, number)) or 0
            finally:
                await consumer.stop()
            return found

        return asyncio.run(ask())
