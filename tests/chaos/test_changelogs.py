"""A changelog with records that no worker wrote: rolled back or refused, and never used as state."""

from collections.abc import Callable

import pytest

from streams.core.state.partition_record import META_KEY
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment, TopicRecord
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.kafka

GARBAGE = b"\xc1 is nothing that msgpack knows"


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


@pytest.fixture
def stopped(docket: Docket, deployment: Deployment, workers: Workers) -> list[TopicRecord]:
    """The changelog after half of the log, with the workers stopped."""
    half = len(docket.events) // 2
    deployment.feed(docket.events[:half])
    worker = workers.start(deployment).ready()
    wait_until(lambda: sum(worker.values("docketwatch_unread_records")) == 0, "half a log read")
    wait_until(lambda: any(record.key == META_KEY for record in deployment.read("case-state")), "some state")
    worker.stop()
    deployment.feed(docket.events[half:], until=docket.until)
    return deployment.read("case-state")


def put(deployment: Deployment, partition: int, *records: tuple[bytes, bytes]) -> None:
    """Append records to the changelog of cases."""
    deployment.send({(f"{deployment.prefix}.case-state", partition): list(records)})


DAMAGES: list[Callable[[TopicRecord], bytes]] = [
    pytest.param(lambda record: GARBAGE, id="garbage"),
    pytest.param(lambda record: (record.value or b"")[: len(record.value or b"") // 2], id="cut-off"),
]


class TestChangelogs:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_an_incomplete_flush_is_rolled_back(
        self,
        damage: Callable[[TopicRecord], bytes],
        docket: Docket,
        deployment: Deployment,
        stopped: list[TopicRecord],
        workers: Workers,
        result: ScenarioResult,
    ) -> None:
        """A record at the end without the flush marker has no effect."""
        last = next(record for record in reversed(stopped) if record.key != META_KEY)
        put(deployment, last.partition, (last.key or b"", damage(last)))
        worker = workers.start(deployment).ready()
        worker.finish(docket.until)
        result.faults = 1
        result.add_results(docket, deployment)
        assert "a flush was interrupted; 2 records rolled back" in worker.output()
        assert result.is_clean, result.examples

    @pytest.mark.parametrize("of", ["case", "mark"])
    def test_an_unreadable_record_of_a_complete_flush_ends_the_worker(
        self, of: str, deployment: Deployment, stopped: list[TopicRecord], workers: Workers, result: ScenarioResult
    ) -> None:
        """The worker exits with code 70 and publishes no further alert."""
        mark = next(record for record in reversed(stopped) if record.key == META_KEY)
        case = next(r for r in stopped if r.key != META_KEY and r.partition == mark.partition)
        damaged = [(case.key or b"", GARBAGE), (META_KEY, mark.value or b"")] if of == "case" else [(META_KEY, GARBAGE)]
        put(deployment, mark.partition, *damaged)
        before = len(deployment.read("lost-track-alerts")), len(deployment.read("restricted-alerts"))
        worker = workers.start(deployment)
        result.faults = 1
        assert worker.child.wait(LIMIT) == 70, worker.output()
        assert "its state could not be restored" in worker.output()
        assert before == (len(deployment.read("lost-track-alerts")), len(deployment.read("restricted-alerts")))
