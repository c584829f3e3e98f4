"""The state of a partition: it is restored completely, an incomplete flush is rolled back, and outputs precede it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kafka.counting_app import MARK, CountingDeployment, CountingWorker
from tests.kafka.deployment import DELIVERY
from tests.kafka.waiting import LIMIT, wait_until


@pytest.fixture(
    params=[
        pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
        pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
    ]
)
def deployment(request: pytest.FixtureRequest, namespace: str) -> CountingDeployment:
    """The topics of this test alone on each kind of broker."""
    broker = request.getfixturevalue(request.param)
    return CountingDeployment(broker, namespace, partitions=2, delivery=DELIVERY[request.param]).create()


@pytest.fixture
def start(deployment: CountingDeployment, tmp_path: Path) -> Iterator[Callable[..., CountingWorker]]:
    """Start workers, and end the processes that a failed test leaves."""
    started: list[CountingWorker] = []

    def worker(*words: str) -> CountingWorker:
        started.append(CountingWorker(deployment, tmp_path / f"{len(started)}.log", *words))
        return started[-1]

    yield worker
    for each in started:
        if each.child.exit_code is None:
            each.child.kill()


class TestRestore:
    def test_a_restarted_worker_continues_the_counts(
        self, deployment: CountingDeployment, start: Callable[..., CountingWorker]
    ) -> None:
        """Its state is that of the changelog; no record is counted twice."""
        deployment.count("a", 0, "x", "y", "x")
        deployment.count("b", 1, "z")
        first = start().ready()
        wait_until(lambda: deployment.state() == {b"x": 2, b"y": 1, b"z": 1}, "counts in the changelog")
        first.stop()
        deployment.count("b", 0, "x")
        second = start().ready()
        wait_until(lambda: deployment.state() == {b"x": 3, b"y": 1, b"z": 1}, "counts that go on")
        second.stop()

    def test_an_incomplete_flush_is_rolled_back(
        self, deployment: CountingDeployment, start: Callable[..., CountingWorker]
    ) -> None:
        """The state is that of the last complete flush, in memory and in the changelog."""
        deployment.send({(deployment.name("state"), 0): [(b"x", b"5"), (MARK, b""), (b"x", b"6"), (b"new", b"1")]})
        worker = start().ready()
        wait_until(lambda: deployment.state() == {b"x": 5}, "a changelog put right")
        deployment.count("a", 0, "x", "new")
        wait_until(lambda: deployment.state() == {b"x": 6, b"new": 1}, "counts that go on from there")
        worker.stop()

        assert "a flush was interrupted; 3 records rolled back" in worker.output()


class TestFailure:
    def test_a_failed_record_is_not_committed(
        self, deployment: CountingDeployment, start: Callable[..., CountingWorker]
    ) -> None:
        """The worker ends with 70; the record and its successors wait for the next worker."""
        deployment.count("a", 0, "x", "x")
        failing = start("--fail-on", "poison").ready()
        wait_until(lambda: deployment.committed("a", 0) == 2, "a commit")
        deployment.count("a", 0, "y", "poison", "z")

        assert failing.child.wait(LIMIT) == 70
        [last] = [json.loads(line) for line in failing.output().splitlines() if '"critical"' in line]
        assert last["exception"].endswith("as the test asked")
        assert (deployment.name("a"), 0) == (last["topic"], last["partition"])
        assert last["offset"] <= 3 <= last["through"]
        assert deployment.committed("a", 0) == 2
        worker = start().ready()
        wait_until(lambda: deployment.state() == {b"x": 2, b"y": 1, b"poison": 1, b"z": 1}, "counts of all")
        worker.stop()
        assert deployment.committed("a", 0) == 5

    def test_outputs_precede_their_state(
        self, deployment: CountingDeployment, start: Callable[..., CountingWorker]
    ) -> None:
        """When the state says ten, the output of ten exists."""
        deployment.count("a", 1, *["x"] * 10)
        worker = start().ready()
        wait_until(lambda: deployment.state() == {b"x": 10}, "a count of ten in the changelog")

        assert deployment.records("counts") == [(b"x", b"10")]
        worker.stop()
