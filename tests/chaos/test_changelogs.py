"""A changelog with records in it that no worker wrote: taken back, or refused, and never taken for state."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.core.state.partition_record import META_KEY
from tests.chaos.score import Score
from tests.kafka.docket import Docket, Place, Record, Workers
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

GARBAGE = b"\xc1 is nothing that msgpack knows"


@pytest.fixture
def place(apache_kafka: str, namespace: str) -> Place:
    """Topics of its own."""
    return Place(apache_kafka, namespace).create()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Starts workers, and ends what a failed test leaves of them."""
    started = Workers(tmp_path)
    yield started
    started.end()


@pytest.fixture
def stopped(docket: Docket, place: Place, workers: Workers) -> list[Record]:
    """What half the log has left in the changelog, of workers that have stopped in good order."""
    half = len(docket.events) // 2
    place.feed(docket.events[:half])
    worker = workers.start(place).ready()
    wait_until(lambda: sum(worker.values("docketwatch_unread_records")) == 0, 60, "half a log read")
    wait_until(lambda: any(record.key == META_KEY for record in place.read("case-state")), 60, "some state")
    worker.stop()
    place.feed(docket.events[half:], until=docket.until)
    return place.read("case-state")


def put(place: Place, partition: int, *records: tuple[bytes, bytes]) -> None:
    """Append to the changelog of cases."""
    place.send({(f"{place.prefix}.case-state", partition): list(records)})


DAMAGES: list[Callable[[Record], bytes]] = [
    pytest.param(lambda record: GARBAGE, id="garbage"),
    pytest.param(lambda record: (record.value or b"")[: len(record.value or b"") // 2], id="cut-off"),
]


class TestChangelogs:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_what_nobody_has_finished_is_taken_back(
        self,
        damage: Callable[[Record], bytes],
        docket: Docket,
        place: Place,
        stopped: list[Record],
        workers: Workers,
        score: Score,
    ) -> None:
        """A record at its end without the mark of a whole flush: as if it had never been."""
        last = next(record for record in reversed(stopped) if record.key != META_KEY)
        put(place, last.partition, (last.key or b"", damage(last)))
        worker = workers.start(place).ready()
        worker.finish(docket.until)
        score.faults = 1
        score.add_results(docket, place)
        assert "a flush was interrupted; 2 records rolled back" in worker.said()
        assert score.is_clean, score.examples

    @pytest.mark.parametrize("of", ["case", "mark"])
    def test_what_is_finished_and_cannot_be_read_ends_the_worker(
        self, of: str, place: Place, stopped: list[Record], workers: Workers, score: Score
    ) -> None:
        """It says nothing on half a state: exit code 70, and not one alert more than there was."""
        mark = next(record for record in reversed(stopped) if record.key == META_KEY)
        case = next(r for r in stopped if r.key != META_KEY and r.partition == mark.partition)
        damaged = [(case.key or b"", GARBAGE), (META_KEY, mark.value or b"")] if of == "case" else [(META_KEY, GARBAGE)]
        put(place, mark.partition, *damaged)
        before = len(place.read("lost-track-alerts")), len(place.read("restricted-alerts"))
        worker = workers.start(place)
        score.faults = 1
        assert worker.child.wait(120) == 70, worker.said()
        assert "its state could not be restored" in worker.said()
        assert before == (len(place.read("lost-track-alerts")), len(place.read("restricted-alerts")))
