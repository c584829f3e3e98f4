"""Faulty feeds while workers are killed: apart in time, repeated, and with poison in every topic."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_text
from schemas.topics import input_topics, topic_of
from streams.kafka.client.partitioning import partition_of
from streams.kafka.work import KeyValue
from streams.sources.logs import read_events
from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

MINUTE = 60_000
SKEWS = {"docket.check-ins": 45 * MINUTE, "docket.hearings": -30 * MINUTE, "docket.officers": 10 * MINUTE}
EVERY_TOPIC = {
    "not_json",
    "unknown_field",
    "bad_instant",
    "time_order",
    "bad_id",
    "identifier_shaped",
    "oversized",
    "wrong_key",
}
_INSTANTS = ("occurred_at", "recorded_at")


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


def skewed(docket: Docket, directory: Path) -> Docket:
    """Return a log whose feeds have different wrong clocks."""
    events = []
    for event in docket.events:
        record: dict[str, Any] = json.loads(encode_event(event))
        for name in _INSTANTS:
            record[name] = to_text(getattr(event, name) + SKEWS.get(topic_of(event.type, "docket"), 0))
        events.append(record)
    events.sort(key=lambda record: record["recorded_at"])
    log = directory / "skewed.jsonl"
    log.write_text("".join(f"{json.dumps(record)}\n" for record in events))
    return Docket(log, docket.until + max(SKEWS.values()))


@dataclass(frozen=True)
class InvalidRecord:
    """A record that the worker must refuse.

    Attributes:
        name: What is wrong with it.
        key, value: The record.
        elsewhere: Whether it is sent to another partition than its key's.
    """

    name: str
    key: bytes | None
    value: bytes | None
    elsewhere: bool = False


def poison(event: hot.Event, stranger: hot.Event) -> Iterator[InvalidRecord]:
    """Yield every kind, made of a valid event of the topic and one of another topic."""
    good: dict[str, Any] = json.loads(encode_event(event))
    id_field = "case_id" if "case_id" in good else "officer_id"
    key = good[id_field].encode()

    def changed(**changes: object) -> bytes:
        return json.dumps({**good, **changes}).encode()

    without = {name: value for name, value in good.items() if name != "occurred_at"}
    yield InvalidRecord("no JSON", key, b"\xff\x00{")
    yield InvalidRecord("cut off", key, encode_event(event)[:-7])
    yield InvalidRecord("a tombstone", key, None)
    yield InvalidRecord("empty", key, b"")
    yield InvalidRecord("no object", key, b"[1, 2]")
    yield InvalidRecord("an unknown field", key, changed(name="Jane Roe"))
    yield InvalidRecord("a missing field", key, json.dumps(without).encode())
    yield InvalidRecord("an unknown type", key, changed(type="case_vanished"))
    yield InvalidRecord("another version", key, changed(v=99))
    yield InvalidRecord("a naive instant", key, changed(occurred_at="2026-01-05T10:00:00"))
    yield InvalidRecord("an instant that was never set", key, changed(recorded_at="0001-01-01T00:00:00Z"))
    yield InvalidRecord("before 1900", key, changed(occurred_at="1899-12-31T23:59:59Z"))
    yield InvalidRecord("recorded before it occurred", key, changed(recorded_at="2001-01-01T00:00:00Z"))
    yield InvalidRecord("a bad id", key, changed(event_id="a b"))
    yield InvalidRecord("an A-number", b"A123456789", changed(**{id_field: "A123456789"}))
    yield InvalidRecord("far too large", key, changed(event_id="x" * 20_000))
    yield InvalidRecord("another key", b"c-another-case", encode_event(event))
    yield InvalidRecord("no key", None, encode_event(event))
    yield InvalidRecord("another partition", key, encode_event(event), elsewhere=True)
    yield InvalidRecord("another topic's", key_of(stranger), encode_event(stranger))


def key_of(event: hot.Event) -> bytes:
    """Return the key of an event."""
    return (event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")).encode()


def poisoned(docket: Docket, deployment: Deployment) -> dict[tuple[str, int], list[KeyValue]]:
    """Return one record of every kind for every input topic, by topic and partition."""
    of_topic: dict[str, hot.Event] = {}
    for event in docket.events:
        of_topic.setdefault(topic_of(event.type, deployment.prefix), event)
    records: dict[tuple[str, int], list[KeyValue]] = {}
    names = [entry.name for entry in input_topics(deployment.prefix)]
    for number, name in enumerate(names):
        stranger = of_topic[names[(number + 1) % len(names)]]
        for each in poison(of_topic[name], stranger):
            home = partition_of(each.key or b"", deployment.partitions)
            at = (home + 1) % deployment.partitions if each.elsewhere else home
            records.setdefault((name, at), []).append((each.key, each.value))
    return records


def twice(events: Iterable[hot.Event]) -> Iterator[hot.Event]:
    """Return each of them two times."""
    for event in events:
        yield event
        yield event


class TestInputs:
    def test_feeds_whose_clocks_differ(
        self, deployment: Deployment, docket: Docket, fleets: StartFleet, result: ScenarioResult, tmp_path: Path
    ) -> None:
        """The feeds arrive one after the other, the furthest ahead first: the watermark waits for the last one."""
        log = skewed(docket, tmp_path)
        assert log.expected.alerts != docket.expected.alerts
        fleet = fleets(deployment, log=log)
        fleet.await_ready()
        for short in ("check-ins", "officers", "cases", "reassignments", "hearings"):
            name = f"docket.{short}"
            deployment.feed(event for event in read_events([log.log]) if topic_of(event.type, "docket") == name)
            fleet.restart_ended()
        fleet.kill_one()
        deployment.feed([], until=log.until)
        fleet.finish()
        assert result.letters == 0

    def test_everything_twice_and_all_of_it_again(
        self, deployment: Deployment, docket: Docket, fleets: StartFleet, result: ScenarioResult
    ) -> None:
        """Every event comes twice, and the whole year comes again later: no output changes."""
        fleet = fleets(deployment)
        fleet.await_ready()
        deployment.feed(twice(docket.events))
        fleet.kill_one()
        fleet.restart_ended()
        deployment.feed(docket.events, until=docket.until)
        fleet.finish()
        assert result.letters == 0

    def test_poison_of_every_kind_in_every_topic(
        self, deployment: Deployment, docket: Docket, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """Each record becomes one dead letter, even if a worker is killed on it, and nothing else changes."""
        half = len(docket.events) // 2
        bad = poisoned(docket, deployment)
        fleet = fleets(deployment)
        fleet.await_ready()
        deployment.feed(docket.events[:half])
        deployment.send(bad)
        fleet.kill_one()
        fleet.restart_ended()
        deployment.feed(docket.events[half:], until=docket.until)
        fleet.finish()

        letters = [json.loads(record.value or b"") for record in deployment.read("dead-letters")]
        assert sum(map(len, bad.values())) == len(letters)
        assert {at: len(records) for at, records in bad.items()} == {
            at: sum((letter["topic"], letter["partition"]) == at for letter in letters) for at in bad
        }
        for entry in input_topics(deployment.prefix):
            codes = {letter["code"] for letter in letters if letter["topic"] == entry.name}
            assert EVERY_TOPIC <= codes, entry.name
