"""One officer partition in memory: a test feeds it batch by batch and reads what it publishes."""

import json
from typing import Any

import msgspec

from schemas.instants import to_text
from schemas.policy import load_policy
from schemas.topics import topic
from streams.agents.feeds import FeedWatch
from streams.agents.officers import OFFICER_MARK, OfficerProcessor
from streams.core.load.partials import OfficerProgress, Partial, PartialRow
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
START = 1_767_571_200_000  # 2026-01-05T00:00:00Z
OFFICER = next(f"o-{n}" for n in range(99) if partition_of(f"o-{n}".encode(), PARTITIONS) == 0)
OFFICERS, PARTIALS = topic("officers").name, topic("load-partials").name
OFFICES = topic("office-partials").name
LOADS, ALERTS, DEAD_LETTERS = topic("officer-load").name, topic("officer-alerts").name, topic("dead-letters").name


class OfficerDriver:
    """Feeds the processor of partition 0."""

    def __init__(self, *, follows_wall: bool = False, heartbeats: str = "") -> None:
        self.worker = WorkerStats()
        self.now = START
        settings = Settings.load(partitions=PARTITIONS, feed_heartbeats=heartbeats)
        self.feeds = FeedWatch(settings, [OFFICERS, PARTIALS], lambda: [0])
        self.processor = OfficerProcessor(
            0,
            settings,
            Rules(load_policy(None)),
            self.worker,
            self.feeds,
            follows_wall=follows_wall,
            now=lambda: self.now,
        )
        self.work: list[Work] = [self.processor.on_restored()]
        self._offsets: dict[str, int] = {}

    def restored_from(self, before: "OfficerDriver", *, snapshot: bool = False) -> "OfficerDriver":
        """Restore the state of another driver, from its changelog or a snapshot, and continue behind it."""
        changelog = newest(record for work in before.work for record in work.changelog)
        kept = {**dict(before.processor.snapshot()), OFFICER_MARK.decode(): b""} if snapshot else changelog
        self.processor.restore(kept)
        self.work = [self.processor.on_restored()]
        self._offsets = processed(before.work)
        return self

    def rewind(self) -> None:
        """Continue at the committed offsets."""
        self.processor.reset_to_committed()
        self._offsets = processed(self.work)

    def read(self, name: str, *values: bytes, key: bytes = OFFICER.encode()) -> list[Work]:
        """Deliver a batch."""
        return self._collect(self.next_batch(name, *values, key=key))

    def next_batch(self, name: str, *values: bytes, key: bytes = OFFICER.encode()) -> Batch:
        """Return a topic's next batch."""
        start = self._offsets.get(name, 0)
        self._offsets[name] = start + len(values)
        return Batch(name, 0, [FakeRecord(start + index, key, value) for index, value in enumerate(values)])

    def partial(self, source: int, at: int, *rows: PartialRow, final: bool = True) -> list[Work]:
        """Deliver a partial of a case partition."""
        return self.read(PARTIALS, msgspec.json.encode(Partial(source, START + at, final, list(rows))))

    def other(self, watermark: int, first: int | None = None) -> list[Work]:
        """Deliver the progress record of the other officer partition."""
        progress = OfficerProgress(1, START + watermark, None if first is None else START + first, None)
        return self.read(PARTIALS, msgspec.json.encode(progress.carried()))

    def tick(self, *reached: EndOfPartition) -> list[Work]:
        """Deliver a tick of a second later."""
        return self._collect(self.next_tick(*reached))

    def next_tick(self, *reached: EndOfPartition) -> Batch:
        """Return the tick of a second later."""
        self.now += 1_000
        return Batch(OFFICERS, 0, (), reached)

    def clocks(self) -> tuple[int | None, int | None]:
        """Return the watermark and the instant of the loads (ms) that metrics show."""
        return self.processor.stats.clock, self.processor.stats.as_of

    def _collect(self, batch: Batch) -> list[Work]:
        work = list(self.processor.process(batch))
        self.work += work
        return work


def event(kind: str, at: int, **fields: object) -> bytes:
    common = {"v": 1, "event_id": f"e-{at}", "type": kind, "source": "feed"}
    instants = {"occurred_at": to_text(START + at), "recorded_at": to_text(START + at)}
    return json.dumps({**common, **instants, **fields}).encode()


def left(at: int) -> bytes:
    """Return the event of an officer's departure."""
    return event("officer_updated", at, officer_id=OFFICER, office="ATL", status="departed", capacity_hours_month=None)


def published(work: list[Work], name: str) -> list[Any]:
    """Return the records published to a topic, parsed as JSON."""
    return [
        json.loads(value)
        for each in work
        for output in each.outputs
        if output.topic == name
        for _, value in output.records
        if value is not None
    ]


def processed(work: list[Work]) -> dict[str, int]:
    """Return the last processed offset of every topic."""
    return {each.topic: each.offset for piece in work for each in piece.processed}
