"""Every producer's records are read, with any codec of the producer or the topic, and with any extra content."""

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from confluent_kafka import Producer

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_text
from schemas.topics import catalogue, input_topics, topic_of
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.producers import CODECS, codecs_on_disk, send_by_java, send_by_librdkafka
from tests.kafka.same_outputs import assert_same, newest, without_observed_at
from tests.kafka.waiting import LIMIT
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka

Send = Callable[[str, str, Sequence[tuple[bytes, bytes]], str], None]


@pytest.fixture(scope="module")
def broker(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker whose log the test can read."""
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=30)


@pytest.fixture
def deployment(broker: KafkaBroker, namespace: str) -> Deployment:
    return Deployment(broker.bootstrap, namespace).create()


def by_topic(deployment: Deployment, events: Sequence[hot.Event]) -> dict[str, list[tuple[bytes, bytes]]]:
    """Return key and value of the events of each topic, in order."""
    records: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for event in events:
        key = event.case_id if isinstance(event, hot.CaseEvent) else event.officer_id
        records[topic_of(event.type, deployment.prefix)].append((key.encode(), encode_event(event)))
    return records


class TestProducers:
    @pytest.mark.parametrize("send", [send_by_librdkafka, send_by_java], ids=["librdkafka", "java"])
    def test_a_codec_of_each_topics_producer(
        self, send: Send, broker: KafkaBroker, deployment: Deployment, docket: Docket, workers: Workers
    ) -> None:
        """Five topics in five codecs give the same alerts and loads, revision by revision."""
        records = by_topic(deployment, docket.events)
        codecs = dict(zip(sorted(records), CODECS, strict=True))
        for name, codec in codecs.items():
            send(deployment.broker, name, records[name], codec)
        assert {name: {codec} for name, codec in codecs.items()} == codecs_on_disk(broker.data, list(codecs))
        deployment.feed([], until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        assert_same(docket, deployment)

    def test_a_producer_that_changes_its_codec(
        self, broker: KafkaBroker, deployment: Deployment, docket: Docket, workers: Workers
    ) -> None:
        """Every topic has batches of every codec, one after the other."""
        records = by_topic(deployment, docket.events)
        for turn in range(len(CODECS)):
            for number, name in enumerate(sorted(records)):
                start, end = (len(records[name]) * step // len(CODECS) for step in (turn, turn + 1))
                send_by_librdkafka(
                    deployment.broker, name, records[name][start:end], CODECS[(turn + number) % len(CODECS)]
                )
        assert {name: set(CODECS) for name in records} == codecs_on_disk(broker.data, list(records))
        deployment.feed([], until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        assert_same(docket, deployment)


class TestTopics:
    @pytest.fixture
    def codecs(self, deployment: Deployment) -> dict[str, str]:
        """Give every topic a codec that differs from its producer's; changelogs get every codec too."""
        entries = catalogue(deployment.prefix, deployment.partitions)
        names = {"none": "uncompressed"}
        codecs = {entry.name: CODECS[number % len(CODECS)] for number, entry in enumerate(entries)}
        codecs[f"{deployment.prefix}.case-state"], codecs[f"{deployment.prefix}.officer-state"] = "zstd", "snappy"
        for entry in entries:
            codec = codecs[entry.name]
            deployment.configure(entry.short, {**entry.settings, "compression.type": names.get(codec, codec)})
        return codecs

    def test_every_reader_reads_them(
        self, broker: KafkaBroker, deployment: Deployment, codecs: dict[str, str], docket: Docket, tmp_path: Path,
        workers: Workers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        """`verify` finds its alerts; another worker restores the changelog; `explain` and the console read it."""
        for name, value in deployment.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path / "data"))
        expected = tmp_path / "expected.jsonl"
        expected.write_bytes(b"".join(line + b"\n" for line in docket.expected.alerts))
        until = to_text(docket.until)
        code, out, _ = run(
            capsys, "verify", str(docket.log), "--until", until, "--expect", str(expected), "--with-worker"
        )
        assert code == 0, out
        assert ": equal\n" in out

        found = codecs_on_disk(broker.data, list(codecs))
        written = {name for name, seen in found.items() if seen}
        assert {f"{deployment.prefix}.{short}" for short in ("cases", "case-state", "lost-track-alerts")} < written
        assert {name: {codecs[name]} for name in written} == {name: found[name] for name in written}

        worker = workers.start(deployment, data=tmp_path / "another").ready()
        assert worker.total('docketwatch_restored_records_total{agent="cases"}') > 300
        worker.stop()

        case_id = json.loads(docket.expected.alerts[-1])["case_id"]
        kept = self.explain(deployment, case_id)
        assert (
            kept.splitlines()[1:]
            == self.explain(deployment, case_id, str(docket.log), "--until", until).splitlines()[1:]
        )

        public = deployment.read("lost-track-alerts")
        assert newest(public) == asyncio.run(self.followed(deployment, "lost-track-alerts", len(public)))

    @staticmethod
    def explain(deployment: Deployment, *words: str) -> str:
        command = [sys.executable, "-m", "streams.cli.main", "explain", *words]
        done = subprocess.run(
            command, env=deployment.environment, capture_output=True, text=True, check=True, timeout=LIMIT
        )
        return done.stdout

    @staticmethod
    async def followed(deployment: Deployment, short: str, count: int) -> dict[bytes, bytes]:
        """Return a topic's table as the console's reader makes it."""
        table: dict[bytes, bytes] = {}

        def keep(_: str, key: bytes, value: bytes | None) -> None:
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value

        caught_up = asyncio.Event()
        settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=deployment.partitions)
        reading = asyncio.create_task(
            read_as_table(settings, [f"{deployment.prefix}.{short}"], keep, on_caught_up=caught_up.set)
        )
        await asyncio.wait_for(caught_up.wait(), LIMIT)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        assert count >= len(table) > 0
        return table

    def test_load_test_measures_them(
        self, deployment: Deployment, codecs: dict[str, str], docket: Docket, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        """Its consumer reads the alerts in the topics' codecs."""
        for name, value in deployment.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path / "data"))
        found = tmp_path / "found.json"
        words = ("--with-worker", "--rate", "300", "--seconds", "4", "--warmup", "1", "--bound", "30")
        code, out, _ = run(capsys, "load-test", str(docket.log), *words, "--json", str(found))
        assert code == 0, out
        assert json.loads(found.read_text())["runs"][0]["alerts"] > 0


class TestRecords:
    def test_unusual_contents_of_a_record(self, deployment: Deployment, docket: Docket, workers: Workers) -> None:
        """Headers are ignored, aborted records are not read, tombstones are refused, and any timestamp is accepted."""
        records = by_topic(deployment, docket.events)
        cases, hearings = f"{deployment.prefix}.cases", f"{deployment.prefix}.hearings"
        entry = next(entry for entry in input_topics(deployment.prefix) if entry.name == hearings)
        deployment.configure("hearings", {**entry.settings, "message.timestamp.type": "CreateTime"})
        self.abort(deployment, {name: [(key, b"not an event") for key, _ in some] for name, some in records.items()})
        for name, some in records.items():
            send_by_librdkafka(deployment.broker, name, some, "lz4")
        send_by_librdkafka(deployment.broker, cases, [(b"case-tombstone", None)] * 3, "zstd")
        self.abort(deployment, {name: some[:50] for name, some in records.items()})
        deployment.feed([], until=docket.until)
        workers.start(deployment).ready().finish(docket.until)

        letters = [json.loads(record.value) for record in deployment.read("dead-letters")]
        assert [(cases, "not_json")] * 3 == [(letter["topic"], letter["code"]) for letter in letters]
        found = [
            record.value for short in ("lost-track-alerts", "restricted-alerts") for record in deployment.read(short)
        ]
        assert without_observed_at(found) == without_observed_at(docket.expected.alerts)

    @staticmethod
    def abort(deployment: Deployment, records: dict[str, list[tuple[bytes, bytes]]]) -> None:
        """Write records in a transaction, then abort it."""
        producer = Producer(
            {
                "bootstrap.servers": deployment.broker,
                "transactional.id": f"{deployment.prefix}-feed",
                "compression.codec": "snappy",
                "partitioner": "murmur2_random",
            }
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        for name, some in records.items():
            for key, value in some:
                producer.produce(name, value, key)
                producer.poll(0)
        assert producer.flush(LIMIT) == 0
        producer.abort_transaction(30)
