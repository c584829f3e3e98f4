"""How a worker ends when its broker, or what it writes to, fails it: with 70 and a sentence, and nothing half done."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas import hot
from tests.kafka.brokers import KafkaBroker
from tests.kafka.docket import Docket, Place, Running, Workers
from tests.kafka.same_outputs import assert_same
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class HastyPlace(Place):
    """Topics whose workers give a broker up soon."""

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a worker."""
        hasty = {"BROKER_TIMEOUT": "4s", "REBALANCE_TIMEOUT": "4s", "REQUEST_TIMEOUT": "4s"}
        return {**super().environment, **{f"DOCKETWATCH_{name}": value for name, value in hasty.items()}}


class PatientPlace(Place):
    """Topics whose workers ask for a longer session than Apache Kafka allows as it comes."""

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a worker."""
        return {**super().environment, "DOCKETWATCH_SESSION_TIMEOUT": "1h"}


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """A docket that keeps a worker busy for some seconds."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=6_000, days=20)


@pytest.fixture
def own_broker(kafka_needed: None, tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker that a test may end."""
    with KafkaBroker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Starts workers, and ends what a failed test leaves of them."""
    started = Workers(tmp_path)
    yield started
    started.end()


def is_in_the_middle(worker: Running, docket: Docket) -> bool:
    """Whether a worker has a good part of a log behind it, and before it."""
    return worker.total("docketwatch_decisions_total") > len(docket.events) // 5


def said_at_its_end(worker: Running) -> str:
    """The one line in which a worker says why it stops."""
    lines = [line for line in worker.said().splitlines() if "the worker stops" in line]
    assert len(lines) == 1, worker.said()
    return lines[0]


class TestBrokerGone:
    def test_a_worker_at_rest_waits_no_longer_than_it_is_told(
        self, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """It says which brokers do not answer, and for how long."""
        place = HastyPlace(own_broker.bootstrap, namespace).create()
        worker = workers.start(place).ready()
        # each officer partition keeps where it stands, once; after that there is nothing to do
        wait_until(lambda: worker.total("docketwatch_commits_total") == place.partitions, 30, "a worker at rest")
        own_broker.kill()

        assert 70 == worker.child.wait(120), worker.said()
        assert f"no broker of {own_broker.bootstrap} has answered for 8 s" in said_at_its_end(worker)

    def test_a_worker_at_work_ends_and_the_next_goes_on_where_it_was(
        self, docket: Docket, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """What was under way was aborted or committed, whole."""
        place = HastyPlace(own_broker.bootstrap, namespace).create()
        place.feed(docket.events, until=docket.until)
        worker = workers.start(place).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), 60, "a worker in the middle")
        own_broker.kill()
        code = worker.child.wait(120)
        own_broker.start()
        workers.start(place).ready().finish(docket.until)

        assert 70 == code, worker.said()
        assert "took no work within 4 s: the broker is gone, or has lost its copies" in said_at_its_end(worker)
        assert_same(docket, place)

    def test_one_that_is_asked_to_stop_meanwhile_stops(
        self, docket: Docket, own_broker: KafkaBroker, namespace: str, workers: Workers
    ) -> None:
        """With 70, since work was under way."""
        place = Place(own_broker.bootstrap, namespace).create()
        place.feed(docket.events, until=docket.until)
        worker = workers.start(place).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), 60, "a worker in the middle")
        own_broker.kill()
        os.kill(worker.child.pid, signal.SIGTERM)

        assert 70 == worker.child.wait(120), worker.said()
        assert "stopped with work under way" in said_at_its_end(worker)


class TestNoMember:
    def test_a_session_that_the_broker_does_not_allow(
        self, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker ends, since no restart will mend it."""
        worker = workers.start(PatientPlace(apache_kafka, namespace).create())

        assert 2 == worker.child.wait(120), worker.said()
        assert "the broker refuses the session timeout: set DOCKETWATCH_SESSION_TIMEOUT" in said_at_its_end(worker)


class TestProduceFails:
    def test_a_topic_that_takes_no_record_so_large(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker ends at once; when the topic takes them again, the next one goes on, and nothing is missing."""
        place = HastyPlace(apache_kafka, namespace).create()
        worker = workers.start(place).ready()
        place.configure("lost-track-alerts", {"max.message.bytes": "500"})
        place.feed(docket.events, until=docket.until)
        code = worker.child.wait(120)
        place.configure("lost-track-alerts", {"max.message.bytes": "1048588"})
        workers.start(place).ready().finish(docket.until)

        assert 70 == code, worker.said()
        assert (
            "a topic's max.message.bytes is less than 900000: `docketwatch topics check` names it"
            in said_at_its_end(worker)
        )
        assert_same(docket, place)

    def test_a_topic_that_was_deleted(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """The worker waits for it as long as it may, and ends."""
        place = HastyPlace(apache_kafka, namespace).create()
        worker = workers.start(place).ready()
        place.delete("lost-track-alerts")
        place.feed(docket.events, until=docket.until)

        assert 70 == worker.child.wait(120), worker.said()
        assert namespace in said_at_its_end(worker)


class TestAskedToStop:
    def test_under_load_it_ends_soon_with_its_work_committed(
        self, docket: Docket, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """With 0; the next one goes on, and nothing is there twice."""
        place = Place(apache_kafka, namespace).create()
        place.feed(docket.events, until=docket.until)
        worker = workers.start(place).ready()
        wait_until(lambda: is_in_the_middle(worker, docket), 60, "a worker in the middle")
        worker.stop()
        workers.start(place).ready().finish(docket.until)

        assert worker.child.exit_code == 0
        assert_same(docket, place)


class TestOneCaseForAll:
    def test_a_feed_that_gives_every_event_one_case_ends_no_worker(
        self, apache_kafka: str, namespace: str, workers: Workers
    ) -> None:
        """Its state stays a message that the broker takes; what is too much is set aside, and the rest goes on."""
        place = Place(apache_kafka, namespace).create()
        many = [
            hot.CheckInScheduled(
                v=1, event_id=f"e-{n:062}", occurred_at=n, recorded_at=n, source="feed", case_id="unknown",
                check_in_id=f"k-{n:062}", due_at=n + 86_400_000, channel="office",
            )
            for n in range(12_000)
        ]  # fmt: skip
        place.feed(many, until=1_000_000)
        workers.start(place).ready().finish(1_000_000)

        assert {json.loads(record.value or b"")["code"] for record in place.read("dead-letters")} == {"oversized"}
        assert max(len(record.value or b"") for record in place.read("case-state")) < 900_000


class TestNoTransactions:
    @pytest.mark.embedded
    def test_the_embedded_broker_wants_another_setting(
        self, embedded_broker: str, namespace: str, workers: Workers
    ) -> None:
        """Told in one sentence, with the exit code of a setting that cannot work: no restart would mend it."""
        worker = workers.start(Place(embedded_broker, namespace, delivery="transactional").create())

        assert 2 == worker.child.wait(120), worker.said()
        assert "the broker supports no transactions: set DOCKETWATCH_DELIVERY=ordered" in said_at_its_end(worker)
        assert "Traceback" not in worker.said()
