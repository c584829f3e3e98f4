"""The state of a partition: restored whole, repaired when a flush was cut off, never ahead of what failed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kafka.docket import DELIVERY
from tests.kafka.tally import MARK, TallyPlace, TallyWorker
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(
    params=[
        pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
        pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
    ]
)
def place(request: pytest.FixtureRequest, namespace: str) -> TallyPlace:
    """Topics of its own on each kind of broker."""
    broker = request.getfixturevalue(request.param)
    return TallyPlace(broker, namespace, partitions=2, delivery=DELIVERY[request.param]).create()


@pytest.fixture
def start(place: TallyPlace, tmp_path: Path) -> Iterator[Callable[..., TallyWorker]]:
    """Starts workers, and ends what a failed test leaves of them."""
    started: list[TallyWorker] = []

    def worker(*words: str) -> TallyWorker:
        started.append(TallyWorker(place, tmp_path / f"{len(started)}.log", *words))
        return started[-1]

    yield worker
    for each in started:
        if each.child.exit_code is None:
            each.child.kill()


class TestRestore:
    def test_a_restarted_worker_counts_on(self, place: TallyPlace, start: Callable[..., TallyWorker]) -> None:
        """Its state is that of the changelog; not one record is counted twice."""
        place.count("a", 0, "x", "y", "x")
        place.count("b", 1, "z")
        first = start().ready()
        wait_until(lambda: place.state() == {b"x": 2, b"y": 1, b"z": 1}, 30, "counts in the changelog")
        first.stop()
        place.count("b", 0, "x")
        second = start().ready()
        wait_until(lambda: place.state() == {b"x": 3, b"y": 1, b"z": 1}, 30, "counts that go on")
        second.stop()

    def test_a_flush_that_a_crash_cut_off_is_taken_back(
        self, place: TallyPlace, start: Callable[..., TallyWorker]
    ) -> None:
        """The state is that of the last whole flush, in memory and in the changelog."""
        place.send({(place.name("state"), 0): [(b"x", b"5"), (MARK, b""), (b"x", b"6"), (b"new", b"1")]})
        worker = start().ready()
        wait_until(lambda: place.state() == {b"x": 5}, 30, "a changelog put right")
        place.count("a", 0, "x", "new")
        wait_until(lambda: place.state() == {b"x": 6, b"new": 1}, 30, "counts that go on from there")
        worker.stop()

        assert "a flush was interrupted; 3 records rolled back" in worker.said()


class TestFailure:
    def test_what_failed_is_not_committed(self, place: TallyPlace, start: Callable[..., TallyWorker]) -> None:
        """The worker ends with 70; the record waits for the next one, and so does what lies behind it."""
        place.count("a", 0, "x", "x")
        failing = start("--fail-on", "poison").ready()
        wait_until(lambda: place.committed("a", 0) == 2, 30, "a commit")
        place.count("a", 0, "y", "poison", "z")

        assert failing.child.wait(120) == 70
        [last] = [json.loads(line) for line in failing.said().splitlines() if '"critical"' in line]
        assert last["exception"].endswith("as the test asked")
        assert (place.name("a"), 0) == (last["topic"], last["partition"])
        assert last["offset"] <= 3 <= last["through"]
        assert place.committed("a", 0) == 2
        worker = start().ready()
        wait_until(lambda: place.state() == {b"x": 2, b"y": 1, b"poison": 1, b"z": 1}, 30, "counts of all")
        worker.stop()
        assert place.committed("a", 0) == 5

    def test_outputs_come_before_the_state_that_tells_of_them(
        self, place: TallyPlace, start: Callable[..., TallyWorker]
    ) -> None:
        """When the state says ten, the tenth was said."""
        place.count("a", 1, *["x"] * 10)
        worker = start().ready()
        wait_until(lambda: place.state() == {b"x": 10}, 30, "a count of ten in the changelog")

        assert place.records("said") == [(b"x", b"10")]
        worker.stop()
