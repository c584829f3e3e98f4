"""A worker on Apache Kafka, Prometheus, Alertmanager and a receiver: every query runs, and an alert arrives."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from schemas.decode import encode_event
from schemas.policy import load_policy
from schemas.topics import input_topics, topic
from tests.browser.consoles import ConsoleProcess
from tests.kafka.blocking_transaction import BlockingTransaction
from tests.kafka.deployment import Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.progress import CLOCKS, clocks
from tests.kafka.waiting import LIMIT, free_port, wait_until
from tests.rules.questions import EXPECTED_EMPTY, expressions, metrics_in
from tests.rules.servers import Alertmanager, Prometheus, Webhook
from tests.rules.test_rules import RULES
from tests.rules.tools import program, run

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class HeartbeatDeployment(Deployment):
    """A deployment with a feed that must send clock records."""

    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DOCKETWATCH_FEED_HEARTBEATS": "officers=1m", "DOCKETWATCH_METRICS_PORT": str(self.port)}
        return {**super().environment, **ours}


@dataclass
class MonitoringStack:
    """The whole stack, and Prometheus's answers while the officers' feed was silent.

    Attributes:
        empty: Names of rules and questions with an expression without an answer.
        unknown: Requested metrics that no process exports.
    """

    deployment: Deployment
    worker: CliProcess
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook
    empty: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def stack(apache_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitoringStack]:
    """The docket's log ended long ago and runs on the wall clock: every appointment is overdue now."""
    for needed in ("prometheus", "prometheus-alertmanager"):
        program(needed)
    directory = tmp_path_factory.mktemp("monitoring")
    docket = Docket.make(directory / "docket", cases=1_500, days=45)
    port = free_port()
    deployment = HeartbeatDeployment(apache_kafka, "monitoring", partitions=2, port=port).create()
    with ExitStack() as running:
        webhook = running.enter_context(Webhook())
        alertmanager = Alertmanager(directory, load_policy(None), webhook)
        running.enter_context(alertmanager)
        seen_at = f"127.0.0.1:{free_port()}"
        console = ConsoleProcess(deployment, directory / "console", "--port", seen_at.rpartition(":")[2])
        running.callback(lambda: console.child.exit_code is None and console.child.kill())
        console.ready()
        prometheus = running.enter_context(
            Prometheus(directory, RULES, [f"127.0.0.1:{port}"], alertmanager, consoles=[seen_at])
        )
        officers = topic("officers", deployment.prefix).name
        cases = [
            entry.name for entry in input_topics(deployment.prefix, deployment.partitions) if entry.name != officers
        ]
        # cases arrive only after the feed is known as silent: a later inhibition would not stop their notification
        with BlockingTransaction(deployment, cases):
            with BlockingTransaction(deployment, [officers]):
                deployment.feed(docket.events)
                deployment.send({(topic("cases", deployment.prefix).name, 0): [(b"c-1", b"no event")]})
                worker = CliProcess(deployment, directory / "worker.log", "worker", "--clock", "wall")
                running.callback(lambda: worker.child.exit_code is None and worker.child.kill())
                # a rate needs growth: it gives no delay for alerts that all precede the first scrape
                wait_until(
                    lambda: prometheus.query("docketwatch_alert_delay_seconds_count == 0"), "a scrape before all"
                )
            wait_until(lambda: "DocketwatchFeedBlind" in webhook.names("duty"), "the call that a feed is silent")
        worker.ready()
        stack = MonitoringStack(deployment, worker, prometheus, alertmanager, webhook)
        _ask_everything(stack)
        yield stack


def _ask_everything(stack: MonitoringStack) -> None:
    """Ask until no further answer appears: a rate needs two scrapes, a rule that reads another needs two rounds."""
    questions = expressions()

    def is_as_expected() -> bool:
        stack.empty = {name for name, each in questions.items() if not all(map(stack.prometheus.query, each))}
        # a series that exists only during a fault is known by its type line alone
        names = stack.prometheus.names() | set(re.findall(r"^# TYPE (\S+)", stack.worker.metrics(), flags=re.MULTILINE))
        stack.unknown = {name for each in questions.values() for expr in each for name in metrics_in(expr)} - names
        return stack.empty == set(EXPECTED_EMPTY) and not stack.unknown

    deadline = time.monotonic() + LIMIT
    while not is_as_expected() and time.monotonic() < deadline:
        pass


class TestEveryQuery:
    def test_it_is_answered_or_known_to_be_empty(self, stack: MonitoringStack) -> None:
        """Every expression of every rule and every panel runs on a worker's metrics."""
        assert stack.empty - set(EXPECTED_EMPTY) == set()
        assert set(EXPECTED_EMPTY) - stack.empty == set()

    def test_it_asks_for_exported_metrics(self, stack: MonitoringStack) -> None:
        """This includes queries without an expected answer: a wrong name never has one."""
        assert stack.unknown == set()

    def test_metrics_have_prometheus_form(self, stack: MonitoringStack, tmp_path: Path) -> None:
        """promtool checks names, types and help."""
        scrape = "\n".join(line for line in stack.worker.metrics().splitlines() if "docketwatch_" in line) + "\n"
        (tmp_path / "metrics").write_text(scrape)
        judged = run("sh", "-c", f"{program('promtool')} check metrics < {tmp_path / 'metrics'}")
        assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


class TestRouting:
    def test_a_silent_feed_is_notified_and_its_consequences_are_not(self, stack: MonitoringStack) -> None:
        """On-call gets the feed's alert; supervisors get loads, and get cases only when the feed is back."""
        webhook, alertmanager, deployment = stack.webhook, stack.alertmanager, stack.deployment
        assert "DocketwatchFeedBlind" in webhook.names("duty")
        wait_until(lambda: "DocketwatchOfficerCritical" in webhook.names("supervisors"), "the call of a load")
        wait_until(lambda: "DocketwatchLostTrackEscalated" in alertmanager.inhibited(), "an alert that is held")
        assert "DocketwatchLostTrackEscalated" not in webhook.names("supervisors")
        wait_until(lambda: "DocketwatchWatchdog" in webhook.names("watchdog"), "the watchdog")

        def has_arrived() -> bool:
            at = int(time.time() * 1_000)
            name = topic("officers", deployment.prefix).name
            deployment.send(
                {(name, number): [(None, encode_event(clock(at)))] for number in range(deployment.partitions)}
            )
            return "DocketwatchLostTrackEscalated" in webhook.names("supervisors")

        wait_until(has_arrived, "the call of cases that have waited too long")
        found = next(
            alert
            for to, call in list(webhook.calls)
            if to == "supervisors"
            for alert in call["alerts"]
            if alert["labels"]["alertname"] == "DocketwatchLostTrackEscalated"
        )
        assert found["annotations"]["runbook_url"].endswith("/DocketwatchLostTrackEscalated.md")
        assert {"office", "cause", "cause_class"} <= set(found["labels"])
        assert "case" not in json.dumps(sorted(found["labels"]))

    def test_the_critical_alert_of_a_docket_inhibits_its_warning(self, stack: MonitoringStack) -> None:
        """An officer has one alert."""
        wait_until(lambda: "DocketwatchOfficerOverloaded" in stack.alertmanager.inhibited(), "a warning that is held")


class TestGrouping:
    def test_four_thousand_alerts_of_one_officer_are_one_notification(self, tmp_path: Path) -> None:
        """On-call gets one notification for the docket and not one per case."""
        with (
            Webhook() as webhook,
            Alertmanager(tmp_path, load_policy(None), webhook) as alertmanager,
        ):
            labels = {"severity": "critical", "category": "lost-track", "job": "docketwatch", "office": "ATL"}
            alertmanager.send(
                [
                    {"labels": {**labels, "alertname": "Overdue", "officer": "o-1", "number": str(number)}}
                    for number in range(4_000)
                ]
            )
            alertmanager.send([{"labels": {**labels, "alertname": "Overdue", "officer": "o-2", "number": "0"}}])
            wait_until(lambda: len(webhook.calls) >= 2, "a call for each of two officers")

        calls: dict[str, list[dict[str, Any]]] = {}
        for _, call in webhook.calls:
            calls.setdefault(call["groupLabels"]["officer"], []).append(call)
        assert {officer: len(found) for officer, found in calls.items()} == {"o-1": 1, "o-2": 1}
        assert len(calls["o-1"][0]["alerts"]) + calls["o-1"][0]["truncatedAlerts"] == 4_000


class TestRebalance:
    def test_each_partition_is_reported_by_its_owner(self, apache_kafka: str, tmp_path: Path) -> None:
        """One of two workers reports each partition, and then the one that is left: sums stay right throughout."""
        docket = Docket.make(tmp_path / "docket", cases=200, days=20)
        deployment = Deployment(apache_kafka, "found-once", partitions=4).create()
        deployment.feed(docket.events, until=docket.until)
        workers = Workers(tmp_path)
        try:
            first = workers.start(deployment).ready()
            wait_until(lambda: first.has_passed(docket.until), "a worker that has worked through the log")
            before = WorkerMetrics.of(first)
            assert before.clocks == {name: {"0", "1", "2", "3"} for name in CLOCKS}
            second = workers.start(deployment).ready()
            wait_until(lambda: is_shared(first, second, before), "two workers of which each has half of it")
            second.stop()
            wait_until(lambda: WorkerMetrics.of(first) == before, "a worker that has all of it again")
        finally:
            workers.end()


@dataclass(frozen=True)
class WorkerMetrics:
    """What a worker's metrics report.

    Attributes:
        cases: How many cases it has.
        officers: The officers whose load it reports.
        clocks: The partitions of each clock that it reports.
    """

    cases: int
    officers: frozenset[str]
    clocks: dict[str, set[str]]

    @classmethod
    def of(cls, worker: CliProcess) -> Self:
        """Read one scrape."""
        text = worker.metrics()
        officers = re.findall(r'^docketwatch_officer_open_cases\{.*officer="([^"]+)"', text, re.MULTILINE)
        known = re.findall(r"^docketwatch_cases (\S+)$", text, re.MULTILINE)
        return cls(
            int(sum(map(float, known))),
            frozenset(officers),
            {name: {number for number, _ in clocks(text, name)} for name in CLOCKS},
        )


def is_shared(first: CliProcess, second: CliProcess, before: WorkerMetrics) -> bool:
    """Return whether each has half; no partition may be reported by both."""
    taken, left = (
        WorkerMetrics.of(second),
        WorkerMetrics.of(first),
    )  # in this order: the first released a partition before the second owned it
    assert not taken.officers & left.officers
    assert all(not taken.clocks[name] & left.clocks[name] for name in CLOCKS)
    assert taken.cases + left.cases <= before.cases
    return (
        taken.officers | left.officers == before.officers
        and taken.cases + left.cases == before.cases
        and all(len(taken.clocks[name]) == len(left.clocks[name]) == 2 for name in CLOCKS)
    )
