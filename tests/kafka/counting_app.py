"""A small application for tests of the transport and the store: it counts the records of every key.

`python -m tests.kafka.counting_app MARK [--fail-on KEY]` runs its worker, with a worker's settings from the
environment. Its topics have the prefix: the worker reads `a` and `b`, `state` is the changelog, and `counts` gets
every tenth count of a key.
"""

import asyncio
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import ClassVar, Final, Self, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from streams.agents.officers import mark_origin, mark_with_origin
from streams.kafka.batches import Batch
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.consumer.app_runner import run_app
from streams.kafka.consumer.faust_app import add_agent, make_app
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.input_gaps import InputGap
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler
from streams.kafka.state.checkpoint_store import CheckpointDirectory
from streams.kafka.state.data_directory import DataDirectory
from streams.kafka.state.history import ChangelogHistory, FlushMarker
from streams.kafka.state.joint_takeover import JointTakeover
from streams.kafka.state.partition_store import PartitionStore
from streams.kafka.work import KeyValue, ProcessedOffset, TopicOutput, Work
from streams.logs import log_to_stderr
from streams.process.watchdog import Watchdog
from tests.kafka.deployment import Deployment, administering
from tests.kafka.processes import CliProcess

__all__ = ["MARK", "CountingDeployment", "CountingWorker"]

MARK: Final = b"mark"


class KeyCounter:
    """Counts of every key of a partition number.

    Attributes:
        worked_on: How many records this process has processed, in all partitions.
    """

    worked_on: ClassVar[int] = 0

    def __init__(self, number: int, counts_topic: str, fail_on: bytes | None) -> None:
        self._number, self._counts_topic, self._fail_on = number, counts_topic, fail_on
        self._counts: dict[bytes, int] = {}

    def restore(self, records: dict[str, bytes]) -> None:
        self._counts = {key.encode(): int(value) for key, value in records.items() if key.encode() != MARK}

    def on_restored(self) -> Work:
        return Work()

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        return [(key.decode(), b"%d" % count) for key, count in self._counts.items()]

    def gaps(self) -> Collection[InputGap]:
        return ()

    def reset_to_committed(self) -> None:
        pass

    def topics_to_pause(self) -> Collection[str]:
        return ()

    def process(self, batch: Batch) -> Iterator[Work]:
        if batch.is_tick:
            return
        KeyCounter.worked_on += len(batch.records)
        counts: list[KeyValue] = []
        touched = set()
        for record in batch.records:
            key = record.key or b""
            if key == self._fail_on:
                raise RuntimeError("as the test asked")
            count = self._counts[key] = self._counts.get(key, 0) + 1
            touched.add(key)
            if count % 10 == 0:
                counts.append((key, b"%d" % count))
        yield Work(
            outputs=[TopicOutput(self._counts_topic, self._number, counts)] if counts else [],
            changelog=[*((key, b"%d" % self._counts[key]) for key in touched), (MARK, b"")],
            processed=[ProcessedOffset(batch.topic, batch.records[-1].offset + 1)],
        )


def main(arguments: Sequence[str]) -> int:
    """Run the worker until SIGTERM."""
    log_to_stderr("json")
    settings = Settings.load()
    fail_on = arguments[1].encode() if arguments[:1] == ["--fail-on"] else None
    topics = [f"{settings.prefix}.{name}" for name in "ab"]
    app = make_app(settings, [topics])

    def mark_processed(topic: str, number: int, offset: int) -> None:
        cast(BatchConsumer, app.consumer).mark_processed(topic, number, offset)

    changelog, watchdog = f"{settings.prefix}.state", Watchdog()
    ours = DataDirectory(settings.data_dir)
    data = ours.acquire()
    with AdminClient(settings) as admin:
        topic_id = admin.identities([changelog])[changelog].id
    directory = None if data is None else CheckpointDirectory(data, changelog, topic_id)
    checkpoints = CheckpointScheduler(directory, settings.checkpoint_every.total_seconds())
    store = PartitionStore[KeyCounter](
        app,
        topics=topics,
        changelog=changelog,
        history=ChangelogHistory(
            group=settings.group,
            changelog=changelog,
            topics=topics,
            flush_marker=FlushMarker(MARK, mark_with_origin, mark_origin),
            is_exact=settings.delivery == "transactional",
            changelog_id=topic_id or "",
        ),
        client=client_options(settings),
        delivery=make_delivery(
            settings, changelog, outputs=[f"{settings.prefix}.counts"], mark_processed=mark_processed, watchdog=watchdog
        ),
        checkpoints=checkpoints,
        watchdog=watchdog,
        patience=settings.broker_timeout.total_seconds(),
        make=lambda number: KeyCounter(number, f"{settings.prefix}.counts", fail_on),
    )
    JointTakeover(app, [store])
    add_agent(app, "counting", topics, store.run)
    watchdog.start()
    code = run_app(app, is_working=lambda: store.is_working, on_ready=_report_ready)
    sys.stderr.write(f"worked on {KeyCounter.worked_on} records\n")
    return code


def _report_ready() -> None:
    sys.stderr.write("ready:\n")
    sys.stderr.flush()


class CountingDeployment(Deployment):
    """The application's topics on a broker."""

    def create(self) -> Self:
        """Create them."""
        asyncio.run(self._create_topics())
        return self

    async def _create_topics(self) -> None:
        topics = [NewTopic(self.name(short), self.partitions, 1) for short in ("a", "b", "state", "counts")]
        async with administering(self.broker) as admin:
            await admin.create_topics(topics)

    def name(self, short: str) -> str:
        """Return the name of a topic."""
        return f"{self.prefix}.{short}"

    def count(self, topic: str, number: int, *keys: str) -> None:
        """Send records with keys to a partition."""
        self.send({(self.name(topic), number): [(key.encode(), b"") for key in keys]})

    def state(self) -> dict[bytes, int]:
        """Return the counts of all partitions, as the changelog holds them."""
        newest = {}
        for record in asyncio.run(self._read(self.name("state"))):
            if record.key != MARK:
                newest[record.key or b""] = record.value
        return {key: int(value) for key, value in newest.items() if value is not None}

    def records(self, short: str) -> list[tuple[bytes | None, bytes | None]]:
        """Return every record of a topic."""
        return [(record.key, record.value) for record in asyncio.run(self._read(self.name(short)))]

    def committed(self, short: str, number: int) -> int | None:
        """Return the offset that the group has committed."""
        return asyncio.run(self._committed(TopicPartition(self.name(short), number)))

    async def _committed(self, tp: TopicPartition) -> int | None:
        reader = AIOKafkaConsumer(bootstrap_servers=self.broker, group_id=self.prefix, enable_auto_commit=False)
        await reader.start()
        try:
            offset: int | None = await reader.committed(tp)
        finally:
            await reader.stop()
        return offset


class CountingWorker(CliProcess):
    """A worker process of the application."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.kafka.counting_app", *words]

    def worked_on(self) -> int:
        """Return how many records it has processed; it must have been stopped."""
        return int(self.output().rpartition("worked on ")[2].split()[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
