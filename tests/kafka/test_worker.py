"""The worker on real brokers publishes what the core computes, whatever happens to the process."""

import json
import os
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from schemas.decode import decode
from schemas.instants import to_text
from schemas.topics import input_topics, topic
from streams.kafka.client.partitioning import partition_of
from streams.kafka.work import KeyValue
from streams.tools.embedded_broker import EmbeddedBroker
from tests.kafka.deployment import DELIVERY, Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.same_outputs import assert_same, newest, without_observed_at
from tests.kafka.waiting import LIMIT, wait_until

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a docket with every cause and some protected cases."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=1_200, days=40)


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate so many events that topics run ahead of one another and are paused."""
    return Docket.make(tmp_path_factory.mktemp("backlog"), cases=6_000, days=20)


@pytest.fixture(params=BROKERS)
def deployment(request: pytest.FixtureRequest, namespace: str) -> Deployment:
    """The topics of this test alone on each kind of broker."""
    return Deployment(request.getfixturevalue(request.param), namespace, delivery=DELIVERY[request.param]).create()


@pytest.fixture
def apache(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone on Apache Kafka."""
    return Deployment(apache_kafka, namespace).create()


class TestWorker:
    def test_it_publishes_what_the_core_computes(
        self, backlog: Docket, deployment: Deployment, workers: Workers
    ) -> None:
        """Alerts and loads are equal, revision by revision, on each kind of broker."""
        deployment.feed(backlog.events, until=backlog.until)
        worker = workers.start(deployment).ready()
        worker.finish(backlog.until)

        assert backlog.expected.alerts
        assert_same(backlog, deployment)

    def test_it_continues_where_it_was_stopped(self, docket: Docket, deployment: Deployment, workers: Workers) -> None:
        """A worker stops in the middle of the log, another one continues: nothing occurs twice, nothing is lost."""
        half = len(docket.events) // 2
        deployment.feed(docket.events[:half])
        first = workers.start(deployment).ready()
        wait_until(lambda: first.total("docketwatch_decisions_total") > half // 4, "a worker in the middle")
        first.stop()
        deployment.feed(docket.events[half:], until=docket.until)
        workers.start(deployment).ready().finish(docket.until)

        assert_same(docket, deployment)

    @pytest.mark.kafka
    def test_a_killed_worker_omits_nothing(self, docket: Docket, apache: Deployment, workers: Workers) -> None:
        """The worker is killed repeatedly: the next one ends with the same alerts, once each, and loads."""
        deployment = apache
        deployment.feed(docket.events, until=docket.until)
        for share in (0.1, 0.4, 0.7):
            worker = workers.start(deployment).ready()
            reached = int(len(docket.events) * share)
            wait_until(
                lambda worker=worker, reached=reached: (
                    worker.total("docketwatch_decisions_total") > reached or worker.has_passed(docket.until)
                ),
                "a worker in the middle",
            )
            os.kill(worker.child.pid, signal.SIGKILL)
            worker.child.wait()
        workers.start(deployment).ready().finish(docket.until)

        assert_same(docket, deployment)

    @pytest.mark.kafka
    def test_workers_that_come_and_go_publish_nothing_twice(
        self, docket: Docket, apache: Deployment, workers: Workers
    ) -> None:
        """Partitions move from one to another and back during the work, each time with all their work committed."""
        third = len(docket.events) // 3
        apache.feed(docket.events[:third])
        first = workers.start(apache).ready()
        apache.feed(docket.events[third : 2 * third])
        second = workers.start(apache).ready()
        wait_until(lambda: len(clocks(first)) < 4 and clocks(second), "partitions that have moved")
        apache.feed(docket.events[2 * third :], until=docket.until)
        wait_until(lambda: min(clocks(second), default=0) * 1000 >= docket.until, "a second worker at the end")
        first.stop()
        second.finish(docket.until)

        assert_same(docket, apache)

    @pytest.mark.kafka
    def test_another_policy_ends_what_no_longer_stands(
        self, docket: Docket, apache: Deployment, workers: Workers, tmp_path: Path
    ) -> None:
        """A worker with the other policy publishes the ends before it reads further events."""
        policy = tmp_path / "silent.toml"
        causes = ("no_officer", "in_transit", "handoff_stalled", "nothing_scheduled", "notice_undeliverable")
        others = ("hearing_unresolved", "check_in_overdue", "hearing_missed", "no_contact")
        disabled = "".join(f"[causes.{cause}]\nenabled = false\n" for cause in (*causes, *others))
        policy.write_text(f'name = "silent"\nversion = "1"\nreview_by = 2099-01-01\n{disabled}')
        apache.feed(docket.events, until=docket.until)
        workers.start(apache).ready().finish(docket.until)
        standing = {
            key
            for short in ("lost-track-alerts", "restricted-alerts")
            for key, value in newest(apache.read(short)).items()
            if json.loads(value)["status"] in ("raised", "escalated")
        }
        workers.start(apache, "--clock", "log", "--policy", str(policy)).ready().stop()

        after = {**newest(apache.read("lost-track-alerts")), **newest(apache.read("restricted-alerts"))}
        ended = {key: json.loads(after[key]) for key in standing}
        assert standing
        assert {(alert["status"], alert["ended_by"]) for alert in ended.values()} == {("resolved", "policy_changed")}


def clocks(worker: CliProcess) -> list[float]:
    """Return the watermarks of the case partitions that a worker owns."""
    return worker.values("docketwatch_clock_timestamp_seconds")


A_NUMBER = re.compile(rb"(?<![\w.])A[- ]?\d{7,9}(?!\w)", re.IGNORECASE)
SECRETS = (b"A123456789", b"A-98765432", b"87654321", b"Jane Roe", b"1 Main Street", b"asylum-only", b"IDNCASE-77120")


def bad_records(deployment: Deployment) -> dict[tuple[str, int], list[KeyValue]]:
    """Return one record for every reason of a refusal, most of them with secrets."""
    good = {
        "v": 1, "event_id": "e-1", "type": "case_opened", "occurred_at": "2026-01-06T00:00:00Z",
        "recorded_at": "2026-01-06T00:00:00Z", "source": "feed", "case_id": "c-bad", "office": "ATL", "level": "low",
    }  # fmt: skip
    cases, hearings = topic("cases", deployment.prefix).name, topic("hearings", deployment.prefix).name
    officers = topic("officers", deployment.prefix).name

    def record(**changes: object) -> bytes:
        return json.dumps({**good, **changes}).encode()

    home = partition_of(b"c-bad", deployment.partitions)
    elsewhere = (home + 1) % deployment.partitions
    return {
        (cases, home): [
            (b"c-bad", b"IDNCASE-77120 is no JSON"),
            (b"c-bad", None),
            (b"c-bad", record(name="Jane Roe")),
            (b"c-bad", record(address="1 Main Street")),
            (b"c-bad", record(office="asylum-only court")),
            (b"c-bad", record(recorded_at="2026-01-05T00:00:00Z")),
            (b"c-bad", record(event_id="x" * 20_000)),
            (b"A123456789", record(case_id="A123456789")),
            (b"A-98765432", record(case_id="A-98765432")),
            (b"87654321", record(case_id="87654321")),
            (b"c-other", record()),
            (None, record()),
        ],
        (cases, elsewhere): [(b"c-bad", record())],
        (hearings, home): [(b"c-bad", record())],
        (officers, 0): [(b"c-bad", record())],
        (topic("load-partials", deployment.prefix).name, 0): [(b"0", b"[99, 0, true, []]"), (b"0", b"Jane Roe")],
    }


class TestRefusals:
    @pytest.mark.kafka
    def test_a_killed_worker_leaves_one_letter_of_each(
        self, docket: Docket, apache: Deployment, workers: Workers
    ) -> None:
        """The last events waited, so the next worker reads the refused records before them again."""
        half = len(docket.events) // 2
        apache.feed(docket.events[:half])
        bad = {
            (entry.name, number): [(b"x", b"no event")] for entry in input_topics(apache.prefix) for number in (0, 1)
        }
        apache.send(bad)
        first = workers.start(apache).ready()
        wait_until(lambda: len(apache.read("dead-letters")) == len(bad), "a letter of each")
        first.child.kill()
        second = workers.start(apache).ready()
        apache.feed(docket.events[half:], until=docket.until)
        second.finish(docket.until)

        letters = [json.loads(record.value or b"") for record in apache.read("dead-letters")]
        assert Counter((letter["topic"], letter["partition"]) for letter in letters) == dict.fromkeys(bad, 1)
        found = (record.value for short in ("lost-track-alerts", "restricted-alerts") for record in apache.read(short))
        assert without_observed_at(found) == without_observed_at(docket.expected.alerts)

    def test_bad_input_becomes_dead_letters_without_secrets(
        self, docket: Docket, deployment: Deployment, workers: Workers
    ) -> None:
        """Every bad record becomes a dead letter with place and reason; no output has its contents."""
        bad = bad_records(deployment)
        deployment.send(bad)
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
        metrics = worker.metrics()
        worker.stop()

        letters = [json.loads(record.value or b"") for record in deployment.read("dead-letters")]
        codes = Counter(letter["code"] for letter in letters)
        assert codes == {
            "not_json": 2, "unknown_field": 2, "bad_id": 1, "time_order": 1, "oversized": 1, "identifier_shaped": 3,
            "wrong_key": 3, "wrong_topic": 2, "bad_value": 2,
        }  # fmt: skip
        assert {(letter["topic"], letter["partition"]) for letter in letters} == set(bad)
        found = without_observed_at(
            record.value for short in ("lost-track-alerts", "restricted-alerts") for record in deployment.read(short)
        )
        assert found == without_observed_at(docket.expected.alerts)
        sent = {value for records in bad.values() for _, value in records}
        written = [
            part
            for short in ("lost-track-alerts", "restricted-alerts", "officer-load", "officer-alerts", "load-partials",
                          "office-partials", "case-state", "officer-state", "dead-letters")
            for record in deployment.read(short)
            for part in (record.key, record.value)
            if part is not None and part not in sent  # of the partials topic, the record that this test sent
        ]  # fmt: skip
        for text in (*written, metrics.encode(), worker.output().encode()):
            assert A_NUMBER.search(text) is None
            assert not [secret for secret in SECRETS if secret in text]
        assert "case_id" not in metrics
        assert not [case for case in ("c-bad", docket_case(docket)) if case in metrics]


def docket_case(docket: Docket) -> str:
    """Return a case of the docket."""
    return next(event.case_id for event in docket.events if hasattr(event, "case_id"))


QUICK = """
name = "quick"
version = "1"
review_by = 2099-01-01
[causes.no_officer]
after = "3s"
"""


class TestWallClock:
    def test_the_silence_of_a_backlog_moves_no_watermark(
        self, deployment: Deployment, workers: Workers, tmp_path: Path
    ) -> None:
        """A returning worker raises no alert that unread events forbid, and raises the true one at its own instant."""
        policy = tmp_path / "quick.toml"
        policy.write_text(QUICK)
        begin = int(time.time() * 1000) - 600_000
        opened = [
            json.dumps({
                "v": 1, "event_id": f"e-{number}", "type": "case_opened", "occurred_at": to_text(begin),
                "recorded_at": to_text(begin), "source": "feed", "case_id": f"c-{number}", "office": "ATL",
                "level": "low",
            }).encode()
            for number in range(400)
        ]  # fmt: skip
        assigned = [
            json.dumps({
                "v": 1, "event_id": f"a-{number}", "type": "officer_assigned", "occurred_at": to_text(begin + 2_000),
                "recorded_at": to_text(begin + 2_000), "source": "feed", "case_id": f"c-{number}",
                "officer_id": "o-1", "office": "ATL",
            }).encode()
            for number in range(1, 400)
        ]  # fmt: skip
        deployment.feed([decode(raw) for raw in (*opened, *assigned)])
        worker = workers.start(deployment, "--clock", "wall", "--policy", str(policy)).ready()
        wait_until(lambda: min(clocks(worker), default=0) * 1000 > begin + 590_000, "a clock that follows the wall")
        late = int(time.time() * 1000)
        deployment.feed(
            [decode(opened[0].replace(to_text(begin).encode(), to_text(late).encode()).replace(b"c-0", b"c-new"))]
        )
        wait_until(lambda: b"c-new" in b"".join(alert_values(deployment)), "an alert of a case opened just now")
        worker.stop()

        alerts = {
            (alert["case_id"], alert["cause"], alert["raised_at"])
            for alert in map(json.loads, alert_values(deployment))
        }
        assert alerts == {
            ("c-0", "no_officer", to_text(begin + 3_000)),
            ("c-new", "no_officer", to_text(late + 3_000)),
        }


def alert_values(deployment: Deployment) -> list[bytes]:
    """Return the records of the public alert topic."""
    return [record.value for record in deployment.read("lost-track-alerts") if record.value is not None]


@pytest.mark.embedded
class TestStopping:
    def test_a_broker_that_hangs_does_not_delay_it(
        self, embedded_broker: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """A worker at rest exits with 0, one with work in flight with 70 and a message that names the limit."""
        with EmbeddedBroker(log=tmp_path / "broker.log") as broker:
            deployment = Deployment(broker.address, namespace, delivery="ordered").create()
            worker = workers.start(deployment).ready()
            deployment.feed([], until=1_000_000)
            wait_until(lambda: worker.has_passed(1_000_000), "a worker that has worked")
            assert broker._child is not None
            os.kill(broker._child.pid, signal.SIGSTOP)
            try:
                os.kill(worker.child.pid, signal.SIGTERM)
                code = worker.child.wait(LIMIT)
            finally:
                os.kill(broker._child.pid, signal.SIGCONT)

        assert code == 0 or (code == 70 and "stopped with work under way" in worker.output())

    def test_a_worker_stops_while_it_joins(self, embedded_broker: str, namespace: str, workers: Workers) -> None:
        """SIGTERM works before the worker is ready."""
        worker = workers.start(Deployment(embedded_broker, namespace, delivery="ordered").create())
        wait_until(lambda: "joins its group" in worker.output() or worker.child.exit_code is not None, "a worker")
        os.kill(worker.child.pid, signal.SIGTERM)

        assert worker.child.wait(LIMIT) == 0, worker.output()
        assert "ready:" not in worker.output()
