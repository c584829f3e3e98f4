"""Events that a worker reads again change nothing: a log replayed, a letter sent again, a takeover."""

import os
import signal
from pathlib import Path

import pytest

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_text
from schemas.topics import input_topics, topic, topic_of
from streams.kafka.client.partitioning import partition_of
from streams.kafka.work import KeyValue
from tests.kafka.deployment import Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.same_outputs import assert_same, assert_same_outputs
from tests.kafka.waiting import wait_until
from tests.repeating import repeat_in
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka
HOUR = 3_600_000
LATE = 'docketwatch_decisions_total{reason="late"}'


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """A docket whose feeds repeat themselves, judged an hour beyond its end: the repeats come in that hour."""
    made = Docket.make(tmp_path_factory.mktemp("docket"), cases=500, days=40)
    repeat_in(made.log, until=made.until)
    return Docket(made.log, made.until + HOUR)


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace).create()


def there(deployment: Deployment) -> tuple[str, ...]:
    return ("--brokers", deployment.broker, "--prefix", deployment.prefix)


def of_cases(docket: Docket) -> int:
    return sum(isinstance(event, hot.CaseEvent) for event in docket.events)


def address(event: hot.Event, deployment: Deployment) -> tuple[tuple[str, int], KeyValue]:
    """Return an event's topic and partition, and its record."""
    key = (event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")).encode()
    return (topic_of(event.type, deployment.prefix), partition_of(key, deployment.partitions)), (
        key,
        encode_event(event),
    )


def passed(worker: CliProcess, until: int) -> None:
    wait_until(lambda: worker.has_passed(until), f"a worker that has passed {to_text(until)}")


class TestReplay:
    def test_two_and_three_times(
        self, docket: Docket, deployment: Deployment, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`replay` sends the whole log again, and a third time to a worker that has taken over."""
        worker = workers.start(deployment).ready()
        quarter = HOUR // 4
        for times in (1, 2):
            until = docket.until - HOUR + times * quarter
            assert run(capsys, "replay", str(docket.log), "--until", to_text(until), *there(deployment))[0] == 0
            passed(worker, until)
        assert worker.total(LATE) >= of_cases(docket)
        worker.stop()
        worker = workers.start(deployment).ready()
        assert run(capsys, "replay", str(docket.log), "--until", to_text(docket.until), *there(deployment))[0] == 0
        worker.finish(docket.until)

        assert_same(docket, deployment)


class TestRedrive:
    def test_letters_of_applied_events(
        self, docket: Docket, deployment: Deployment, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Events that came by a wrong topic too are sent again by `redrive` after others; they were applied before."""
        wrong: dict[tuple[str, int], list[KeyValue]] = {}
        for event in docket.events:
            if event.type in ("check_in_scheduled", "hearing_scheduled", "officer_assigned"):
                (_, number), record = address(event, deployment)
                wrong.setdefault((topic("cases", deployment.prefix).name, number), []).append(record)
        worker = workers.start(deployment).ready()
        deployment.feed(docket.events, until=docket.until - HOUR)
        deployment.send(wrong)
        passed(worker, docket.until - HOUR)
        letters = sum(map(len, wrong.values()))
        wait_until(lambda: len(deployment.read("dead-letters")) == letters, "a letter of each")
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops", *there(deployment))
        assert (code, out) == (0, f"{letters:,} sent again, 0 not; audited as ops\n")
        deployment.feed([], until=docket.until)
        passed(worker, docket.until)
        assert worker.total(LATE) >= letters
        worker.stop()

        assert_same_outputs(docket, deployment)


class TestTakeover:
    def test_it_reads_again(self, docket: Docket, deployment: Deployment, workers: Workers, tmp_path: Path) -> None:
        """The next worker reads applied events again, because they lie behind an event that waits."""
        end = docket.until - HOUR
        waiting = ahead(docket, deployment, end + HOUR // 2)
        log = tmp_path / "events.jsonl"
        log.write_bytes(docket.log.read_bytes() + b"".join(encode_event(event) + b"\n" for event in waiting))
        whole = Docket(log, docket.until)

        quiet = topic("cases", deployment.prefix).name
        first = [event for event in docket.events if topic_of(event.type, deployment.prefix) != quiet]
        cases = [event for event in docket.events if topic_of(event.type, deployment.prefix) == quiet]
        worker = workers.start(deployment).ready()
        deployment.feed([*waiting, *first])
        held = sum(isinstance(event, hot.CaseEvent) for event in (*waiting, *first))
        wait_until(lambda: worker.total("docketwatch_events_held_back") == held, "a worker that has read them")
        deployment.feed(cases)
        # the other topics have later clocks, by their waiting events; no officer event waits
        names = {quiet, topic("officers", deployment.prefix).name}
        tell = [(None, encode_event(clock(end + 1)))]
        deployment.send({(name, number): tell for name in names for number in range(deployment.partitions)})
        passed(worker, end)
        assert worker.total(LATE) == 0
        os.kill(worker.child.pid, signal.SIGKILL)
        worker.child.wait()

        worker = workers.start(deployment).ready()
        deployment.feed([], until=docket.until)
        passed(worker, docket.until)
        assert worker.total(LATE) > len(first) // 2
        worker.stop()

        assert_same(whole, deployment)


def ahead(docket: Docket, deployment: Deployment, at: int) -> list[hot.Event]:
    """Return an event of each topic of cases but the first, in each partition, that waits until that instant."""
    found: dict[tuple[str, int], hot.Event] = {}
    for event in docket.events:
        where = address(event, deployment)[0]
        if (
            isinstance(event, hot.CaseEvent)
            and topic_of(event.type, deployment.prefix) != topic("cases", deployment.prefix).name
        ):
            found[where] = event
    assert len(found) == 3 * deployment.partitions == (len(input_topics(deployment.prefix)) - 2) * deployment.partitions
    again = []
    for event in found.values():
        later = type(event)(**{name: getattr(event, name) for name in event.__struct_fields__})
        later.event_id, later.occurred_at, later.recorded_at = f"{event.event_id}-ahead", at, at
        again.append(later)
    return again
