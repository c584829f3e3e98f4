"""A worker whose topics change while it runs ends at once and names them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table
from streams.kafka.client.topics import create_topics
from tests.kafka.deployment import PARTITIONS, Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.kafka

SECONDS = 20.0


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace).create()


@pytest.fixture
def worker(deployment: Deployment, tmp_path: Path) -> Iterator[CliProcess]:
    """A worker that has processed some events."""
    workers = Workers(tmp_path)
    docket = Docket.make(tmp_path / "docket", cases=40, days=5)
    deployment.feed(docket.events, until=docket.until)
    worker = workers.start(deployment).ready()
    wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
    yield worker
    workers.end()


def create(deployment: Deployment) -> list[str]:
    """Create the missing topics."""
    settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=PARTITIONS)
    with AdminClient(settings) as admin:
        return create_topics(admin, settings)


def ended(worker: CliProcess) -> str:
    """Return the message of a worker that ends by itself."""
    wait_until(lambda: worker.child.exit_code is not None, f"the end of {worker.output()[-500:]}")
    assert 70 == worker.child.exit_code
    return worker.output().splitlines()[-1]


class TestFollow:
    def test_the_console_restarts_a_recreated_topic(self, deployment: Deployment) -> None:
        """Records of the former topic are not shown beside those of the new one."""
        name = f"{deployment.prefix}.lost-track-alerts"
        settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=PARTITIONS)

        async def following() -> str:
            caught_up = asyncio.Event()
            reading = asyncio.create_task(read_as_table(settings, [name], lambda *_: None, on_caught_up=caught_up.set))
            await asyncio.wait_for(caught_up.wait(), LIMIT)
            await asyncio.to_thread(deployment.delete, "lost-track-alerts")
            with pytest.raises(BrokerError) as error:
                await asyncio.wait_for(reading, LIMIT)
            return str(error.value)

        assert (
            f"{name}, which had {PARTITIONS} partitions, does not exist any more: the records read from it are "
            "no longer valid"
        ) == asyncio.run(following())


class TestTopicWatch:
    def test_more_partitions_of_an_input_topic(self, deployment: Deployment, worker: CliProcess) -> None:
        """Keys now have other partitions; the restarted worker names the topic with another partition count."""
        admin = KafkaAdminClient(bootstrap_servers=deployment.broker)
        admin.create_partitions({f"{deployment.prefix}.check-ins": PARTITIONS + 2})
        admin.close()
        message = ended(worker)
        assert message.endswith(
            f"{deployment.prefix}.check-ins has {PARTITIONS + 2} partitions now, and had {PARTITIONS}: the topics are "
            "not those with which this worker started; see `docketwatch topics check`"
        )
        assert "Traceback" not in worker.output()

    def test_a_recreated_input_topic(self, deployment: Deployment, worker: CliProcess) -> None:
        """The topic has the same name and partitions, and other records."""
        deployment.delete("hearings")
        wait_until(lambda: create(deployment) == [f"{deployment.prefix}.hearings"], "a topic recreated")
        message = ended(worker)
        assert f"{deployment.prefix}.hearings" in message
        assert "recreated" in message or "does not exist any more" in message

    @pytest.mark.parametrize("short", ["case-state", "officer-state", "cases", "lost-track-alerts"])
    def test_a_topic_deleted(self, deployment: Deployment, worker: CliProcess, short: str) -> None:
        """The test deletes an input, a state and an output topic."""
        deployment.delete(short)
        assert f"{deployment.prefix}.{short}, which had {PARTITIONS} partitions, does not exist any more: " in ended(
            worker
        )
