"""Transactions that a broker decided, and crashed before it told the partitions: nothing of them is lost."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.kafka.gathered import Gathered, gathered
from streams.kafka.transactions import TransactionalDelivery
from streams.kafka.watchdog import Watchdog
from streams.kafka.work import Output, Settled, Work
from tests.kafka.brokers import KafkaBroker
from tests.kafka.tally import TallyPlace
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

_SECONDS = 60.0
_PARTITIONS = 16
"""Of every topic: markers for many partitions take a moment, in which the broker is ended."""

_MOST, _LAST = range(_PARTITIONS - 1), range(_PARTITIONS - 1, _PARTITIONS)


def make(place: TallyPlace) -> TransactionalDelivery:
    """A delivery of the tally topics."""
    return TransactionalDelivery(
        client={"bootstrap_servers": place.broker},
        group=place.prefix,
        changelog=place.name("state"),
        seconds=_SECONDS,
        settle=lambda *_: None,
        watchdog=Watchdog(),
    )


def work(place: TallyPlace, key: bytes, *, said_in: range, offset: int) -> Gathered:
    """An output in each of some partitions, a state and an offset."""
    said = [Output(place.name("said"), number, [(key, b"said")]) for number in said_in]
    return gathered(Work(said, [(key, b"1")], [Settled(place.name("a"), offset)]))


def crash(broker: KafkaBroker) -> None:
    """End it at once and start it again."""
    broker.kill()
    broker.start()


async def told(place: TallyPlace, times: Mapping[bytes, int], offset: int) -> None:
    """Wait until everybody can read keys, said so many times and kept once, and the offset."""

    def is_told() -> bool:
        said, kept = (Counter(key for key, _ in place.records(short)) for short in ("said", "state"))
        is_read = said == times and kept == dict.fromkeys(times, 1)
        return is_read and place.committed("a", 0) == offset

    await asyncio.to_thread(wait_until, is_told, _SECONDS, f"{times} that can be read, {offset} that is committed")


class TestStock:
    def test_the_broker_forgets_what_it_decided(self, kafka_needed: None, namespace: str, tmp_path: Path) -> None:
        """KAFKA-20734. When a newer Kafka fails this test, `_end_again` may go."""

        async def body(place: TallyPlace, broker: KafkaBroker) -> None:
            producer = AIOKafkaProducer(bootstrap_servers=place.broker, transactional_id=namespace)
            await producer.start()
            async with producer.transaction():
                for number in range(_PARTITIONS):
                    await producer.send(place.name("said"), b"said", partition=number)
            crash(broker)
            await producer.stop()
            async with AIOKafkaConsumer(bootstrap_servers=place.broker, isolation_level="read_committed") as reader:
                places = [TopicPartition(place.name("said"), number) for number in range(_PARTITIONS)]
                reader.assign(places)
                await reader.seek_to_beginning(*places)
                await reader.getmany(timeout_ms=2_000)
                hidden = [tp for tp in places if reader.last_stable_offset(tp) < reader.highwater(tp)]
            assert hidden

        with KafkaBroker(tmp_path / "kafka") as broker:
            asyncio.run(body(TallyPlace(broker.bootstrap, namespace, partitions=_PARTITIONS).create(), broker))


class TestEndedAgain:
    def test_though_nothing_more_is_done(self, kafka_needed: None, namespace: str, tmp_path: Path) -> None:
        """Outputs, state and offsets can be read by everybody; and then the work goes on."""

        async def body(place: TallyPlace, broker: KafkaBroker) -> None:
            delivery = make(place)
            await delivery.open(0)
            await delivery.deliver(0, work(place, b"one", said_in=_MOST, offset=5))
            crash(broker)
            await told(place, {b"one": len(_MOST)}, 5)
            await delivery.deliver(0, work(place, b"two", said_in=_LAST, offset=6))
            await told(place, {b"one": len(_MOST), b"two": len(_LAST)}, 6)
            await delivery.stop()

        with KafkaBroker(tmp_path / "kafka") as broker:
            asyncio.run(body(TallyPlace(broker.bootstrap, namespace, partitions=_PARTITIONS).create(), broker))

    def test_when_the_next_is_under_way(self, kafka_needed: None, namespace: str, tmp_path: Path) -> None:
        """The next one writes elsewhere: it does not end the one before where that wrote."""

        async def body(place: TallyPlace, broker: KafkaBroker) -> None:
            delivery = make(place)
            await delivery.open(0)
            await delivery.deliver(0, work(place, b"one", said_in=_MOST, offset=5))
            next_one = asyncio.create_task(delivery.deliver(0, work(place, b"two", said_in=_LAST, offset=6)))
            await asyncio.sleep(0)
            crash(broker)
            await next_one
            await told(place, {b"one": len(_MOST), b"two": len(_LAST)}, 6)
            await delivery.stop()

        with KafkaBroker(tmp_path / "kafka") as broker:
            asyncio.run(body(TallyPlace(broker.bootstrap, namespace, partitions=_PARTITIONS).create(), broker))
