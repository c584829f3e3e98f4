"""Leaders that change: a log that lost its end and has grown again is noticed, and a log that lost nothing is not."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kafka.cluster import KafkaCluster
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.gaps import accept, alert_revisions, audit_records, await_gap, clocks, gaps
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import without_observed_at
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

SHORT = "check-ins"
PARTS = 0.5, 0.65, 1.0
"""How far into the docket each part ends: the last has more events than the second, so the log grows past its end."""


@dataclass(frozen=True)
class PatientDeployment(Deployment):
    """A deployment whose workers may be paused, or wait for a broker, for minutes."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "DOCKETWATCH_SESSION_TIMEOUT": "10m",
            "DOCKETWATCH_BROKER_TIMEOUT": "10m",
        }


class UncleanLog:
    """A docket on a cluster, whose check-ins have two replicas.

    Args:
        cluster: The cluster.
        deployment: Its topics.
        docket: The docket, fed in three parts.

    Attributes:
        ends: The last instant (ms) of each part.
    """

    def __init__(self, cluster: KafkaCluster, deployment: Deployment, docket: Docket) -> None:
        self.cluster, self.deployment, self.docket = cluster, deployment, docket
        start = docket.events[0].recorded_at
        self.ends = [start + int((docket.until - start) * part) for part in PARTS]
        self.topic = f"{deployment.prefix}.{SHORT}"
        deployment.configure(SHORT, {"min.insync.replicas": "1"})
        self._leader, self._follower = cluster.keep_two_replicas(self.topic)

    def feed(self, part: int) -> None:
        """Send a part of the docket."""
        start, end = self.ends[part - 1] if part else -1, self.ends[part]
        self.deployment.feed((event for event in self.docket.events if start < event.recorded_at <= end), until=end)

    def stop_follower(self) -> None:
        """Stop the replica of the check-ins that does not lead: it misses what is written from now on."""
        self._follower.stop()

    def lose_leader(self) -> int:
        """Crash the leader, and let the replica lead that missed the last part; return where its log ends."""
        self._leader.kill()
        self._follower.start()
        self.cluster.elect_uncleanly(self.topic, self._follower)
        return 1 + max(record.offset for record in self.deployment.read(SHORT))


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=40)


@pytest.fixture
def cluster(kafka_needed: None, tmp_path: Path) -> Iterator[KafkaCluster]:
    with KafkaCluster(tmp_path / "cluster") as started:
        yield started


@pytest.fixture
def log(cluster: KafkaCluster, namespace: str, docket: Docket) -> UncleanLog:
    return UncleanLog(
        cluster, PatientDeployment(cluster.bootstrap, namespace, partitions=1, replication=3).create(), docket
    )


class TestReplacedRecords:
    @pytest.mark.parametrize("runs", [True, False], ids=["running", "restarted"])
    def test_they_are_held_and_read_once_accepted(
        self, log: UncleanLog, workers: Workers, capsys: pytest.CaptureFixture[str], runs: bool
    ) -> None:
        """The log has grown past the next offset to read, so no read fails; then nothing is missing."""
        deployment = log.deployment
        log.feed(0)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(log.ends[0]), "a worker that has worked through the first part")
        log.stop_follower()
        log.feed(1)
        wait_until(lambda: worker.has_passed(log.ends[1]), "a worker that has worked through the second part")
        read = 1 + max(record.offset for record in deployment.read(SHORT))
        if runs:
            os.kill(worker.child.pid, signal.SIGSTOP)
        else:
            worker.stop()
        end = log.lose_leader()
        log.feed(2)
        grown = 1 + max(record.offset for record in deployment.read(SHORT))
        assert end < read < grown
        before = alert_revisions(deployment)
        if runs:
            os.kill(worker.child.pid, signal.SIGCONT)
        else:
            worker = workers.start(deployment).ready()

        await_gap(worker, deployment, SHORT, 0)
        (found,) = gaps(worker).values()
        assert found in {read - end, read - end - 1}  # the last record is not processed: a restart reads it again
        assert max(clocks(worker)) <= log.ends[1]
        assert alert_revisions(deployment) == before
        sentence = (
            f"{log.topic}: partition 0 was read up to offset {end + int(found)}, and its log was cut off at offset "
            f"{end} (by an unclean leader election, the loss of a disk, or a new topic of its name): what was read of "
            f"offsets {end} to {end + int(found) - 1} is gone, and records that have them now were not read"
        )
        assert worker.output().count(sentence) == 1
        accept(capsys, deployment, SHORT)
        worker.finish(log.docket.until)

        assert alert_revisions(deployment) == without_observed_at(log.docket.expected.alerts)
        again = workers.start(deployment).ready()
        wait_until(lambda: min(clocks(again)) == log.docket.until, "a clock that stands at the end")
        again.stop()
        assert [each["action"] for each in audit_records(deployment)] == ["gap_found", "gap_accepted"]


class TestCleanElections:
    def test_leaders_that_lost_nothing_are_no_cut(self, log: UncleanLog, workers: Workers) -> None:
        """Leaders move, crash and return, under a running worker and across its restart."""
        deployment = log.deployment
        log.feed(0)
        first = workers.start(deployment).ready()
        wait_until(lambda: first.has_passed(log.ends[0]), "a worker that has worked through the first part")
        log.cluster.move_leaders(log.topic)
        log.feed(1)
        wait_until(lambda: first.has_passed(log.ends[1]), "a worker that goes on with another leader")
        log.cluster.leader(log.topic, 0).restart()
        first.stop()
        crashed = log.cluster.leader(log.topic, 0)
        crashed.kill()
        crashed.start()
        second = workers.start(deployment).ready()
        log.feed(2)
        second.finish(log.ends[2])

        assert not audit_records(deployment)
        assert alert_revisions(deployment) == without_observed_at(log.docket.expected.alerts)
