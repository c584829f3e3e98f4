"""Workers of another group on the same topics while workers of the first are killed: they publish nothing."""

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.damage import MeteredDeployment, refusal
from tests.kafka.deployment import Deployment

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


class TestSecondGroup:
    def test_it_starts_again_and_again(
        self, deployment: Deployment, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """Each start ends with exit code 2, and every output of the first group occurs once."""
        fleet = fleets(deployment)
        fleet.await_ready()
        fleet.feed(scale.faults * 10)
        for number in range(scale.faults):
            fleet.run_up_to(scale.gap)
            fleet.kill_one()
            other = MeteredDeployment(deployment.broker, deployment.prefix, group=f"{deployment.prefix}-other-{number}")
            intruder = fleet.start_another(other)
            fleet.restart_ended()
            message = refusal(other, intruder, code=2)
            assert f"is the state of group {deployment.prefix}, and this worker is of group {other.group}" in message
            result.faults += 1
            fleet.await_ready()
        fleet.finish()
        assert result.faults == scale.faults
