"""Several brokers as one cluster, which the tests of lost leaders use."""

from pathlib import Path

import pytest

from streams.kafka.client.admin import AdminClient, NewTopic
from streams.kafka.client.settings import Settings
from tests.kafka.cluster import KafkaCluster
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka


class TestKafkaCluster:
    @pytest.mark.parametrize("apart", [False, True], ids=["combined", "apart"])
    def test_it_survives_the_loss_of_a_leader(self, kafka_needed: None, tmp_path: Path, apart: bool) -> None:
        """Another broker leads; the killed one returns to the cluster with its data."""
        with KafkaCluster(tmp_path, apart=apart) as cluster:
            with AdminClient(Settings.load(brokers=cluster.bootstrap)) as admin:
                assert admin.brokers == 3
                admin.create([NewTopic("kept", 1, 3, {"min.insync.replicas": "2"})])
            first = cluster.leader("kept", 0)
            first.kill()
            assert cluster.leader("kept", 0) is not first
            wait_until(lambda: len(cluster.alive()) == 2, "a cluster that knows of the loss")
            first.start()
            wait_until(lambda: cluster.alive() == {1, 2, 3}, "a cluster of three")
            with AdminClient(Settings.load(brokers=first.bootstrap)) as admin:
                assert admin.partitions(["kept"]) == {"kept": 1}
