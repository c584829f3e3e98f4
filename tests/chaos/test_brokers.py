"""Brokers that are killed and come back while workers work: a single one, and the leader of a cluster of three."""

from pathlib import Path

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.brokers import KafkaBroker
from tests.kafka.cluster import KafkaCluster
from tests.kafka.deployment import Deployment
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

# the input, the state, the coordinators of the transactions, the coordinators of the groups
LED = ("{}.cases", "{}.case-state", "__transaction_state", "__consumer_offsets")

COORDINATED = ("__consumer_offsets", "__transaction_state")
"""The leader of a partition of one coordinates its groups, of the other its transactions."""


class TestBrokers:
    @pytest.mark.parametrize("and_the_workers", [False, True])
    def test_the_only_one_killed(
        self,
        kafka_needed: None,
        namespace: str,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path: Path,
        and_the_workers: bool,
    ) -> None:
        """Transactions are open, and some are decided whose markers no partition has yet.

        Workers wait or restart; or they are killed with the broker, as when their machine fails.
        """
        with KafkaBroker(tmp_path / "kafka") as broker:
            fleet = fleets(Deployment(broker.bootstrap, namespace).create(), broker_may_be_away=True)
            fleet.await_ready()
            fleet.feed(scale.broker_kills * 8)
            for _ in range(scale.broker_kills):
                fleet.run_up_to(2 * scale.gap)
                broker.kill()
                if and_the_workers:
                    fleet.kill_all()
                broker.start()
                result.broker_restarts += 1
                fleet.await_ready()
                fleet.await_arrivals()
            fleet.finish()

    def test_the_leader_of_three_killed(
        self,
        kafka_needed: None,
        namespace: str,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path: Path,
    ) -> None:
        """Another broker leads before it comes back."""
        with KafkaCluster(tmp_path / "kafka") as cluster:
            deployment = Deployment(cluster.bootstrap, namespace, replication=3).create()
            fleet = fleets(deployment, broker_may_be_away=True)
            fleet.await_ready()
            fleet.feed(scale.broker_kills * 12)
            for number in range(scale.broker_kills):
                fleet.run_up_to(2 * scale.gap)
                led = LED[number % len(LED)].format(namespace)
                leader = cluster.leader(led, 0)
                leader.kill()
                assert cluster.leader(led, 0) is not leader
                leader.start()
                wait_until(lambda: cluster.alive() == {1, 2, 3}, "a cluster of three")
                result.broker_restarts += 1
            fleet.finish()

    def test_the_coordinators_moved(
        self,
        kafka_needed: None,
        namespace: str,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path: Path,
    ) -> None:
        """The coordinators move by reassignment while a killed worker restarts and asks for the group's offsets."""
        with KafkaCluster(tmp_path / "kafka") as cluster:
            fleet = fleets(Deployment(cluster.bootstrap, namespace, replication=3).create())
            fleet.await_ready()
            fleet.feed(scale.faults * 16)
            for number in range(2 * scale.faults):
                fleet.run_up_to(scale.gap)
                fleet.kill_one()
                fleet.restart_ended()
                cluster.move_leaders(COORDINATED[number % len(COORDINATED)])
                result.faults += 1
                fleet.await_ready()
            fleet.finish()
