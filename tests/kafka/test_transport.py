"""Batches through Faust's group protocol: partitions move, and nothing is lost or read twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kafka.counting_app import CountingDeployment, CountingWorker
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka
PARTITIONS = 4


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> CountingDeployment:
    """The topics of this test alone on Apache Kafka."""
    return CountingDeployment(apache_kafka, namespace, partitions=PARTITIONS).create()


@pytest.fixture
def start(deployment: CountingDeployment, tmp_path: Path) -> Iterator[Callable[[], CountingWorker]]:
    """Start workers, and end the processes that a failed test leaves."""
    started: list[CountingWorker] = []

    def worker() -> CountingWorker:
        started.append(CountingWorker(deployment, tmp_path / f"{len(started)}.log"))
        return started[-1]

    yield worker
    for each in started:
        if each.child.exit_code is None:
            each.child.kill()


def feed(deployment: CountingDeployment, rounds: int) -> int:
    """Send `rounds` records of ten keys to every partition of both topics.

    Returns:
        How many records it sent.
    """
    for topic in "ab":
        for number in range(PARTITIONS):
            deployment.count(topic, number, *[f"p{number}-k{turn % 10}" for turn in range(rounds)])
    return 2 * PARTITIONS * rounds


class TestRebalance:
    def test_every_record_is_counted_once_while_workers_come_and_go(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker]
    ) -> None:
        """A revoked partition's batches in flight are completed and committed; its next owner reads the rest."""
        sent = feed(deployment, 20_000)
        first = start().ready()
        sent += feed(deployment, 5_000)
        second = start().ready()
        sent += feed(deployment, 5_000)
        third = start().ready()
        first.stop()
        sent += feed(deployment, 5_000)
        second.stop()
        sent += feed(deployment, 1)
        wait_until(lambda: sum(deployment.state().values()) >= sent, "counts of all that was sent")
        third.stop()

        assert sum(deployment.state().values()) == sent
        assert sum(worker.worked_on() for worker in (first, second, third)) == sent  # no record is counted twice


class TestSeek:
    def test_a_topic_without_a_commit_is_read_from_its_start(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker]
    ) -> None:
        """Three workers join together: no batch that a later assignment drops is skipped."""
        sent = feed(deployment, 30_000)
        workers = [start(), start(), start()]
        for worker in workers:
            worker.ready()
        wait_until(lambda: sum(deployment.state().values()) >= sent, "counts of all that was sent")
        for worker in workers:
            worker.stop()

        assert sum(deployment.state().values()) == sent
