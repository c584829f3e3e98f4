"""Workers of another group on the same topics while workers of the first are killed: they publish nothing."""

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.damage import Metered, refusal
from tests.kafka.docket import Place

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]


@pytest.fixture
def place(apache_kafka: str, namespace: str) -> Place:
    """The topics of this test alone."""
    return Place(apache_kafka, namespace).create()


class TestSecondGroup:
    def test_it_starts_again_and_again(
        self, place: Place, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """Each start ends with exit code 2, and every output of the first group occurs once."""
        fleet = fleets(place)
        fleet.await_ready()
        fleet.feed(scale.faults * 10)
        for number in range(scale.faults):
            fleet.wait(scale.gap)
            fleet.kill_one()
            other = Metered(place.broker, place.prefix, group=f"{place.prefix}-other-{number}")
            intruder = fleet.start_another(other)
            fleet.tend()
            message = refusal(other, intruder, code=2)
            assert f"is the state of group {place.prefix}, and this worker is of group {other.group}" in message
            result.faults += 1
            fleet.await_ready()
        fleet.finish()
        assert result.faults == scale.faults
