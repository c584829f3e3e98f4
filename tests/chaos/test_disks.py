"""A disk that takes no checkpoint: the work continues, and a restart reads the changelog."""

import resource

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

FULL_AT = 16 << 10  # less than a checkpoint, more than a worker's log
REFUSED = "no checkpoint can be written to"


def fill(worker: CliProcess) -> None:
    """Limit the size of a worker's files from now on, as on a full disk."""
    resource.prlimit(worker.child.pid, resource.RLIMIT_FSIZE, (FULL_AT, FULL_AT))


class TestDisks:
    def test_full_while_workers_are_killed(
        self, apache_kafka: str, namespace: str, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """The worker logs the failure; earlier checkpoints, complete or not, do no harm."""
        fleet = fleets(Deployment(apache_kafka, namespace).create())
        fleet.await_ready()
        fleet.feed(scale.faults * 5 * scale.gap)
        for _ in range(scale.faults):
            for worker in fleet.workers.alive():
                fill(worker)
            result.faults += 1
            wait_until(
                lambda: fleet.restart_ended() and any(REFUSED in worker.output() for worker in fleet.workers.alive()),
                "a worker whose disk is full",
            )
            fleet.kill_one()
            fleet.await_ready()
            fleet.run_up_to(scale.gap)
        fleet.finish()
