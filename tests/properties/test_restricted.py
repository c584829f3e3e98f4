"""Two compacted topics in the end: the public one has no open alert of a protected case."""

import random

from streams.core.effects import Effects
from tests.driver import alert_json, hot_event
from tests.oracle.facts import instant
from tests.properties.running import CoreRun, known, scenarios_of_seeds


class Topics:
    """The public and the restricted topic, compacted, written as a worker does: moves, alerts, tombstones."""

    def __init__(self) -> None:
        self.public, self.restricted = {}, {}

    def publish(self, effects: Effects) -> None:
        for revision in effects.moves:
            self.restricted[revision.key] = alert_json(revision)
        for revision in effects.alerts:
            (self.restricted if revision.restricted else self.public)[revision.key] = alert_json(revision)
        for key in effects.tombstones:
            self.public.pop(key)


def topics_of(scenario, chance: random.Random) -> tuple[Topics, CoreRun]:
    """Return the topics after the scenario in a few portions."""
    topics, run = Topics(), CoreRun(scenario.policy)
    events = sorted(map(hot_event, known(scenario)), key=lambda event: event.recorded_at)
    cuts = sorted({event.recorded_at for event in events if chance.random() < 0.2} | {scenario.until})
    watermark = None
    for cut in cuts:
        portion = [e for e in events if e.recorded_at <= cut and (watermark is None or e.recorded_at > watermark)]
        topics.publish(run.advance(portion, cut))
        watermark = cut
    return topics, run


def protected_since(scenario) -> dict[str, int]:
    """Return when each protected case became known as such."""
    since: dict[str, int] = {}
    for event in known(scenario):
        if event.get("protected"):
            recorded = instant(event["recorded_at"])
            since[event["case_id"]] = min(recorded, since.get(event["case_id"], recorded))
    return since


def lasting(record):
    """Return a record without the fields of the moment of publishing, because a moved one is published again."""
    return record and {name: value for name, value in record.items() if name not in ("level", "agency_causes")}


def was_over(record, at: int) -> bool:
    """Return whether an alert had ended before an instant."""
    return record["ended_at"] is not None and instant(record["ended_at"]) < at


class TestTopics:
    def test_every_alert_is_on_its_topic(self):
        """The newest revision of each alert is on its topic; the public one has at most alerts that had ended."""
        for seed, scenario in scenarios_of_seeds(200, first=1_300_000):
            topics, run = topics_of(scenario, random.Random(seed))
            since = protected_since(scenario)
            for record in {record["alert_id"]: record for record in run.alerts}.values():
                key, secret = record["alert_id"].encode(), since.get(record["case_id"])
                hidden = secret is not None and not was_over(record, secret)
                found = (topics.restricted if hidden else topics.public).get(key)
                assert lasting(record) == lasting(found), f"seed {seed}\n{scenario!r}"
                if hidden:
                    left = topics.public.get(key)
                    assert left is None or was_over(left, secret), f"seed {seed}\n{scenario!r}"
                else:
                    assert key not in topics.restricted, f"seed {seed}\n{scenario!r}"

    def test_portions_do_not_matter(self):
        """Both topics have the same contents in the end, however the log was divided."""
        for seed, scenario in scenarios_of_seeds(100, first=1_400_000):
            one, _ = topics_of(scenario, random.Random(seed))
            other, _ = topics_of(scenario, random.Random(-seed))
            assert (one.public, one.restricted) == (other.public, other.restricted), f"seed {seed}\n{scenario!r}"
