"""Events whose instants lie at the ends of time, on a broker: they cost neither time nor records."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_ms
from schemas.topics import topic_of
from streams.kafka.client.partitioning import partition_of
from streams.kafka.work import KeyValue
from tests.kafka.damage import published
from tests.kafka.deployment import PARTITIONS, Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import assert_same, assert_same_outputs

pytestmark = pytest.mark.kafka

REFUSED = {
    "0001-01-01T00:00:00Z": "(0001-01-01 is how Go and .NET write a date that was never set)",
    "1899-12-31T23:59:59Z": "must lie in the years 1900 to 9999 of UTC",
}

FIELDS = ("occurred_at", "recorded_at")
LAST = to_ms("9999-12-31T00:00:00Z")
MOST = 5_000
"""More records than fall due in the docket; a walk through the millennia would publish millions."""


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a small docket with alerts."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=20)


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


def unset(docket: Docket, deployment: Deployment) -> dict[tuple[str, int], list[KeyValue]]:
    """Return an event of each refused instant for every partition of every input topic, by topic and partition."""
    kinds: dict[str, dict[str, Any]] = {}
    for event in docket.events:
        kinds.setdefault(topic_of(event.type, deployment.prefix), json.loads(encode_event(event)))
    records: dict[tuple[str, int], list[KeyValue]] = {}
    for name, good in kinds.items():
        id_field = "case_id" if "case_id" in good else "officer_id"
        ids = {partition_of(f"x-{count}".encode(), PARTITIONS): f"x-{count}" for count in range(100)}
        for number in range(PARTITIONS):
            for instant in REFUSED:
                for field in FIELDS:
                    event = {**good, id_field: ids[number], field: instant}
                    records.setdefault((name, number), []).append((ids[number].encode(), json.dumps(event).encode()))
    return records


class TestUnsetInstants:
    def test_the_first_event_of_every_partition(self, docket: Docket, deployment: Deployment, workers: Workers) -> None:
        """Each is a dead letter with its reason; the worker gets ready, and nothing else of its outputs changes."""
        records = unset(docket, deployment)
        deployment.send(records)
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment).ready()
        worker.finish(docket.until)

        letters = [json.loads(row.value or b"") for row in deployment.read("dead-letters")]
        assert Counter({at: len(sent) for at, sent in records.items()}) == Counter(
            (letter["topic"], letter["partition"]) for letter in letters
        )
        assert {"bad_instant"} == {letter["code"] for letter in letters}
        assert {field: len(letters) // len(FIELDS) for field in FIELDS} == Counter(row["field"] for row in letters)
        assert all(any(sentence in letter["sentence"] for sentence in REFUSED.values()) for letter in letters)
        assert len(letters) // 2 == sum("Go and .NET" in letter["sentence"] for letter in letters)
        assert_same_outputs(docket, deployment)


class TestLastYear:
    def test_the_clock_goes_to_it_at_once(
        self, docket: Docket, deployment: Deployment, workers: Workers, tmp_path: Path
    ) -> None:
        """The log's clock passes eight millennia: what falls due in them is published, and no period between."""
        deployment.feed(docket.events, until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        before = published(deployment)
        opened = next(event for event in docket.events if isinstance(event, hot.CaseOpened))
        last = msgspec.structs.replace(opened, event_id="e-last", case_id="c-last", occurred_at=LAST, recorded_at=LAST)
        log = tmp_path / "events.jsonl"
        log.write_bytes(docket.log.read_bytes() + encode_event(last) + b"\n")
        deployment.feed([last], until=LAST)
        workers.start(deployment).ready().finish(LAST)

        assert_same(Docket(log, LAST), deployment)
        more = {short: count - before[short] for short, count in published(deployment).items()}
        assert max(more.values()) < MOST, more
