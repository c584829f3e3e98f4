"""`docketwatch replay` on real brokers: every event arrives once, in order, at its partition, with valid clocks."""

import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas import hot
from schemas.decode import decode, encode_event
from schemas.instants import to_text
from schemas.topics import input_topics, topic_of
from streams.kafka.client.partitioning import partition_of
from streams.process.child_process import ChildProcess
from streams.sources.logs import read_events
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.waiting import LIMIT, wait_until
from tests.signals import ignored
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, log, run

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=400, days=30)


@pytest.fixture(params=BROKERS)
def deployment(request: pytest.FixtureRequest, namespace: str) -> Deployment:
    return Deployment(request.getfixturevalue(request.param), namespace).create()


@pytest.fixture
def apache(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace).create()


@pytest.fixture
def replays(tmp_path: Path) -> Iterator[Callable[..., ChildProcess]]:
    """Start replays as processes, and end the processes that a failed test leaves."""
    started: list[ChildProcess] = []

    def start(docket: Docket, deployment: Deployment, *words: str, **environment: str) -> ChildProcess:
        command = [sys.executable, "-m", "streams.cli.main", "replay", str(docket.log), *there(deployment), *words]
        log = tmp_path / f"replay-{len(started)}.log"
        started.append(ChildProcess(command, log, environment={**deployment.environment, **environment}))
        return started[-1]

    yield start
    for child in started:
        child.stop()


def there(deployment: Deployment) -> tuple[str, ...]:
    return ("--brokers", deployment.broker, "--prefix", deployment.prefix)


def partitions(deployment: Deployment) -> Iterator[tuple[str, int, list[tuple[bytes | None, hot.AnyEvent]]]]:
    """Return the records of each partition of each input topic, in log order."""
    for entry in input_topics(deployment.prefix, deployment.partitions):
        found = deployment.read(entry.short)
        for number in range(deployment.partitions):
            rows = sorted((row for row in found if row.partition == number), key=lambda row: row.offset)
            yield entry.name, number, [(row.key, decode(row.value or b"")) for row in rows]


def texts(events: list[hot.AnyEvent]) -> Counter[bytes]:
    return Counter(encode_event(event) for event in events if not isinstance(event, hot.Clock))


def sent(deployment: Deployment) -> Counter[bytes]:
    return texts([event for _, _, rows in partitions(deployment) for _, event in rows])


def kept(docket: Docket) -> Counter[bytes]:
    return texts(list(read_events([docket.log])))


class TestReplay:
    def test_every_event_arrives_at_its_partition(
        self, docket: Docket, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each event occurs once, on the topic of its type, in the partition of its key, by recorded_at."""
        code, out, _ = run(capsys, "replay", str(docket.log), *there(deployment))
        assert code == 0
        assert re.match(rf"{sum(kept(docket).values()):,} events in [\d.]+ s, [\d,]+ events/s\n", out)
        for name, number, rows in partitions(deployment):
            recorded = [event.recorded_at for _, event in rows]
            assert recorded == sorted(recorded)
            for key, event in rows:
                if isinstance(event, hot.Clock):
                    assert key is None
                    continue
                assert topic_of(event.type, deployment.prefix) == name
                assert (getattr(event, "case_id", None) or getattr(event, "officer_id", "")).encode() == key
                assert partition_of(key or b"", deployment.partitions) == number
        assert kept(docket) == sent(deployment)

    def test_the_clock_is_always_true(
        self, docket: Docket, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No earlier event follows a clock record, and the last record everywhere is that of T + 1 ms."""
        until = docket.until - 86_400_000
        code, out, _ = run(
            capsys, "replay", str(docket.log), "--rate", "4000", "--until", to_text(until), *there(deployment)
        )
        assert code == 0
        assert f"clock of {5 * deployment.partitions} partitions on {deployment.broker}: {to_text(until + 1)}\n" in out
        for _, _, rows in partitions(deployment):
            clock = 0
            for _, event in rows:
                assert event.recorded_at >= clock
                clock = event.recorded_at if isinstance(event, hot.Clock) else clock
            assert isinstance(rows[-1][1], hot.Clock)
            assert until + 1 == rows[-1][1].recorded_at
            # several clock records come on the way, so that a quiet topic does not hold the others back
            assert sum(isinstance(event, hot.Clock) for _, event in rows) > 1
            assert all(event.recorded_at <= until for _, event in rows[:-1])

    def test_lines_are_sent_unchanged(
        self, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Only a line's key and time are read: another spelling stays."""
        file = tmp_path / "log.jsonl"
        spelt = json.dumps(OPENED, indent=None, separators=(" , ", " : ")).encode()
        file.write_bytes(spelt + b"\r\n")
        code, _, _ = run(capsys, "replay", str(file), *there(deployment))
        assert code == 0
        assert [spelt] == [row.value for row in deployment.read("cases") if row.key is not None]

    def test_a_slice_of_a_log(self, docket: Docket, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """--from and --until are both included."""
        events = list(read_events([docket.log]))
        first, last = events[len(events) // 3].recorded_at, events[len(events) // 2].recorded_at
        code, out, _ = run(
            capsys, "replay", str(docket.log), "--from", to_text(first), "--until", to_text(last), *there(deployment)
        )
        assert code == 0
        assert sent(deployment) == texts([event for event in events if first <= event.recorded_at <= last])
        left_out = sum(event.recorded_at < first for event in events)
        assert f", {left_out:,} before --from left out" in out

    def test_several_logs_are_merged(
        self, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """They are merged by recorded_at; a log's clock records are left out, because the replay sends its own."""
        clock = {name: OPENED[name] for name in ("v", "event_id", "occurred_at", "recorded_at", "source")}
        a = log(tmp_path / "a.jsonl", [ASSIGNED, {**ASSIGNED, "event_id": "e9", "recorded_at": "2026-03-02T18:00:00Z"}])
        b = log(tmp_path / "b.jsonl", [OPENED, {**clock, "type": "clock"}])
        code, out, _ = run(capsys, "replay", a, b, *there(deployment))
        assert code == 0
        assert "3 events in " in out
        assert ", 1 clock records of the logs left out" in out
        assert ": 2026-03-02T18:00:00.001Z\n" in out  # one millisecond after the last event

    def test_a_speed_is_kept(self, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An hour at 3600x takes a second, and the clock advances during it."""
        events = [OPENED, ASSIGNED]
        started = time.monotonic()
        code, out, _ = run(
            capsys, "replay", log(tmp_path / "log.jsonl", events), "--speed", "3600x", *there(deployment)
        )
        assert code == 0
        assert time.monotonic() - started >= 1.0
        assert re.search(r"at most [\d,]+ ms late", out)
        clocks = {
            event.recorded_at
            for _, _, rows in partitions(deployment)
            for _, event in rows
            if isinstance(event, hot.Clock)
        }
        assert len(clocks) >= 2

    def test_a_dry_run_sends_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It prints what it would send and for how long, and needs no broker."""
        file = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
        code, out, _ = run(capsys, "replay", file, "--dry-run", "--speed", "60x", "--brokers", "127.0.0.1:1")
        assert code == 0
        span = "recorded 2026-03-02T15:00:00.000Z to 2026-03-02T16:00:00.000Z"
        assert out.splitlines() == [
            "2 events would be sent",
            f"{span}; clock records of 2026-03-02T16:00:00.001Z would follow",
            "             1 case_opened",
            "             1 officer_assigned",
            "it would take 60.0 s",
        ]


class TestInterrupted:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_it_says_where_to_continue(
        self, docket: Docket, deployment: Deployment, replays: Callable[..., ChildProcess], number: signal.Signals
    ) -> None:
        """A replay ends in the middle; a second one with its --from completes the topics without an omission."""
        first = replays(docket, deployment, "--rate", "1000")
        wait_until(lambda: len(deployment.read("check-ins")) > 100, "some events to arrive")
        os.kill(first.pid, number)
        assert first.wait(LIMIT) == 128 + number
        found = re.search(r"[\d,]+ events were sent; resume with --from (\S+)\n", first.output())
        assert found, first.output()
        assert "Traceback" not in first.output()
        assert sent(deployment) != kept(docket)
        second = replays(docket, deployment, "--from", found[1])
        assert second.wait(LIMIT) == 0, second.output()
        assert set(sent(deployment)) == set(kept(docket))

    def test_in_the_background_sigterm_ends_it(
        self, docket: Docket, deployment: Deployment, replays: Callable[..., ChildProcess]
    ) -> None:
        """Started with SIGINT ignored, it says so once, goes on after SIGINT, and SIGTERM says where to resume."""
        with ignored(signal.SIGINT):
            replay = replays(docket, deployment, "--rate", "1000")
        wait_until(lambda: len(deployment.read("check-ins")) > 100, "some events to arrive")
        os.kill(replay.pid, signal.SIGINT)
        os.kill(replay.pid, signal.SIGTERM)
        assert replay.wait(LIMIT) == 128 + signal.SIGTERM, replay.output()
        assert re.fullmatch(
            rf"SIGINT and Ctrl-C are ignored, as they were at the start: SIGTERM \(`kill {replay.pid}`\) ends the "
            r"replay and prints where to resume\n"
            r"[\d,]+ events were sent; resume with --from \S+\n\nEnded by SIGTERM\.\n",
            replay.output(),
        ), replay.output()

    @pytest.mark.kafka
    def test_a_restarted_broker_loses_nothing(
        self, kafka_needed: None, docket: Docket, namespace: str, tmp_path: Path, replays: Callable[..., ChildProcess]
    ) -> None:
        """The broker is killed in the middle of a replay and restarted: each event occurs exactly once."""
        with KafkaBroker(tmp_path / "kafka") as broker:
            deployment = Deployment(broker.bootstrap, namespace).create()
            replay = replays(docket, deployment, "--rate", "1000")
            wait_until(lambda: len(deployment.read("check-ins")) > 100, "some events to arrive")
            broker.kill()
            broker.start()
            assert replay.wait(LIMIT) == 0, replay.output()
            assert sent(deployment) == kept(docket)

    @pytest.mark.kafka
    def test_a_broker_that_stays_away_is_reported(
        self, kafka_needed: None, docket: Docket, namespace: str, tmp_path: Path, replays: Callable[..., ChildProcess]
    ) -> None:
        """One sentence says where to continue; the exit code is 2, and there is no traceback."""
        with KafkaBroker(tmp_path / "kafka") as broker:
            deployment = Deployment(broker.bootstrap, namespace).create()
            replay = replays(docket, deployment, "--rate", "1000", DOCKETWATCH_REQUEST_TIMEOUT="3s")
            wait_until(lambda: len(deployment.read("check-ins")) > 100, "some events to arrive")
            broker.kill()
            assert replay.wait(LIMIT) == 2, replay.output()
        assert re.fullmatch(
            r"docketwatch: the broker has not acknowledged events for 3 s: it seems to be gone; "
            r"[\d,]+ events were sent; resume with --from \S+\n",
            replay.output(),
        )


class TestSentences:
    def test_no_broker(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The error comes at once, before the log is read."""
        code, _, err = run(capsys, "replay", log(tmp_path / "a", [OPENED]), "--brokers", "127.0.0.1:1")
        assert (2, "docketwatch: no broker answers at 127.0.0.1:1: ") == (code, err[:47])

    @pytest.mark.embedded
    def test_no_topics(
        self, embedded_broker: str, namespace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error names them and the command that creates them."""
        words = ("--brokers", embedded_broker, "--prefix", namespace)
        code, _, err = run(capsys, "replay", log(tmp_path / "a", [OPENED]), *words)
        assert code == 2
        assert f"lacks {namespace}.cases, {namespace}.check-ins," in err
        assert err.endswith(": `docketwatch topics create` makes them\n")

    @pytest.mark.embedded
    def test_a_bad_line(
        self, embedded_broker: str, namespace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error has file, line and field."""
        deployment = Deployment(embedded_broker, namespace).create()
        file = log(tmp_path / "a.jsonl", [OPENED, {**ASSIGNED, "office": "!"}])
        code, _, err = run(capsys, "replay", file, *there(deployment))
        assert code == 2
        assert err.startswith(f"docketwatch: {file}:2: office: ")

    @pytest.mark.parametrize("speed", ["60", "0x", "x", "-1x", "fast"])
    def test_an_invalid_speed(self, speed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The error says what would be valid."""
        code, _, err = run(capsys, "replay", log(tmp_path / "a", [OPENED]), "--speed", speed)
        assert code == 2
        assert "must be a multiple of real time such as 60x or 0.5x, or max" in err
