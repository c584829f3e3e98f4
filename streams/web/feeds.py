"""Health of the feeds: arrivals on each input topic, records that the workers have not read, and clocks."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same
from msgspec import Struct

from schemas.input_gaps import InputGapRecord
from schemas.topics import input_topics, topic
from streams.kafka.client.answers import check_answers
from streams.kafka.client.closing import close_client
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.state.gap_records import GapLedger

__all__ = ["FeedMonitor", "FeedStatus"]

_log: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 2.0
_PATIENCE_SECONDS: Final = 10.0
_REMEMBERED: Final = 31
"""Answers to keep: one minute."""
_TAIL: Final = 512
"""Partials to read from the end of their topic: enough to have one of every case partition."""


class FeedStatus(Struct, frozen=True):
    """One input topic.

    Attributes:
        name: Without its prefix.
        records: The sum of its partitions' end offsets.
        per_second: Records per second over the last minute; None before two answers.
        arrived_at: When the newest record came (ms), as far as known.
        heartbeat: The longest silence (ms) that is normal, where its feed declares one.
        unread: Records that the workers have not committed; None when no worker has committed.
    """

    name: str
    records: int
    per_second: float | None
    arrived_at: int | None
    heartbeat: int | None
    unread: int | None


class _FeedClock(Struct, array_like=True):
    partition: int
    as_of: int


_clock: Final = msgspec.json.Decoder(_FeedClock).decode

_Offsets = dict[Any, int]


class FeedMonitor:
    """Polls the broker about the feeds.

    Args:
        settings: Connection settings; names and partitions of the topics; the workers' group.
        now: The wall clock (ms).

    Attributes:
        feeds: One for each input topic, in the catalogue's order.
        clocks: The clock of each case partition (ms).
        gaps: Input that was deleted before it was read, and that no operator has accepted as lost.
        answered_at: When the broker last answered (ms); None before the first answer.
    """

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._settings, self._now = settings, now
        self._heartbeats = {name: every // timedelta(milliseconds=1) for name, every in settings.heartbeats.items()}
        self._names = [each.name for each in input_topics(settings.prefix)]
        self._partitions = [
            TopicPartition(name, number) for name in self._names for number in range(settings.partitions)
        ]
        self._samples: dict[str, deque[tuple[float, int]]] = {name: deque(maxlen=_REMEMBERED) for name in self._names}
        self._arrived: dict[str, int] = {}
        self._audit = TopicPartition(topic("audit", settings.prefix).name, 0)
        self._gap_ledger = GapLedger()
        self.feeds: list[FeedStatus] = []
        self.clocks: dict[int, int] = {}
        self.gaps: list[InputGapRecord] = []
        self.answered_at: int | None = None

    @property
    def silent_seconds(self) -> float:
        """Seconds since the broker last answered."""
        return 0.0 if self.answered_at is None else (self._now() - self.answered_at) / 1000

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._poll_until_failure()
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("the broker at %s does not answer about the feeds: %s", self._settings.brokers, error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _poll_until_failure(self) -> None:
        consumer = check_answers(
            AIOKafkaConsumer(
                **client_options(self._settings),
                group_id=self._settings.group,  # for its committed offsets; a manual assignment does not join
                enable_auto_commit=False,
                auto_offset_reset="none",  # skipped records would hide gaps
                isolation_level="read_committed",
            )
        )
        try:
            await consumer.start()
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._read_newest(consumer)
                await self._go_to_newest_clocks_and_gaps(consumer)
            while True:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._read_feeds(consumer)
                    await self._read_clocks_and_gaps(consumer)
        finally:
            await close_client(consumer)

    async def _read_newest(self, consumer: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        """Read when the newest record of each topic came."""
        oldest: _Offsets = await consumer.beginning_offsets(self._partitions)
        ends: _Offsets = await consumer.end_offsets(self._partitions)
        pending = [each for each, end in ends.items() if end > oldest[each]]
        consumer.assign(pending)
        for each in pending:
            consumer.seek(each, ends[each] - 1)
        deadline = time.monotonic() + 1.0
        while pending and time.monotonic() < deadline:
            for partition, records in (await consumer.getmany(*pending, timeout_ms=200)).items():
                pending.remove(partition)
                newest = max(record.timestamp for record in records)
                self._arrived[partition.topic] = max(newest, self._arrived.get(partition.topic, 0))
                consumer.pause(partition)

    async def _go_to_newest_clocks_and_gaps(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        # every partition of that topic has partials of every case partition
        partials = TopicPartition(topic("load-partials", self._settings.prefix).name, 0)
        oldest: _Offsets = await consumer.beginning_offsets([partials, self._audit])
        ends: _Offsets = await consumer.end_offsets([partials])
        consumer.assign([partials, self._audit])
        self._gap_ledger = GapLedger()
        consumer.seek(self._audit, oldest[self._audit])
        consumer.seek(partials, max(oldest[partials], ends[partials] - _TAIL * self._settings.partitions))

    async def _read_feeds(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        ends: _Offsets = await consumer.end_offsets(self._partitions)
        offsets = await asyncio.gather(*(consumer.committed(each) for each in self._partitions))
        committed = dict(zip(self._partitions, offsets, strict=True))
        at = time.monotonic()
        feeds = []
        for name in self._names:
            partitions = [each for each in self._partitions if each.topic == name]
            records = sum(ends[each] for each in partitions)
            samples = self._samples[name]
            if samples and records > samples[-1][1]:
                self._arrived[name] = self._now()
            samples.append((at, records))
            rate = (records - samples[0][1]) / (at - samples[0][0]) if at > samples[0][0] else None
            read = [offset for offset in (committed[each] for each in partitions) if offset is not None]
            # a partition without a commit is read from its beginning
            unread = max(0, records - sum(read)) if read else None
            short = name.rpartition(".")[2]
            feeds.append(FeedStatus(short, records, rate, self._arrived.get(name), self._heartbeats.get(short), unread))
        self.feeds, self.answered_at = feeds, self._now()

    async def _read_clocks_and_gaps(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        for partition, records in (await consumer.getmany(timeout_ms=int(_POLL_SECONDS * 1000))).items():
            if partition == self._audit:
                self._gap_ledger.read(records)
                self.gaps = self._gap_ledger.open()
                continue
            for record in records:
                clock = _clock(record.value)
                # the as_of of a final partial is the end of a period, which the clock has reached
                self.clocks[clock.partition] = max(clock.as_of, self.clocks.get(clock.partition, clock.as_of))
        await asyncio.sleep(_POLL_SECONDS / 4)  # partials may come so often that reading them never waits
