"""Workers that are killed, join and leave, or are paused while events arrive."""

import os
import signal

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


def owned(worker: CliProcess) -> int:
    """Return how many case partitions a worker has restored."""
    return len(worker.values("docketwatch_clock_timestamp_seconds"))


def has_learnt(zombie: CliProcess, deployment: Deployment) -> bool:
    """Return whether a replaced worker has ended or has released partitions."""
    try:
        return zombie.child.exit_code is not None or owned(zombie) < deployment.partitions
    except OSError:
        return False  # the worker ends now; the next look sees it


class TestWorkers:
    def test_killed_at_random(
        self, deployment: Deployment, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """Workers are killed while they start, restore or work: nothing is lost and nothing is doubled."""
        fleet = fleets(deployment)
        fleet.await_ready()
        fleet.feed(scale.kills * scale.gap)
        for _ in range(scale.kills):
            fleet.run_up_to(2 * scale.gap)
            fleet.kill_one()
        fleet.finish()
        assert result.kills == scale.kills

    def test_join_and_leave(
        self, deployment: Deployment, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """Partitions move back and forth during the work."""
        fleet = fleets(deployment, size=1)
        fleet.await_ready()
        fleet.feed(scale.cycles * 2 * scale.gap)
        for _ in range(scale.cycles):
            joined = fleet.add_worker()
            fleet.run_up_to(scale.gap)
            fleet.remove(joined)
        fleet.finish()
        assert result.rebalances > 2 * scale.cycles

    def test_paused_and_replaced(
        self, deployment: Deployment, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """A pause outlasts the session timeout: another worker has the partitions, and late writes are refused."""
        fleet = fleets(deployment, size=1)
        fleet.await_ready()
        fleet.feed(scale.pauses * 20)
        for _ in range(scale.pauses):
            fleet.run_up_to(scale.gap)
            (zombie,) = fleet.workers.alive()
            os.kill(zombie.child.pid, signal.SIGSTOP)
            result.pauses += 1
            successor = fleet.add_worker()
            wait_until(lambda s=successor: owned(s) == deployment.partitions, "a successor that has everything")
            os.kill(zombie.child.pid, signal.SIGCONT)
            # between two batches it may only learn that it is no longer a member, and rejoin; its unfinished batch is
            # refused all the same, at the latest when it is asked to stop
            wait_until(lambda z=zombie: has_learnt(z, deployment), "a zombie that knows")
            fleet.remove_replaced(zombie)
        fleet.finish()
