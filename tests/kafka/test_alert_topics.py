"""An alert topic that lacks open alerts: the worker reports it until they are published again."""

import re
from collections import Counter

import pytest

from tests.kafka.damage import MeteredDeployment, delete_records, recreate, run_command
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.same_outputs import newest, without_observed_at
from tests.kafka.test_history import deployment
from tests.kafka.test_republish import TOPICS, standing
from tests.kafka.waiting import wait_until

__all__ = ["deployment"]

pytestmark = pytest.mark.kafka

_LINE = re.compile(r'^docketwatch_alert_topic_lost_partitions\{topic="[^"]*\.([a-z-]+)"\} (\S+)$', re.MULTILINE)


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a docket with open alerts at its end."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=20)


def lost(worker: CliProcess) -> dict[str, float]:
    """Return how many partitions of each alert topic lack alerts, by its metrics."""
    return {name: float(value) for name, value in _LINE.findall(worker.metrics())}


def assert_holds_what_stands(docket: Docket, deployment: MeteredDeployment) -> None:
    """Check that all alert topics together hold every open alert that the core computes from the log."""
    rows = [row for short in TOPICS for row in newest(deployment.read(short)).values()]
    expected = standing([*docket.expected.alerts, *docket.expected.officer_alerts])
    found: Counter[str] = without_observed_at(standing(rows))
    assert without_observed_at(expected) == found


class TestAlertTopics:
    def test_a_recreated_one_is_named_until_it_is_republished(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """The running worker ends when its topic is deleted; every later one works and counts the partitions."""
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(docket.until), "a log that is worked through")
        assert dict.fromkeys(TOPICS, 0) == lost(worker)
        recreate(deployment, "lost-track-alerts")
        wait_until(lambda: worker.child.exit_code is not None, "the end of a worker whose topic was deleted")
        assert 70 == worker.child.exit_code

        sentence = f"{deployment.prefix}.lost-track-alerts was deleted and recreated since alerts were published to it"
        for _ in range(2):
            worker = workers.start(deployment).ready()
            wait_until(lambda: sentence in worker.output(), "its sentence")  # noqa: B023
            assert {**dict.fromkeys(TOPICS, 0), "lost-track-alerts": deployment.partitions} == lost(worker)
            assert "`docketwatch alerts republish`" in worker.output()
            worker.stop()

        code, output = run_command(deployment, "alerts", "republish")
        assert code == 0, output
        assert_holds_what_stands(docket, deployment)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(docket.until), "a worker that owns every partition")
        assert dict.fromkeys(TOPICS, 0) == lost(worker)
        worker.finish(docket.until)

    def test_one_whose_records_are_deleted_under_a_worker(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """The worker continues and counts the partitions within half a minute; a later one does too."""
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(docket.until), "a log that is worked through")
        delete_records(deployment, "lost-track-alerts")
        wait_until(lambda: lost(worker)["lost-track-alerts"] == deployment.partitions, "a topic that lacks alerts")
        sentence = f"{deployment.prefix}.lost-track-alerts lost records that were published to it: they were deleted"
        wait_until(lambda: sentence in worker.output(), "its sentence")
        worker.finish(docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: lost(worker)["lost-track-alerts"] == deployment.partitions, "the same by the next worker")
        worker.stop()

        code, output = run_command(deployment, "alerts", "republish")
        assert code == 0, output
        assert_holds_what_stands(docket, deployment)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(docket.until), "a worker that owns every partition")
        assert dict.fromkeys(TOPICS, 0) == lost(worker)
        worker.finish(docket.until)
