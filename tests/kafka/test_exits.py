"""How a worker ends when its broker or its output fails: with 70, one sentence and no partial work."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas import hot
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.same_outputs import assert_same
from tests.kafka.waiting import LIMIT, wait_until

BROKER_GONE = (
    "took no work within 4 s: the broker is gone",
    "did not take its records within DOCKETWATCH_REQUEST_TIMEOUT: the broker is gone",  # a batch waits for another
    "does not exist: `docketwatch",  # a broker that is ending may still answer that it has no such topic
)
"""Which sentence it is depends on what the worker was doing when the broker went."""

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class ShortTimeoutDeployment(Deployment):
    """A deployment whose workers wait only a short time for a broker."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a worker."""
        hasty = {"BROKER_TIMEOUT": "4s", "REBALANCE_TIMEOUT": "4s", "REQUEST_TIMEOUT": "4s"}
        return {**super().environment, **{f"DOCKETWATCH_{name}": value for name, value in hasty.items()}}


class TooLongSessionDeployment(Deployment):
    """A deployment whose workers ask for a longer session than Apache Kafka allows by default."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a worker."""
        return {**super().environment, "DOCKETWATCH_SESSION_TIMEOUT": "1h"}


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a docket that keeps a worker busy for some seconds."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=6_000, days=20)


@pytest.fixture
def own_broker(kafka_needed: None, tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker that the test may end."""
    with KafkaBroker(tmp_path / "broker") as broker:
        yield broker


def is_in_the_middle(worker: CliProcess, docket: Docket) -> bool:
    """Return whether a worker has processed a part of the log."""
    return worker.total("docketwatch_decisions_total") > len(docket.events) // 5


def exit_message(worker: CliProcess) -> str:
    """Return the one line in which a worker says why it stops."""
    lines = [line for line in worker.output().splitlines() if "the worker stops" in line]
    assert len(lines) == 1, worker.output()
    return lines[0]


class TestBrokerGone:
    def test_a_worker_at_rest_ends_after_the_broker_timeout(
        self, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """Its message names the brokers that do not answer, and for how long."""
        deployment = ShortTimeoutDeployment(own_broker.bootstrap, namespace).create()
        worker = workers.start(deployment).ready()
        # each officer partition stores its position once; after that there is no work
        wait_until(lambda: worker.total("docketwatch_commits_total") == deployment.partitions, "a worker at rest")
        own_broker.kill()

        assert 70 == worker.child.wait(LIMIT), worker.output()
        assert f"no broker of {own_broker.bootstrap} has answered for 8 s" in exit_message(worker)

    def test_a_worker_at_work_ends_and_the_next_one_continues(
        self, docket: Docket, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """The open transaction was committed or aborted as a whole."""
        deployment = ShortTimeoutDeployment(own_broker.bootstrap, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), "a worker in the middle")
        own_broker.kill()
        code = worker.child.wait(LIMIT)
        own_broker.start()
        workers.start(deployment).ready().finish(docket.until)

        assert 70 == code, worker.output()
        assert any(sentence in exit_message(worker) for sentence in BROKER_GONE), exit_message(worker)
        assert_same(docket, deployment)

    def test_one_that_is_asked_to_stop_during_the_outage_stops(
        self, docket: Docket, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """It exits with 70, because work was in flight."""
        deployment = Deployment(own_broker.bootstrap, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), "a worker in the middle")
        own_broker.kill()
        os.kill(worker.child.pid, signal.SIGTERM)

        assert 70 == worker.child.wait(LIMIT), worker.output()
        assert "stopped with work under way" in exit_message(worker)


class TestRefusedMember:
    def test_a_session_that_the_broker_does_not_allow(
        self, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker ends, because no restart would help."""
        worker = workers.start(TooLongSessionDeployment(apache_kafka, namespace).create())

        assert 2 == worker.child.wait(LIMIT), worker.output()
        assert "the broker refuses the session timeout: set DOCKETWATCH_SESSION_TIMEOUT" in exit_message(worker)


class TestProduceFails:
    def test_a_topic_that_takes_no_record_so_large(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker ends at once; after the limit is raised, the next one continues, and nothing is missing."""
        deployment = ShortTimeoutDeployment(apache_kafka, namespace).create()
        worker = workers.start(deployment).ready()
        deployment.configure("lost-track-alerts", {"max.message.bytes": "500"})
        deployment.feed(docket.events, until=docket.until)
        code = worker.child.wait(LIMIT)
        deployment.configure("lost-track-alerts", {"max.message.bytes": "1048588"})
        workers.start(deployment).ready().finish(docket.until)

        assert 70 == code, worker.output()
        assert "a topic's max.message.bytes is less than 900000: `docketwatch topics check` names it" in exit_message(
            worker
        )
        assert_same(docket, deployment)

    def test_a_topic_that_was_deleted(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker waits until its timeout and ends."""
        deployment = ShortTimeoutDeployment(apache_kafka, namespace).create()
        worker = workers.start(deployment).ready()
        deployment.delete("lost-track-alerts")
        deployment.feed(docket.events, until=docket.until)

        assert 70 == worker.child.wait(LIMIT), worker.output()
        assert namespace in exit_message(worker)


class TestAskedToStop:
    def test_under_load_it_ends_soon_with_its_work_committed(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """It exits with 0; the next one continues, and nothing occurs twice."""
        deployment = Deployment(apache_kafka, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), "a worker in the middle")
        worker.stop()
        workers.start(deployment).ready().finish(docket.until)

        assert worker.child.exit_code == 0
        assert_same(docket, deployment)


class TestOneCaseForEverything:
    def test_a_feed_that_gives_every_event_one_case_ends_no_worker(
        self, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The state stays within the message limit; further events become dead letters; other cases continue."""
        deployment = Deployment(apache_kafka, namespace).create()
        many = [
            hot.CheckInScheduled(
                v=1, event_id=f"e-{n:062}", occurred_at=n, recorded_at=n, source="feed", case_id="unknown",
                check_in_id=f"k-{n:062}", due_at=n + 86_400_000, channel="office",
            )
            for n in range(12_000)
        ]  # fmt: skip
        deployment.feed(many, until=1_000_000)
        workers.start(deployment).ready().finish(1_000_000)

        assert {json.loads(record.value or b"")["code"] for record in deployment.read("dead-letters")} == {"oversized"}
        assert max(len(record.value or b"") for record in deployment.read("case-state")) < 900_000


class TestNoTransactions:
    @pytest.mark.embedded
    def test_the_embedded_broker_needs_another_setting(
        self, embedded_broker: str, namespace: str, workers: Workers
    ) -> None:
        """One sentence and the exit code of a wrong setting say so, because no restart would help."""
        worker = workers.start(Deployment(embedded_broker, namespace, delivery="transactional").create())

        assert 2 == worker.child.wait(LIMIT), worker.output()
        assert "the broker supports no transactions: set DOCKETWATCH_DELIVERY=ordered" in exit_message(worker)
        assert "Traceback" not in worker.output()
