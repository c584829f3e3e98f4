"""Input that is deleted before it is read: named, counted, and held until an operator accepts it."""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas import hot
from schemas.decode import encode_event
from streams.errors import BrokerError
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.tools.docket_events import NoHistoryError, read_topics
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.gaps import (
    accept,
    alert_revisions,
    audit_records,
    await_gap,
    broker_options,
    clocks,
    gaps,
    labels,
    readiness,
    values,
)
from tests.kafka.half_deleted_log import HalfDeletedLog
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import newest, without, without_observed_at
from tests.kafka.waiting import wait_until
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka

DAY = 86_400_000


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=40)


@dataclass(frozen=True)
class LongSessionDeployment(Deployment):
    """A deployment whose workers may be paused for a long time."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "DOCKETWATCH_SESSION_TIMEOUT": "10m"}


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return LongSessionDeployment(apache_kafka, namespace, partitions=2).create()


@pytest.fixture
def log(docket: Docket, deployment: Deployment) -> HalfDeletedLog:
    return HalfDeletedLog(docket, deployment)


class TestRetention:
    def test_nothing_is_judged_behind_a_gap_until_it_is_accepted(
        self, log: HalfDeletedLog, deployment: Deployment, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A downtime exceeds the retention: the gap is held, named and counted; then the outputs lack its events."""
        log.feed_first()
        workers.start(deployment).ready().finish(log.middle)
        before = alert_revisions(deployment)
        log.feed_second()
        gone = log.delete("check-ins", 0, 1)

        worker = workers.start(deployment).ready()
        await_gap(worker, deployment, "check-ins", 0, 1)
        assert gaps(worker) == {
            labels(deployment, "check-ins", number): last - first + 1 for number, (first, last) in gone.items()
        }
        assert max(clocks(worker)) <= log.middle
        assert alert_revisions(deployment) == before
        assert f'docketwatch_feed_blind{{topic="{deployment.prefix}.check-ins"}} 1.0' in worker.metrics()
        first, last = gone[1]
        sentence = (
            f"{deployment.prefix}.check-ins: partition 1 lost offsets {first} to {last} ({last - first + 1} records) "
            "before they were read; everything recorded up to "
        )
        assert worker.output().count(sentence) == 1
        assert readiness(worker).startswith("ready\n")
        assert sentence in readiness(worker)
        code, out, _ = run(capsys, "gaps", "list", *broker_options(deployment))
        assert (code, out.splitlines()[-1]) == (1, "2 gaps are open")
        case_id = next(each["case_id"] for each in values(deployment) if partition_of(each["case_id"].encode(), 2) == 1)
        code, out, _ = run(capsys, "explain", case_id, *broker_options(deployment))
        assert code == 0
        assert f"  held: {sentence}" in out

        accept(capsys, deployment, "check-ins", "--partition", "1")
        wait_until(lambda: set(gaps(worker)) == {labels(deployment, "check-ins", 0)}, "a gap that is passed")
        assert run(capsys, "gaps", "list", *broker_options(deployment))[1].endswith("\n1 gap is open\n")
        wait_until(lambda: max(clocks(worker)) == log.docket.until, "a clock that goes on")
        assert min(clocks(worker)) <= log.middle
        accept(capsys, deployment, "check-ins")
        worker.finish(log.docket.until)

        assert alert_revisions(deployment) == log.expected()
        assert len(log.gone) > 50
        assert alert_revisions(deployment) != without_observed_at(log.docket.expected.alerts)
        assert [(each["action"], each["partition"], each["actor"]) for each in audit_records(deployment)[2:]] == [
            ("gap_accepted", 1, "ops-1"),
            ("gap_accepted", 0, "ops-1"),
        ]
        assert (0, "0 gaps are open\n") == run(capsys, "gaps", "list", *broker_options(deployment))[:2]

    def test_only_a_gap_that_is_open_can_be_accepted(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error names the command that lists the gaps."""
        code, _, err = run(capsys, "gaps", "accept", "cases", "--partition", "1", *broker_options(deployment))
        assert code == 2
        assert (
            f"partition 1 of {deployment.prefix}.cases has no gap that is open; `docketwatch gaps list` names them"
            in err
        )
        code, _, err = run(capsys, "gaps", "accept", "cases", "--actor", "no id", *broker_options(deployment))
        assert (code, "--actor" in err) == (2, True)

    def test_a_gap_survives_a_restart_and_a_move(
        self, log: HalfDeletedLog, deployment: Deployment, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The changelog has it once, whichever worker owns the partition; once passed, it stays passed."""
        log.feed_first()
        workers.start(deployment).ready().finish(log.middle)
        log.feed_second()
        log.delete("hearings", 0)
        held = workers.start(deployment).ready()
        await_gap(held, deployment, "hearings", 0)
        held.stop()

        worker = workers.start(deployment).ready()  # this worker has its own files, so it restores from the changelog
        await_gap(worker, deployment, "hearings", 0)
        assert min(clocks(worker)) <= log.middle
        assert [each["action"] for each in audit_records(deployment)] == ["gap_found"]
        accept(capsys, deployment, "hearings", "--partition", "0")
        wait_until(lambda: not gaps(worker), "a gap that is passed")
        worker.finish(log.docket.until)
        again = workers.start(deployment).ready()
        wait_until(lambda: min(clocks(again)) == log.docket.until, "a clock that stands at the end")

        assert not gaps(again)
        again.stop()
        assert alert_revisions(deployment) == log.expected()
        assert len(audit_records(deployment)) == 2


class TestWhileRunning:
    @pytest.mark.parametrize("short", ["check-ins", "reassignments"])
    def test_a_deletion_under_a_paused_worker(
        self,
        short: str,
        log: HalfDeletedLog,
        deployment: Deployment,
        workers: Workers,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The paused worker returns to a log without its offset."""
        log.feed_first()
        worker = workers.start(deployment).ready()
        wait_until(lambda: worker.has_passed(log.middle), "a worker that has worked through the first half")
        before = alert_revisions(deployment)
        os.kill(worker.child.pid, signal.SIGSTOP)
        log.complete_the_open_fetch(short, 1)
        log.feed_second()
        log.delete(short, 1)
        os.kill(worker.child.pid, signal.SIGCONT)

        await_gap(worker, deployment, short, 1)
        assert min(clocks(worker)) <= log.middle
        new = {json.loads(text)["case_id"] for text in alert_revisions(deployment) - before}
        assert {partition_of(case_id.encode(), 2) for case_id in new} <= {0}
        accept(capsys, deployment, short, "--partition", "1")
        worker.finish(log.docket.until)
        assert alert_revisions(deployment) == log.expected()


class TestTruncated:
    def test_a_truncated_log_is_held_even_after_it_has_grown(
        self, docket: Docket, kafka_needed: None, tmp_path: Path, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A disk was lost: later records behind the next offset change nothing."""
        with KafkaBroker(tmp_path / "broker") as broker:
            deployment = LongSessionDeployment(broker.bootstrap, "docket", partitions=2).create()
            log = HalfDeletedLog(docket, deployment)
            log.feed_first()
            workers.start(deployment).ready().finish(log.middle)
            before = alert_revisions(deployment)
            end = 1 + max(record.offset for record in deployment.read("hearings") if record.partition == 0)
            broker.stop()
            for file in (broker.data / "docket.hearings-0").iterdir():
                if file.name != "partition.metadata":
                    file.unlink()
            broker.start()

            held = workers.start(deployment).ready()
            await_gap(held, deployment, "hearings", 0)
            held.stop()
            sentence = (
                f"docket.hearings: partition 0 was read up to offset {end - 1}, and its log was cut off at offset 0 "
            )
            assert sentence in held.output()
            deployment.send({("docket.hearings", 0): [(None, encode_event(clock(log.middle + n))) for n in range(end)]})
            log.feed_second()
            worker = workers.start(deployment).ready()
            await_gap(worker, deployment, "hearings", 0)
            wait_until(lambda: max(clocks(worker)) == docket.until, "the other partition, which goes on")
            accept(capsys, deployment, "hearings")
            worker.finish(docket.until)

            assert {json.loads(text)["case_id"] for text in before} <= {each["case_id"] for each in values(deployment)}
            assert alert_revisions(deployment) == log.expected()


class TestOfficers:
    def test_a_gap_of_officer_events_holds_officer_alerts(
        self, log: HalfDeletedLog, deployment: Deployment, workers: Workers, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Only its partition waits; alerts of cases continue."""
        log.feed_first()
        workers.start(deployment).ready().finish(log.middle)
        log.feed_second()
        log.delete("officers", 1, share=1.0)

        worker = workers.start(deployment).ready()
        wait_until(lambda: gaps(worker).keys() == {labels(deployment, "officers", 1)}, "a gap that is known")
        wait_until(lambda: min(clocks(worker)) == log.docket.until, "case partitions that go on")
        assert min(worker.values("docketwatch_officer_clock_timestamp_seconds")) * 1000 <= log.middle
        accept(capsys, deployment, "officers", "--partition", "1")
        worker.finish(log.docket.until)

        assert alert_revisions(deployment) == log.expected()
        found = without_observed_at(record.value for record in deployment.read("officer-alerts"))
        assert found == log.expected(officers=True)

    def test_a_gap_of_load_partials_heals(self, log: HalfDeletedLog, deployment: Deployment, workers: Workers) -> None:
        """The gap is named and passed at once; after the next full partials the loads are right."""
        log.feed_first()
        workers.start(deployment).ready().finish(log.middle)
        deployment.send({(f"{deployment.prefix}.load-partials", 0): [(None, b"no partial")] * 3})
        deployment.delete_all("load-partials")
        log.feed_second()
        worker = workers.start(deployment).ready()
        worker.finish(log.docket.until)

        assert f"{deployment.prefix}.load-partials: partition 0 lost offsets " in worker.output()
        assert f"{deployment.prefix}.load-partials: partition 0: its gap is closed" in worker.output()
        assert alert_revisions(deployment) == log.expected()
        assert not audit_records(deployment)
        loads = without("as_of", newest(deployment.read("officer-load")).values())
        assert loads == without("as_of", log.docket.expected.loads)


class TestReaders:
    def test_no_reader_skips_deleted_records(self, deployment: Deployment) -> None:
        """A command that continues reading reports the deleted records and their topic."""
        name = f"{deployment.prefix}.cases"
        deployment.send({(name, 0): [(b"c", b"%d" % number) for number in range(10)]})

        async def read() -> list[int]:
            begin: dict[tuple[str, int], int] = {}
            async with LogReader(Settings.load(brokers=deployment.broker, prefix=deployment.prefix)) as reader:
                found = [record.offset async for _, rows in reader.read([(name, 0)], begin=begin) for record in rows]
                place_of_it = {(name, 0): 4}
                await asyncio.to_thread(deployment.delete_before, {("cases", 0): 7})
                with pytest.raises(BrokerError, match=f"{name}: partition 0 no longer keeps offset 4,"):
                    async for _ in reader.read([(name, 0)], begin=place_of_it):
                        pass
            return found

        assert asyncio.run(read()) == list(range(10))

    def test_the_page_of_offices_does_not_take_the_rest_for_the_docket(self, deployment: Deployment) -> None:
        """What is ahead of half a docket is not what is ahead of the docket."""
        deployment.send({(f"{deployment.prefix}.cases", 0): [(b"c", b"%d" % number) for number in range(10)]})
        deployment.delete_before({("cases", 0): 7})
        settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=deployment.partitions)
        gone = "no longer hold the docket from its beginning; 7 records were deleted after their retention"
        with pytest.raises(NoHistoryError, match=gone):
            asyncio.run(read_topics(settings, lambda _done, _total: None))


class TestMarkers:
    def test_a_quiet_feed_with_transactions_has_no_gap(self, deployment: Deployment, workers: Workers) -> None:
        """Retention deletes its last record and its commit marker: no record was missed."""
        worker = workers.start(deployment, "--clock", "wall").ready()
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
        asyncio.run(_send_in_transaction(deployment, opened))
        number = partition_of(b"c-1", deployment.partitions)
        wait_until(lambda: asyncio.run(_committed(deployment, number)) == 2, "an offset behind the mark")
        worker.stop()
        deployment.delete_all("cases")
        worker = workers.start(deployment, "--clock", "wall").ready()
        wait_until(lambda: min(clocks(worker)) > DAY, "a clock that follows the wall")

        assert not gaps(worker)
        worker.stop()
        assert not audit_records(deployment)


async def _send_in_transaction(deployment: Deployment, event: hot.CaseOpened) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=deployment.broker, transactional_id=f"{deployment.prefix}-feed")
    await producer.start()
    try:
        async with producer.transaction():
            key = event.case_id.encode()
            partition = partition_of(key, deployment.partitions)
            await producer.send_and_wait(
                f"{deployment.prefix}.cases", encode_event(event), key=key, partition=partition
            )
    finally:
        await producer.stop()


async def _committed(deployment: Deployment, number: int) -> int | None:
    reader = AIOKafkaConsumer(bootstrap_servers=deployment.broker, group_id=deployment.prefix, enable_auto_commit=False)
    await reader.start()
    try:
        offset: int | None = await reader.committed(TopicPartition(f"{deployment.prefix}.cases", number))
    finally:
        await reader.stop()
    return offset
