"""Input in every codec, mixed in every topic by several producers, while workers are killed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

import pytest
from aiokafka import AIOKafkaProducer

from schemas import hot
from schemas.decode import encode_event
from schemas.topics import topic_of
from streams.kafka.client.partitioning import partition_of
from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.producers import CODECS, codecs_on_disk, send_by_java, send_by_librdkafka

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

KeyValue = tuple[bytes, bytes]
Send = Callable[[str, str, Sequence[KeyValue], str], None]


def send_by_aiokafka(broker: str, topic: str, records: Sequence[KeyValue], codec: str) -> None:
    """Send the same by the library that the workers use."""

    async def run() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=broker, compression_type=None if codec == "none" else codec, linger_ms=20
        )
        await producer.start()
        try:
            numbers = len(await producer.partitions_for(topic))
            sent = [await producer.send(topic, value, key, partition_of(key, numbers)) for key, value in records]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    asyncio.run(run())


PRODUCERS: Sequence[Send] = (send_by_librdkafka, send_by_aiokafka, send_by_java)


def record(event: hot.Event) -> KeyValue:
    """Return key and value of an event as producers send it."""
    key = event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")
    return key.encode(), encode_event(event)


class TestCompression:
    def test_every_codec_in_every_topic(
        self,
        kafka_needed: None,
        namespace: str,
        docket: Docket,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        """Codec and producer change with every batch of events, and a worker is killed in each round."""
        with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
            deployment = Deployment(broker.bootstrap, namespace).create()
            fleet = fleets(deployment)
            fleet.await_ready()
            turns = len(CODECS) * scale.faults
            records: dict[str, list[KeyValue]] = defaultdict(list)
            for event in docket.events:
                records[topic_of(event.type, namespace)].append(record(event))
            for turn in range(turns):
                for number, name in enumerate(sorted(records)):
                    start, end = (len(records[name]) * step // turns for step in (turn, turn + 1))
                    send = PRODUCERS[(turn // len(CODECS) + turn + number) % len(PRODUCERS)]
                    send(deployment.broker, name, records[name][start:end], CODECS[(turn + number) % len(CODECS)])
                    result.faults += 1
                fleet.restart_ended()
                if turn % len(CODECS) == len(CODECS) // 2:
                    fleet.kill_one()
            deployment.feed([], until=docket.until)
            fleet.finish()
            many = [name for name, sent in records.items() if len(sent) >= turns]
            assert len(many) >= 4
            assert {name: set(CODECS) for name in many} == codecs_on_disk(broker.data, many)
            assert result.letters == 0
