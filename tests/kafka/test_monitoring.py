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
from schemas.topics import input_topics, topic
from tests.browser.consoles import RunningConsole
from tests.kafka.docket import Docket, Place, Running, Workers, clock
from tests.kafka.gate import Gate
from tests.kafka.progress import CLOCKS, clocks
from tests.kafka.waiting import wait_until
from tests.rules.questions import EXPECTED_EMPTY, asked, metrics_in
from tests.rules.servers import Alertmanager, Prometheus, Webhook, free_port
from tests.rules.test_rules import RULES
from tests.rules.tools import DEPLOY, program, run

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Watched(Place):
    """Topics of which one has a feed that promised to speak."""

    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DOCKETWATCH_FEED_HEARTBEATS": "officers=1m", "DOCKETWATCH_METRICS_PORT": str(self.port)}
        return {**super().environment, **ours}


@dataclass
class Stack:
    """All of it, and what Prometheus answered while the officers' feed was silent.

    Attributes:
        empty: Names of rules and questions of which an expression had no answer.
        unknown: Metrics that were asked for and that nobody tells.
    """

    place: Place
    worker: Running
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook
    empty: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def stack(apache_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A docket whose log ended long ago, on the wall clock: what was booked then is overdue now."""
    for needed in ("prometheus", "prometheus-alertmanager"):
        program(needed)
    directory = tmp_path_factory.mktemp("monitoring")
    docket = Docket.make(directory / "docket", cases=1_500, days=45)
    port = free_port()
    place = Watched(apache_kafka, "monitoring", partitions=2, port=port).create()
    with ExitStack() as running:
        webhook = running.enter_context(Webhook())
        alertmanager = Alertmanager(directory, DEPLOY / "alertmanager" / "alertmanager.yaml", webhook)
        running.enter_context(alertmanager)
        seen_at = f"127.0.0.1:{free_port()}"
        console = RunningConsole(place, directory / "console", "--port", seen_at.rpartition(":")[2])
        running.callback(lambda: console.child.exit_code is None and console.child.kill())
        console.ready()
        prometheus = running.enter_context(
            Prometheus(directory, RULES, [f"127.0.0.1:{port}"], alertmanager, consoles=[seen_at])
        )
        officers = topic("officers", place.prefix).name
        cases = [entry.name for entry in input_topics(place.prefix, place.partitions) if entry.name != officers]
        # cases only when it is known that the feed is silent: what is inhibited later has been told already
        with Gate(place, cases):
            with Gate(place, [officers]):
                place.feed(docket.events)
                place.send({(topic("cases", place.prefix).name, 0): [(b"c-1", b"no event")]})
                worker = Running(place, directory / "worker.log", "worker", "--clock", "wall")
                running.callback(lambda: worker.child.exit_code is None and worker.child.kill())
                # a rate is of what grew: of alerts that all came before the first scrape it knows no delay
                wait_until(
                    lambda: prometheus.query("docketwatch_alert_delay_seconds_count == 0"), 60, "a scrape before all"
                )
            wait_until(lambda: "DocketwatchFeedBlind" in webhook.names("duty"), 60, "the call that a feed is silent")
        worker.ready()
        stack = Stack(place, worker, prometheus, alertmanager, webhook)
        _ask_everything(stack)
        yield stack


def _ask_everything(stack: Stack) -> None:
    """Until nothing more is answered than before: a rate needs two scrapes, a rule that reads another two rounds."""
    questions = asked()

    def is_as_expected() -> bool:
        stack.empty = {name for name, each in questions.items() if not all(map(stack.prometheus.query, each))}
        return stack.empty == set(EXPECTED_EMPTY)

    deadline = time.monotonic() + 60
    while not is_as_expected() and time.monotonic() < deadline:
        pass
    # one that has a series only while something is wrong is told by its type alone
    names = stack.prometheus.names() | set(re.findall(r"^# TYPE (\S+)", stack.worker.metrics(), flags=re.MULTILINE))
    stack.unknown = {name for each in questions.values() for expr in each for name in metrics_in(expr)} - names


class TestEveryQuestion:
    def test_is_answered_or_known_to_have_no_answer(self, stack: Stack) -> None:
        """Every expression of every rule and every panel ran on what a worker tells."""
        assert stack.empty - set(EXPECTED_EMPTY) == set()
        assert set(EXPECTED_EMPTY) - stack.empty == set()

    def test_asks_for_what_somebody_tells(self, stack: Stack) -> None:
        """Also where no answer is expected: a name that is wrong is never answered."""
        assert stack.unknown == set()

    def test_metrics_are_as_prometheus_wants_them(self, stack: Stack, tmp_path: Path) -> None:
        """Names, types and help, as its own tool judges."""
        scrape = "\n".join(line for line in stack.worker.metrics().splitlines() if "docketwatch_" in line) + "\n"
        (tmp_path / "metrics").write_text(scrape)
        judged = run("sh", "-c", f"{program('promtool')} check metrics < {tmp_path / 'metrics'}")
        assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


class TestTravelling:
    def test_a_silent_feed_is_told_and_what_it_would_have_known_is_not(self, stack: Stack) -> None:
        """Whoever is on duty hears of the feed; supervisors hear of loads, and of cases only when the feed is back."""
        webhook, alertmanager, place = stack.webhook, stack.alertmanager, stack.place
        assert "DocketwatchFeedBlind" in webhook.names("duty")
        wait_until(lambda: "DocketwatchOfficerCritical" in webhook.names("supervisors"), 60, "the call of a load")
        wait_until(lambda: "DocketwatchLostTrackEscalated" in alertmanager.inhibited(), 60, "an alert that is held")
        assert "DocketwatchLostTrackEscalated" not in webhook.names("supervisors")
        wait_until(lambda: "DocketwatchWatchdog" in webhook.names("watchdog"), 60, "the watchdog")

        def is_heard() -> bool:
            at = int(time.time() * 1_000)
            name = topic("officers", place.prefix).name
            place.send({(name, number): [(None, encode_event(clock(at)))] for number in range(place.partitions)})
            return "DocketwatchLostTrackEscalated" in webhook.names("supervisors")

        wait_until(is_heard, 60, "the call of cases that have waited too long")
        told = next(
            alert
            for to, call in list(webhook.told)
            if to == "supervisors"
            for alert in call["alerts"]
            if alert["labels"]["alertname"] == "DocketwatchLostTrackEscalated"
        )
        assert told["annotations"]["runbook_url"].endswith("/DocketwatchLostTrackEscalated.md")
        assert {"office", "cause", "cause_class"} <= set(told["labels"])
        assert "case" not in json.dumps(sorted(told["labels"]))

    def test_the_critical_alert_of_a_docket_makes_its_warning_needless(self, stack: Stack) -> None:
        """One officer, one alert."""
        wait_until(
            lambda: "DocketwatchOfficerOverloaded" in stack.alertmanager.inhibited(), 60, "a warning that is held"
        )


class TestGrouping:
    def test_four_thousand_alerts_of_one_officer_are_one_notification(self, tmp_path: Path) -> None:
        """Whoever sends one a case: the docket is what a supervisor hears of."""
        with (
            Webhook() as webhook,
            Alertmanager(tmp_path, DEPLOY / "alertmanager" / "alertmanager.yaml", webhook) as alertmanager,
        ):
            labels = {"severity": "critical", "category": "lost-track", "job": "docketwatch", "office": "ATL"}
            alertmanager.send(
                [
                    {"labels": {**labels, "alertname": "Overdue", "officer": "o-1", "number": str(number)}}
                    for number in range(4_000)
                ]
            )
            alertmanager.send([{"labels": {**labels, "alertname": "Overdue", "officer": "o-2", "number": "0"}}])
            wait_until(lambda: len(webhook.told) >= 2, 60, "a call for each of two officers")

        calls: dict[str, list[dict[str, Any]]] = {}
        for _, call in webhook.told:
            calls.setdefault(call["groupLabels"]["officer"], []).append(call)
        assert {officer: len(told) for officer, told in calls.items()} == {"o-1": 1, "o-2": 1}
        assert len(calls["o-1"][0]["alerts"]) + calls["o-1"][0]["truncatedAlerts"] == 4_000


class TestRebalance:
    def test_each_partition_is_told_by_the_worker_that_has_it(self, apache_kafka: str, tmp_path: Path) -> None:
        """By one alone while there are two, and by the one that is left: sums over workers stay true throughout."""
        docket = Docket.make(tmp_path / "docket", cases=200, days=20)
        place = Place(apache_kafka, "told-once", partitions=4).create()
        place.feed(docket.events, until=docket.until)
        workers = Workers(tmp_path)
        try:
            first = workers.start(place).ready()
            wait_until(lambda: first.has_passed(docket.until), 60, "a worker that has worked through the log")
            before = Told.of(first)
            assert before.clocks == {name: {"0", "1", "2", "3"} for name in CLOCKS}
            second = workers.start(place).ready()
            wait_until(lambda: is_shared(first, second, before), 60, "two workers of which each has half of it")
            second.stop()
            wait_until(lambda: Told.of(first) == before, 60, "a worker that has all of it again")
        finally:
            workers.end()


@dataclass(frozen=True)
class Told:
    """What a worker tells.

    Attributes:
        cases: How many it knows.
        officers: Those whose docket it tells.
        clocks: The partitions of which it tells each clock.
    """

    cases: int
    officers: frozenset[str]
    clocks: dict[str, set[str]]

    @classmethod
    def of(cls, worker: Running) -> Self:
        """What it tells now, in one answer."""
        text = worker.metrics()
        officers = re.findall(r'^docketwatch_officer_open_cases\{.*officer="([^"]+)"', text, re.MULTILINE)
        known = re.findall(r"^docketwatch_cases (\S+)$", text, re.MULTILINE)
        return cls(
            int(sum(map(float, known))),
            frozenset(officers),
            {name: {number for number, _ in clocks(text, name)} for name in CLOCKS},
        )


def is_shared(first: Running, second: Running, before: Told) -> bool:
    """Whether both have half; nothing is ever told by both."""
    taken, left = Told.of(second), Told.of(first)  # in this order: what the second has, the first gave up before
    assert not taken.officers & left.officers
    assert all(not taken.clocks[name] & left.clocks[name] for name in CLOCKS)
    assert taken.cases + left.cases <= before.cases
    return (
        taken.officers | left.officers == before.officers
        and taken.cases + left.cases == before.cases
        and all(len(taken.clocks[name]) == len(left.clocks[name]) == 2 for name in CLOCKS)
    )
