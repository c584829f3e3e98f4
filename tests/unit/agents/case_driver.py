"""One case partition in memory: a test feeds it batch by batch and reads what it publishes."""

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from schemas.instants import to_text
from schemas.policy import load_policy
from schemas.topics import case_topics, topic
from streams.agents.cases import CaseProcessor
from streams.agents.feeds import FeedWatch
from streams.agents.office_zones import OfficeZones
from streams.core.policy.rules import Rules
from streams.kafka.batches import Batch, EndOfPartition
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.work import Work
from streams.metrics.stats import WorkerStats
from tests.fake_record import FakeRecord
from tests.newest import newest

PARTITIONS = 2
HOUR = 3_600_000
DAY = 86_400_000
START = 1_767_571_200_000  # 2026-01-05T00:00:00Z
CASE = next(f"c-{n}" for n in range(99) if partition_of(f"c-{n}".encode(), PARTITIONS) == 0)
SOME_CASES = [name for n in range(40) if partition_of((name := f"c-{n}").encode(), PARTITIONS) == 0]
CASE_TOPICS = CASES, CHECK_INS, HEARINGS, REASSIGNMENTS = [entry.name for entry in case_topics("docket", PARTITIONS)]
PUBLIC, RESTRICTED = topic("lost-track-alerts").name, topic("restricted-alerts").name
PARTIALS, DEAD_LETTERS = topic("load-partials").name, topic("dead-letters").name
OFFICES = topic("office-partials").name


def text(at: int) -> str:
    return to_text(START + at)


class CaseDriver:
    """Feeds the processor of partition 0.

    Attributes:
        work: Every piece of work that it has returned.
    """

    def __init__(self, *, follows_wall: bool = False, heartbeats: str = "") -> None:
        self.worker = WorkerStats()
        settings = Settings.load(partitions=PARTITIONS, feed_heartbeats=heartbeats)
        self.now = START
        self.feeds = FeedWatch(settings, CASE_TOPICS, lambda: [0])
        rules = Rules(load_policy(None))
        self.processor = CaseProcessor(
            0, settings, rules, self.worker, self.feeds, OfficeZones(rules.policy), follows_wall=follows_wall,
            now=lambda: self.now,
        )  # fmt: skip
        self.work: list[Work] = [self.processor.on_restored()]
        self._ids = count()
        self._kept: Mapping[str, bytes] = {}
        self._committed: dict[str, int] = {}
        self._offsets: dict[str, int] = {}

    def restored_from(self, before: "CaseDriver", kept: Mapping[str, bytes] | None = None) -> "CaseDriver":
        """Restore the state of another driver, from its changelog by default, and continue at its committed offsets."""
        self._kept = before.changelog if kept is None else kept
        self.processor.restore(dict(self._kept))
        self.work = [self.processor.on_restored()]
        self._committed = before.committed
        self._offsets = dict(self._committed)
        return self

    @property
    def changelog(self) -> dict[str, bytes]:
        """The newest value of every key."""
        kept = ((key.encode(), value) for key, value in self._kept.items())
        return newest([*kept, *(record for work in self.work for record in work.changelog)])

    @property
    def committed(self) -> dict[str, int]:
        """The offset at which the next owner continues, by topic."""
        return {**self._committed, **processed(self.work)}

    def rewind(self) -> None:
        """Continue at the committed offsets."""
        self.processor.reset_to_committed()
        self._offsets = self.committed

    def event(self, at: int, kind: str, **fields: object) -> bytes:
        """Return an event in JSON; `at` counts from START."""
        common = {"v": 1, "event_id": f"e-{next(self._ids)}", "type": kind, "source": "feed"}
        ours = {} if kind == "clock" else {"case_id": CASE}
        return json.dumps({**common, "occurred_at": text(at), "recorded_at": text(at), **ours, **fields}).encode()

    def read(self, name: str, *values: bytes) -> list[Work]:
        """Deliver a batch."""
        start = self._offsets.get(name, 0)
        self._offsets[name] = start + len(values)
        rows = [FakeRecord(start + index, _key_of(value), value) for index, value in enumerate(values)]
        return self._collect(Batch(name, 0, rows))

    def clock(self, at: int) -> list[Work]:
        """Deliver a clock record to all four topics."""
        return [
            work
            for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)
            for work in self.read(name, self.event(at, "clock"))
        ]

    def tick(self, *reached: EndOfPartition) -> list[Work]:
        """Deliver a tick."""
        return self._collect(Batch(CASES, 0, (), reached))

    def _collect(self, batch: Batch) -> list[Work]:
        work = list(self.processor.process(batch))
        self.work += work
        return work


def _key_of(value: bytes) -> bytes:
    try:
        return str(json.loads(value).get("case_id", CASE)).encode()
    except ValueError:
        return CASE.encode()


def published(work: Iterable[Work], name: str) -> list[tuple[bytes | None, Any]]:
    """Return (key, value) of the records published to a topic, values parsed as JSON."""
    return [
        (key, None if value is None else json.loads(value))
        for each in work
        for output in each.outputs
        if output.topic == name
        for key, value in output.records
    ]


def processed(work: Iterable[Work]) -> dict[str, int]:
    """Return the last processed offset of every topic."""
    return {each.topic: each.offset for piece in work for each in piece.processed}
