"""The watermark of a partition on real brokers: which silence moves it, and how late an alert may be."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_ms, to_text
from schemas.topics import case_topics, topic
from tests.kafka.deployment import Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.same_outputs import newest, without_observed_at
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

HOUR, DAY = 3_600_000, 86_400_000
HOLD_BACK = 2_000


@dataclass(frozen=True)
class ConfiguredDeployment(Deployment):
    """A deployment whose workers have further settings."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **{f"DOCKETWATCH_{name}": value for name, value in self.more.items()}}


Start = Callable[..., CliProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a worker whose policy allows a case no time without an officer; end what a failed test leaves."""
    started: list[CliProcess] = []

    def worker(deployment: Deployment, *words: str, after: str = "") -> CliProcess:
        if after:
            policy = tmp_path / "quick.toml"
            head = 'name = "quick"\nversion = "1"\nreview_by = 2099-01-01\n'
            policy.write_text(f'{head}[causes.no_officer]\nafter = "{after}"\n')
            words = (*words, "--policy", str(policy))
        started.append(CliProcess(deployment, tmp_path / f"worker-{len(started)}.log", "worker", *words))
        return started[-1].ready()

    yield worker
    for each in started:
        if each.child.exit_code is None:
            each.child.kill()


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace, partitions=2).create()


def now() -> int:
    return time.time_ns() // 1_000_000


def passed(at: int) -> None:
    """Wait until the wall clock has passed an instant."""
    wait_until(lambda: now() > at, "the wall clock to go on")


def event(kind: type[Any], at: int, case: str, **fields: object) -> Any:
    common = {"v": 1, "event_id": f"{case}-{kind.__name__}-{at}", "source": "feed", "case_id": case}
    return kind(**common, occurred_at=at, recorded_at=at, **fields)


def opened(at: int, *cases: str) -> list[hot.Event]:
    return [event(hot.CaseOpened, at, case, office="ATL", level="low") for case in cases]


def assigned(at: int, *cases: str) -> list[hot.Event]:
    return [event(hot.OfficerAssigned, at, case, officer_id="o-1", office="ATL") for case in cases]


def beat(deployment: Deployment, short: str, at: int) -> None:
    """Send a clock record to every partition of one topic."""
    name, record = topic(short, deployment.prefix).name, (None, encode_event(clock(at)))
    deployment.send({(name, number): [record] for number in range(deployment.partitions)})


def alerts(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the records of the public alert topic."""
    return [json.loads(record.value) for record in deployment.read("lost-track-alerts") if record.value is not None]


def clocks(worker: CliProcess) -> list[float]:
    """Return the watermarks (ms) of the case partitions."""
    return [seconds * 1000 for seconds in worker.values("docketwatch_clock_timestamp_seconds")]


def stands_at(worker: CliProcess, deployment: Deployment, at: int) -> None:
    """Wait until every partition has passed an instant."""
    wait_until(
        lambda: len(clocks(worker)) == deployment.partitions and min(clocks(worker)) >= at,
        "a clock that follows the wall",
    )


class TestIdle:
    def test_an_alert_of_a_quiet_hour_needs_no_further_event(self, deployment: Deployment, start: Start) -> None:
        """The alert follows the hold-back by itself; the load test measures how soon."""
        worker = start(deployment, "--clock", "wall", after="0s")
        stands_at(worker, deployment, now() - 10_000)
        cases = [f"c-{number}" for number in range(12)]
        for case in cases:  # one producer per event, so that events are anywhere between two ticks
            deployment.feed(opened(now(), case))
        wait_until(lambda: len(alerts(deployment)) == len(cases), "an alert of every case")

        late = [to_ms(alert["observed_at"]) - to_ms(alert["raised_at"]) for alert in alerts(deployment)]
        assert min(late) >= HOLD_BACK
        assert max(late) < HOLD_BACK + 30_000


class TestSuspended:
    def test_an_earlier_answer_does_not_cover_the_suspension(
        self, apache_kafka: str, namespace: str, start: Start
    ) -> None:
        """The worker pauses and continues, as on a suspended machine: events of that time precede any deadline."""
        deployment = ConfiguredDeployment(apache_kafka, namespace, 1, more={"SESSION_TIMEOUT": "10m"}).create()
        worker = start(deployment, "--clock", "wall", after="6s")
        stands_at(worker, deployment, now() - 10_000)
        for turn in range(3):
            cases = [f"c-{turn}-{number}" for number in range(20)]
            at = now()
            deployment.feed(opened(at, *cases))
            stands_at(worker, deployment, at)
            os.kill(worker.child.pid, signal.SIGSTOP)
            passed(now() + 1_000)  # the last answer has arrived, and the worker has not read it
            deployment.feed(assigned(now(), *cases[1:]))
            passed(at + 6_000 + HOLD_BACK + 500)
            os.kill(worker.child.pid, signal.SIGCONT)
            stands_at(worker, deployment, at + 6_000)
        worker.stop()

        assert {alert["case_id"] for alert in alerts(deployment)} == {"c-0-0", "c-1-0", "c-2-0"}
        assert {alert["cause"] for alert in alerts(deployment)} == {"no_officer"}


class TestDowntime:
    def test_a_returning_worker_raises_what_the_log_warrants_and_nothing_else(
        self, deployment: Deployment, start: Start, tmp_path: Path
    ) -> None:
        """Six weeks of events wait in every topic, and the wall clock has moved as far: there is no false alert."""
        docket = until_now(Docket.make(tmp_path / "docket", cases=2_000, days=60, seed=5), tmp_path)
        left = docket.until - 45 * DAY
        before = [each for each in docket.events if each.recorded_at <= left]
        deployment.feed(before, until=left)
        start(deployment, "--clock", "log").finish(left)
        deployment.feed(docket.events[len(before) :])
        worker = start(deployment, "--clock", "wall")
        stands_at(worker, deployment, docket.until)
        worker.stop()

        found = [
            record.value
            for short in ("lost-track-alerts", "restricted-alerts")
            for record in deployment.read(short)
            if record.value is not None and instant(json.loads(record.value)) <= docket.until
        ]
        away = [value for value in docket.expected.alerts if instant(json.loads(value)) > left]
        assert len(away) > 100
        assert without_observed_at(found) == without_observed_at(docket.expected.alerts)


def instant(alert: dict[str, Any]) -> int:
    """Return when the case became lost track of."""
    return to_ms(alert["ended_at"] or alert["escalated_at"] or alert["raised_at"])


def until_now(docket: Docket, directory: Path) -> Docket:
    """Shift the docket so that it ends a second ago."""
    shift = now() - 1_000 - docket.until
    log = directory / "shifted.jsonl"
    with log.open("wb") as file:
        for each in docket.events:
            moved = copy(each)
            for name in moved.instants:
                setattr(moved, name, getattr(moved, name) + shift)
            file.write(encode_event(moved) + b"\n")  # type: ignore[arg-type]  # a docket holds all kinds
    return Docket(log, docket.until + shift)


class TestBlind:
    def test_a_silent_feed_delays_the_alerts_and_is_reported(
        self, apache_kafka: str, namespace: str, start: Start
    ) -> None:
        """No alert is raised during the silence; afterwards the feed's events come first."""
        deployment = ConfiguredDeployment(
            apache_kafka, namespace, 2, more={"FEED_HEARTBEATS": "reassignments=2s"}
        ).create()
        name = topic("reassignments", namespace).name
        worker = start(deployment, "--clock", "wall", after="3s")
        heard = now()
        beat(deployment, "reassignments", heard)
        stands_at(worker, deployment, heard - 1)
        deployment.feed(opened(heard + 100, "c-forgotten", "c-seen", "c-also-seen"))
        wait_until(lambda: blind(worker) == {name: 1.0}, "a feed that counts as blind")
        passed(heard + 3_100 + HOLD_BACK + 2_000)

        assert max(clocks(worker)) == heard - 1
        assert alerts(deployment) == []
        assert worker.output().count(f"{name}: its feed is silent: nothing recorded after {to_text(heard - 1)} ") == 1

        deployment.feed(assigned(heard + 1_000, "c-seen", "c-also-seen"))
        back = now()
        beat(deployment, "reassignments", back)
        wait_until(lambda: blind(worker) == {name: 0.0}, "a feed that is back")
        stands_at(worker, deployment, heard + 3_100)
        worker.stop()

        found = [(alert["case_id"], alert["raised_at"]) for alert in alerts(deployment)]
        assert found == [("c-forgotten", to_text(heard + 3_100))]
        assert f"{name}: its feed is back" in worker.output()


def blind(worker: CliProcess) -> dict[str, float]:
    """Return which feeds are silent, by topic."""
    lines = [line for line in worker.metrics().splitlines() if line.startswith("docketwatch_feed_blind{")]
    return {line.partition('topic="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}


class TestAhead:
    def test_a_topic_that_runs_ahead_is_paused_until_the_others_follow(
        self, apache_kafka: str, namespace: str, start: Start
    ) -> None:
        """A hundred thousand events wait at the broker, not in memory; then every one of them is applied."""
        deployment = Deployment(apache_kafka, namespace, partitions=1).create()
        count, begin = 100_000, to_ms("2026-03-02T00:00:00Z")
        cases = [f"c-{number}" for number in range(100)]
        deployment.feed(opened(begin, *cases))
        deployment.feed(
            event(hot.AddressChanged, begin + turn, cases[turn % 100], status="valid") for turn in range(1, count + 1)
        )
        worker = start(deployment, "--clock", "log")
        wait_until(lambda: held_back(worker) >= 2_000 and is_still(worker), "a topic that is paused")
        assert held_back(worker) < count // 2
        assert worker.total("docketwatch_events_read_total") < count
        assert worker.total("docketwatch_decisions_total") == 0

        for entry in case_topics(deployment.prefix, 1):
            beat(deployment, entry.short, begin + count + 1)
        beat(deployment, "officers", begin + count + 1)
        worker.finish(begin + count)
        assert newest(deployment.read("case-state")).keys() >= {case.encode() for case in cases}
        assert "docketwatch_events_held_back 0.0" in worker_says(deployment, start)


def held_back(worker: CliProcess) -> int:
    return int(sum(worker.values("docketwatch_events_held_back")))


def is_still(worker: CliProcess) -> bool:
    """Return whether nothing was read between two looks a few ticks apart."""
    before, at = worker.total("docketwatch_events_read_total"), now()
    passed(at + 1_000)
    return worker.total("docketwatch_events_read_total") == before


def worker_says(deployment: Deployment, start: Start) -> str:
    """Return the metrics of a worker that continues from there."""
    worker = start(deployment, "--clock", "log")
    metrics = worker.metrics()
    worker.stop()
    return metrics
