"""Input that is deleted before it is read: named, counted, and held until an operator accepts it."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas import hot
from schemas.decode import encode_event
from schemas.policy import load_policy
from schemas.topics import topic_of
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.errors import BrokerError
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.tools.docket_events import NoHistoryError, read_topics
from tests.kafka.brokers import KafkaBroker
from tests.kafka.docket import Docket, Place, Workers, clock
from tests.kafka.gaps import accept, alert_revisions, audited, clocks, gaps, held_at, labels, ready_says, there, values
from tests.kafka.same_outputs import newest, without, without_observed_at
from tests.kafka.waiting import wait_until
from tests.unit.cli.test_evaluate import run

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

DAY = 86_400_000


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=40)


@dataclass(frozen=True)
class Patient(Place):
    """A place whose workers may be paused for a long time."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "DOCKETWATCH_SESSION_TIMEOUT": "60s"}


@pytest.fixture
def place(apache_kafka: str, namespace: str) -> Place:
    return Patient(apache_kafka, namespace, partitions=2).create()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Start workers, and end the processes that a failed test leaves."""
    started = Workers(tmp_path)
    yield started
    started.end()


class Halves:
    """A log in two halves; a part of the second is deleted unread.

    Attributes:
        place: Its topics.
        middle: The last instant (ms) of the first half.
        gone: The events that are deleted.
    """

    def __init__(self, docket: Docket, place: Place) -> None:
        self.docket, self.place = docket, place
        start = docket.events[0].recorded_at
        self.middle = start + (docket.until - start) // 2
        self.gone: list[hot.Event] = []
        self._first = [event for event in docket.events if event.recorded_at <= self.middle]
        self._second = [event for event in docket.events if event.recorded_at > self.middle]

    def feed_first(self) -> None:
        self.place.feed(self._first, until=self.middle)

    def complete_the_open_fetch(self) -> None:
        """Let the broker complete the open fetch, so that its answer has none of the later records."""
        record = None, encode_event(clock(self.middle + 1))
        self.place.send({(f"{self.place.prefix}.cases", number): [record] for number in range(self.place.partitions)})

    def feed_second(self) -> None:
        self.place.feed(self._second, until=self.docket.until)

    def delete(self, short: str, *numbers: int, share: float = 0.4) -> dict[int, tuple[int, int]]:
        """Delete a share of the second half in partitions of a topic; return first and last deleted offsets."""
        gone = {}
        for number in numbers:
            first = len(self._of(self._first, short, number))  # the offset of the clock record; the events follow
            events = self._of(self._second, short, number)
            events = events[: int(len(events) * share)]
            self.place.delete_before({(short, number): first + 1 + len(events)})
            self.gone += events
            gone[number] = first, first + len(events)
        return gone

    def expected(self, *, officers: bool = False) -> Any:
        """Return what the core computes from the log without the deleted events."""
        gone = {id(event) for event in self.gone}
        evaluation = Evaluation(Rules(load_policy(None)))
        left = (event for event in self.docket.events if id(event) not in gone)
        found: list[bytes] = []
        for step in evaluation.run(left, self.docket.until):
            revisions = step.officers.alerts if officers else step.effects.alerts
            found += [revision.json() for revision in revisions]
        return without_observed_at(found)

    def _of(self, events: Sequence[hot.Event], short: str, number: int) -> list[hot.Event]:
        name = f"docket.{short}"
        return [
            event
            for event in events
            if topic_of(event.type) == name and partition_of(_key(event), self.place.partitions) == number
        ]


def _key(event: hot.Event) -> bytes:
    key = event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")
    return str(key).encode()


@pytest.fixture
def halves(docket: Docket, place: Place) -> Halves:
    return Halves(docket, place)


class TestRetention:
    def test_nothing_is_judged_behind_a_gap_until_it_is_accepted(
        self, halves: Halves, place: Place, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A downtime exceeds the retention: the gap is held, named and counted; then the outputs lack its events."""
        halves.feed_first()
        workers.start(place).ready().finish(halves.middle)
        before = alert_revisions(place)
        halves.feed_second()
        gone = halves.delete("check-ins", 0, 1)

        worker = workers.start(place).ready()
        held_at(worker, place, "check-ins", 0, 1)
        assert gaps(worker) == {
            labels(place, "check-ins", number): last - first + 1 for number, (first, last) in gone.items()
        }
        assert max(clocks(worker)) <= halves.middle
        assert alert_revisions(place) == before
        assert f'docketwatch_feed_blind{{topic="{place.prefix}.check-ins"}} 1.0' in worker.metrics()
        first, last = gone[1]
        sentence = (
            f"{place.prefix}.check-ins: partition 1 lost offsets {first} to {last} ({last - first + 1} records) before "
            "they were read; everything recorded up to "
        )
        assert worker.output().count(sentence) == 1
        assert ready_says(worker).startswith("ready\n")
        assert sentence in ready_says(worker)
        code, out, _ = run(capsys, "gaps", "list", *there(place))
        assert (code, out.splitlines()[-1]) == (1, "2 gaps are open")
        case_id = next(each["case_id"] for each in values(place) if partition_of(each["case_id"].encode(), 2) == 1)
        code, out, _ = run(capsys, "explain", case_id, *there(place))
        assert code == 0
        assert f"  held: {sentence}" in out

        accept(capsys, place, "check-ins", "--partition", "1")
        wait_until(lambda: set(gaps(worker)) == {labels(place, "check-ins", 0)}, 60, "a gap that is passed")
        wait_until(lambda: max(clocks(worker)) == halves.docket.until, 60, "a clock that goes on")
        assert min(clocks(worker)) <= halves.middle
        accept(capsys, place, "check-ins")
        worker.finish(halves.docket.until)

        assert alert_revisions(place) == halves.expected()
        assert len(halves.gone) > 50
        assert alert_revisions(place) != without_observed_at(halves.docket.expected.alerts)
        assert [(each["action"], each["partition"], each["actor"]) for each in audited(place)[2:]] == [
            ("gap_accepted", 1, "ops-1"),
            ("gap_accepted", 0, "ops-1"),
        ]
        assert (0, "0 gaps are open\n") == run(capsys, "gaps", "list", *there(place))[:2]

    def test_only_a_gap_that_is_open_can_be_accepted(self, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names the command that lists the gaps."""
        code, _, err = run(capsys, "gaps", "accept", "cases", "--partition", "1", *there(place))
        assert code == 2
        assert f"partition 1 of {place.prefix}.cases has no gap that is open; `docketwatch gaps list` names them" in err
        code, _, err = run(capsys, "gaps", "accept", "cases", "--actor", "no id", *there(place))
        assert (code, "--actor" in err) == (2, True)

    def test_a_gap_survives_a_restart_and_a_move(
        self, halves: Halves, place: Place, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The changelog has it once, whichever worker owns the partition; once passed, it stays passed."""
        halves.feed_first()
        workers.start(place).ready().finish(halves.middle)
        halves.feed_second()
        halves.delete("hearings", 0)
        held = workers.start(place).ready()
        held_at(held, place, "hearings", 0)
        held.stop()

        worker = workers.start(place).ready()  # this worker has its own files, so it restores from the changelog
        held_at(worker, place, "hearings", 0)
        assert min(clocks(worker)) <= halves.middle
        assert [each["action"] for each in audited(place)] == ["gap_found"]
        accept(capsys, place, "hearings", "--partition", "0")
        wait_until(lambda: not gaps(worker), 60, "a gap that is passed")
        worker.finish(halves.docket.until)
        again = workers.start(place).ready()
        wait_until(lambda: min(clocks(again)) == halves.docket.until, 60, "a clock that stands at the end")

        assert not gaps(again)
        again.stop()
        assert alert_revisions(place) == halves.expected()
        assert len(audited(place)) == 2


class TestWhileRunning:
    @pytest.mark.parametrize("short", ["check-ins", "reassignments"])
    def test_a_deletion_under_a_paused_worker(
        self, short: str, halves: Halves, place: Place, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The paused worker returns to a log without its offset."""
        halves.feed_first()
        worker = workers.start(place).ready()
        wait_until(lambda: worker.has_passed(halves.middle), 60, "a worker that has worked through the first half")
        before = alert_revisions(place)
        os.kill(worker.child.pid, signal.SIGSTOP)
        halves.complete_the_open_fetch()
        halves.feed_second()
        halves.delete(short, 1)
        os.kill(worker.child.pid, signal.SIGCONT)

        held_at(worker, place, short, 1)
        assert min(clocks(worker)) <= halves.middle
        new = {json.loads(text)["case_id"] for text in alert_revisions(place) - before}
        assert {partition_of(case_id.encode(), 2) for case_id in new} <= {0}
        accept(capsys, place, short, "--partition", "1")
        worker.finish(halves.docket.until)
        assert alert_revisions(place) == halves.expected()


class TestTruncated:
    def test_a_truncated_log_is_held_even_after_it_has_grown(
        self, docket: Docket, kafka_needed: None, tmp_path: Path, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A disk was lost: later records behind the next offset change nothing."""
        with KafkaBroker(tmp_path / "broker") as broker:
            place = Patient(broker.bootstrap, "docket", partitions=2).create()
            halves = Halves(docket, place)
            halves.feed_first()
            workers.start(place).ready().finish(halves.middle)
            before = alert_revisions(place)
            end = 1 + max(record.offset for record in place.read("hearings") if record.partition == 0)
            broker.stop()
            for file in (broker.data / "docket.hearings-0").iterdir():
                if file.name != "partition.metadata":
                    file.unlink()
            broker.start()

            held = workers.start(place).ready()
            held_at(held, place, "hearings", 0)
            held.stop()
            sentence = "docket.hearings: partition 0 ends at offset 0, and offset "
            assert sentence in held.output()
            place.send({("docket.hearings", 0): [(None, encode_event(clock(halves.middle + n))) for n in range(end)]})
            halves.feed_second()
            worker = workers.start(place).ready()
            held_at(worker, place, "hearings", 0)
            wait_until(lambda: max(clocks(worker)) == docket.until, 60, "the other partition, which goes on")
            accept(capsys, place, "hearings")
            worker.finish(docket.until)

            assert {json.loads(text)["case_id"] for text in before} <= {each["case_id"] for each in values(place)}
            assert alert_revisions(place) == halves.expected()


class TestOfficers:
    def test_a_gap_of_officer_events_holds_officer_alerts(
        self, halves: Halves, place: Place, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Only its partition waits; alerts of cases continue."""
        halves.feed_first()
        workers.start(place).ready().finish(halves.middle)
        halves.feed_second()
        halves.delete("officers", 1, share=1.0)

        worker = workers.start(place).ready()
        wait_until(lambda: gaps(worker).keys() == {labels(place, "officers", 1)}, 60, "a gap that is known")
        wait_until(lambda: min(clocks(worker)) == halves.docket.until, 60, "case partitions that go on")
        assert min(worker.values("docketwatch_officer_clock_timestamp_seconds")) * 1000 <= halves.middle
        accept(capsys, place, "officers", "--partition", "1")
        worker.finish(halves.docket.until)

        assert alert_revisions(place) == halves.expected()
        told_of = without_observed_at(record.value for record in place.read("officer-alerts"))
        assert told_of == halves.expected(officers=True)

    def test_a_gap_of_load_partials_heals(self, halves: Halves, place: Place, workers: Workers) -> None:
        """The gap is named and passed at once; after the next full partials the loads are right."""
        halves.feed_first()
        workers.start(place).ready().finish(halves.middle)
        place.send({(f"{place.prefix}.load-partials", 0): [(None, b"no partial")] * 3})
        place.delete_all("load-partials")
        halves.feed_second()
        worker = workers.start(place).ready()
        worker.finish(halves.docket.until)

        assert f"{place.prefix}.load-partials: partition 0 lost offsets " in worker.output()
        assert f"{place.prefix}.load-partials: partition 0: its gap is closed" in worker.output()
        assert alert_revisions(place) == halves.expected()
        assert not audited(place)
        loads = without("as_of", newest(place.read("officer-load")).values())
        assert loads == without("as_of", halves.docket.expected.loads)


class TestReaders:
    def test_no_reader_skips_deleted_records(self, place: Place) -> None:
        """A command that continues reading reports the deleted records and their topic."""
        name = f"{place.prefix}.cases"
        place.send({(name, 0): [(b"c", b"%d" % number) for number in range(10)]})

        async def read() -> list[int]:
            begin: dict[tuple[str, int], int] = {}
            async with LogReader(Settings.load(brokers=place.broker, prefix=place.prefix)) as reader:
                found = [record.offset async for _, rows in reader.read([(name, 0)], begin=begin) for record in rows]
                place_of_it = {(name, 0): 4}
                await asyncio.to_thread(place.delete_before, {("cases", 0): 7})
                with pytest.raises(BrokerError, match=f"{name}: partition 0 no longer keeps offset 4,"):
                    async for _ in reader.read([(name, 0)], begin=place_of_it):
                        pass
            return found

        assert asyncio.run(read()) == list(range(10))

    def test_the_page_of_offices_does_not_take_the_rest_for_the_docket(self, place: Place) -> None:
        """What is ahead of half a docket is not what is ahead of the docket."""
        place.send({(f"{place.prefix}.cases", 0): [(b"c", b"%d" % number) for number in range(10)]})
        place.delete_before({("cases", 0): 7})
        settings = Settings.load(brokers=place.broker, prefix=place.prefix, partitions=place.partitions)
        gone = "no longer hold the docket from its beginning; 7 records were deleted after their retention"
        with pytest.raises(NoHistoryError, match=gone):
            asyncio.run(read_topics(settings, lambda _done, _total: None))


class TestMarkers:
    def test_a_quiet_feed_with_transactions_has_no_gap(self, place: Place, workers: Workers) -> None:
        """Retention deletes its last record and its commit marker: no record was missed."""
        worker = workers.start(place, "--clock", "wall").ready()
        opened = hot.CaseOpened(
            v=1,
            event_id="e-1",
            occurred_at=DAY,
            recorded_at=DAY,
            source="feed",
            case_id="c-1",
            office="ATL",
            level="low",
        )
        asyncio.run(_send_in_transaction(place, opened))
        number = partition_of(b"c-1", place.partitions)
        wait_until(lambda: asyncio.run(_committed(place, number)) == 2, 60, "an offset behind the mark")
        worker.stop()
        place.delete_all("cases")
        worker = workers.start(place, "--clock", "wall").ready()
        wait_until(lambda: min(clocks(worker)) > DAY, 60, "a clock that follows the wall")

        assert not gaps(worker)
        worker.stop()
        assert not audited(place)


async def _send_in_transaction(place: Place, event: hot.CaseOpened) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=place.broker, transactional_id=f"{place.prefix}-feed")
    await producer.start()
    try:
        async with producer.transaction():
            key = event.case_id.encode()
            partition = partition_of(key, place.partitions)
            await producer.send_and_wait(f"{place.prefix}.cases", encode_event(event), key=key, partition=partition)
    finally:
        await producer.stop()


async def _committed(place: Place, number: int) -> int | None:
    reader = AIOKafkaConsumer(bootstrap_servers=place.broker, group_id=place.prefix, enable_auto_commit=False)
    await reader.start()
    try:
        offset: int | None = await reader.committed(TopicPartition(f"{place.prefix}.cases", number))
    finally:
        await reader.stop()
    return offset
