"""One deployment of docketwatch in a test: its topics on a broker, its group, and the settings of its processes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas import hot
from schemas.decode import encode_event
from schemas.topics import catalogue, input_topics, topic, topic_of
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.leader_ends import await_ends
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.work import KeyValue
from tests.kafka.unreadable_records import hidden
from tests.kafka.waiting import wait_until

__all__ = ["DELIVERY", "Deployment", "StaticMemberDeployment", "TopicRecord", "administering", "clock"]

ROOT: Final = Path(__file__).parents[2]
PARTITIONS: Final = 4
DELIVERY: Final = {"embedded_broker": "ordered", "apache_kafka": "transactional"}
"""What a worker can do on the broker of a fixture: the embedded one has no transactions."""


@dataclass(frozen=True)
class TopicRecord:
    """A record as it was read from a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Deployment:
    """The topics of a test on a broker.

    Attributes:
        broker: Its address.
        prefix: The topics' prefix and the group's name.
        partitions: Partitions of every topic.
        delivery: The worker's delivery setting; the embedded broker has no transactions.
        replication: Replicas of every partition; two of three must be in sync.
        root: The checkout whose program runs there.
        python: Its interpreter.
    """

    broker: str
    prefix: str
    partitions: int = PARTITIONS
    delivery: str = "transactional"
    replication: int = 1
    root: Path = ROOT
    python: str = sys.executable

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a worker."""
        ours = {
            "BROKERS": self.broker,
            "PREFIX": self.prefix,
            "GROUP": self.prefix,
            "PARTITIONS": str(self.partitions),
            "REPLICATION": str(self.replication),
            "DELIVERY": self.delivery,
            "SESSION_TIMEOUT": "6s",
            "METRICS_PORT": "0",
            "CHECKPOINT_EVERY": "1s",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
        return {
            **inherited,
            "PYTHONPATH": str(self.root),
            **{f"DOCKETWATCH_{name}": value for name, value in ours.items()},
        }

    def environment_with(self, data: Path) -> dict[str, str]:
        """Return the same settings with a directory for its files."""
        return {**self.environment, "DOCKETWATCH_DATA_DIR": str(data)}

    def create(self) -> Self:
        """Create every topic of the catalogue; return when the brokers know that they lead its partitions."""
        asyncio.run(self._create())
        names = [entry.name for entry in catalogue(self.prefix, self.partitions)]
        with AdminClient(Settings.load(brokers=self.broker)) as admin:

            def are_led() -> bool:
                try:
                    return admin.identities(names).keys() == set(names)
                except BrokerError:  # a busy broker takes up new partitions long after the controller answered
                    return False

            wait_until(are_led, f"leaders of the topics of {self.prefix}")
        return self

    async def _create(self) -> None:
        safe = {"min.insync.replicas": str(self.replication - 1)} if self.replication > 1 else {}
        wanted = [
            NewTopic(entry.name, entry.partitions, self.replication, topic_configs={**entry.settings, **safe})
            for entry in catalogue(self.prefix, self.partitions)
        ]
        async with administering(self.broker) as admin:
            answer = await admin.create_topics(wanted)
        assert not [error for error in answer.topic_errors if error[1]], answer

    def configure(self, short: str, config: Mapping[str, str]) -> None:
        """Change settings of a topic; return when a broker applies them."""
        name = f"{self.prefix}.{short}"
        asyncio.run(self._configure(name, config))
        with AdminClient(Settings.load(brokers=self.broker)) as admin:

            def is_applied() -> bool:
                found = admin.topics([name]).get(name)  # a broker learns of a new topic after the controller
                return found is not None and config.items() <= found.settings.items()

            wait_until(is_applied, f"settings of {name}")

    async def _configure(self, name: str, config: Mapping[str, str]) -> None:
        async with administering(self.broker) as admin:
            answers = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, dict(config))])
        assert not [row for answer in answers for row in answer.resources if row[0]], answers

    def delete_before(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Delete the records of partitions of topics before an offset."""
        asyncio.run(self._delete_before(offsets))

    async def _delete_before(self, offsets: Mapping[tuple[str, int], int]) -> None:
        ends = {
            TopicPartition(f"{self.prefix}.{short}", number): RecordsToDelete(before_offset=offset)
            for (short, number), offset in offsets.items()
        }
        async with administering(self.broker) as admin:
            await admin.delete_records(ends)

    def delete_all(self, short: str) -> None:
        """Delete every record of a topic."""
        self.delete_before({(short, number): -1 for number in range(self.partitions)})

    def delete(self, short: str) -> None:
        """Delete a topic."""
        asyncio.run(self._delete(f"{self.prefix}.{short}"))

    async def _delete(self, name: str) -> None:
        async with administering(self.broker) as admin:
            await admin.delete_topics([name])

    def feed(self, events: Iterable[hot.Event], *, until: int | None = None) -> None:
        """Send events in order, each to the partition of its key; with `until`, send a clock record everywhere."""
        records: dict[tuple[str, int], list[KeyValue]] = {}
        for event in events:
            key = (event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")).encode()
            at = topic_of(event.type, self.prefix), partition_of(key, self.partitions)
            records.setdefault(at, []).append((key, encode_event(event)))
        if until is not None:
            for entry in input_topics(self.prefix, self.partitions):
                for number in range(self.partitions):
                    records.setdefault((entry.name, number), []).append((None, encode_event(clock(until + 1))))
        self.send(records)

    def send(self, records: Mapping[tuple[str, int], Sequence[KeyValue]]) -> None:
        """Send records unchanged."""
        asyncio.run(self._send(records))

    async def _send(self, records: Mapping[tuple[str, int], Sequence[KeyValue]]) -> None:
        writer = BatchProducer({"bootstrap_servers": self.broker})
        await writer.start()
        try:
            await writer.write(records)
        finally:
            await writer.stop()

    def hidden(self) -> list[str]:
        """Return partitions with records that no read_committed consumer can read."""
        topics = {entry.name: entry.partitions for entry in catalogue(self.prefix, self.partitions)}
        return asyncio.run(hidden(self.broker, topics))

    def read(self, short: str, *, committed: bool = True) -> list[TopicRecord]:
        """Return every record of a topic; with `committed=False` those of open and aborted transactions, too."""
        return asyncio.run(self._read(topic(short, self.prefix).name, committed=committed))

    async def _read(self, name: str, *, committed: bool = True) -> list[TopicRecord]:
        reader = AIOKafkaConsumer(
            bootstrap_servers=self.broker,
            enable_auto_commit=False,
            fetch_max_wait_ms=50,
            auto_offset_reset="earliest",  # the offset where its first records are deleted
            isolation_level="read_committed" if committed else "read_uncommitted",
        )
        await reader.start()
        found: list[TopicRecord] = []
        try:
            tps = {TopicPartition(name, number) for number in range(self.partitions)}
            reader.assign(list(tps))
            await await_ends(reader, tps, lambda: None)
            for tp in tps:
                reader.seek(tp, 0)
            while tps:
                for tp, records in (await reader.getmany(*tps, timeout_ms=100)).items():
                    found += [TopicRecord(tp.partition, row.offset, row.key, row.value) for row in records]
                for tp in list(tps):
                    end = reader.last_stable_offset(tp) if committed else reader.highwater(tp)
                    if end is not None and await reader.position(tp) >= end:
                        tps.discard(tp)
        finally:
            await reader.stop()
        return found


@dataclass(frozen=True)
class StaticMemberDeployment(Deployment):
    """A deployment whose worker has a static id and a long session timeout.

    Attributes:
        name: The id.
    """

    name: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the worker of that name."""
        more = {"DOCKETWATCH_INSTANCE_ID": self.name, "DOCKETWATCH_SESSION_TIMEOUT": "60s"}
        return {**super().environment, **more}


def clock(at: int) -> hot.Clock:
    """Return a clock record: no event recorded before it follows."""
    return hot.Clock(v=1, event_id=f"clock-{at}", occurred_at=at, recorded_at=at, source="test")


@asynccontextmanager
async def administering(broker: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for administration that is closed after the block, also after an error."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
