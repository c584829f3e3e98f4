"""Health of the feeds: what arrives on each input topic, what the workers have not read yet, how far each clock is."""

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
_ASK_SECONDS: Final = 2.0
_PATIENCE_SECONDS: Final = 10.0
_REMEMBERED: Final = 31
"""Answers: a minute of them."""
_TAIL: Final = 512
"""Partials from the end of their topic: enough to hear of every case partition at once."""


class FeedStatus(Struct, frozen=True):
    """One input topic.

    Attributes:
        name: Without its prefix.
        records: Where its partitions end, together.
        per_second: Records that came each second, of late; None before two answers.
        arrived_at: When the newest came (ms), as far as is known.
        heartbeat: The longest silence (ms) that is normal, where its feed declares one.
        unread: Records that the workers have not committed; None when no worker ever did.
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

_Places = dict[Any, int]


class FeedMonitor:
    """Asks the broker, again and again.

    Args:
        settings: How to reach it; names and partitions of the topics; the workers' group.
        now: The wall clock (ms).

    Attributes:
        feeds: One an input topic, in the catalogue's order.
        clocks: How far each case partition is (ms).
        gaps: Input that was deleted before it was read, and that no operator has accepted as lost.
        answered_at: When the broker answered last (ms); None before the first answer.
    """

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._settings, self._now = settings, now
        self._heartbeats = {name: every // timedelta(milliseconds=1) for name, every in settings.heartbeats.items()}
        self._names = [each.name for each in input_topics(settings.prefix)]
        self._places = [TopicPartition(name, number) for name in self._names for number in range(settings.partitions)]
        self._seen: dict[str, deque[tuple[float, int]]] = {name: deque(maxlen=_REMEMBERED) for name in self._names}
        self._arrived: dict[str, int] = {}
        self._audit = TopicPartition(topic("audit", settings.prefix).name, 0)
        self._book = GapLedger()
        self.feeds: list[FeedStatus] = []
        self.clocks: dict[int, int] = {}
        self.gaps: list[InputGapRecord] = []
        self.answered_at: int | None = None

    @property
    def silent_seconds(self) -> float:
        """For how long the broker has not answered."""
        return 0.0 if self.answered_at is None else (self._now() - self.answered_at) / 1000

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            try:
                await self._ask_while_it_answers()
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("the broker at %s does not answer about the feeds: %s", self._settings.brokers, error)
            await asyncio.sleep(_ASK_SECONDS)

    async def _ask_while_it_answers(self) -> None:
        consumer = check_answers(
            AIOKafkaConsumer(
                **client_options(self._settings),
                group_id=self._settings.group,  # to ask what it has committed; who assigns by hand does not join
                enable_auto_commit=False,
                auto_offset_reset="none",  # what is told of gaps must not have any
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
                    await self._ask(consumer)
                    await self._read_clocks_and_gaps(consumer)
        finally:
            await close_client(consumer)

    async def _read_newest(self, consumer: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        """When the newest record of each topic came, as of now."""
        oldest: _Places = await consumer.beginning_offsets(self._places)
        ends: _Places = await consumer.end_offsets(self._places)
        there = [place for place, end in ends.items() if end > oldest[place]]
        consumer.assign(there)
        for place in there:
            consumer.seek(place, ends[place] - 1)
        deadline = time.monotonic() + 1.0
        while there and time.monotonic() < deadline:
            for place, records in (await consumer.getmany(*there, timeout_ms=200)).items():
                there.remove(place)
                newest = max(record.timestamp for record in records)
                self._arrived[place.topic] = max(newest, self._arrived.get(place.topic, 0))
                consumer.pause(place)

    async def _go_to_newest_clocks_and_gaps(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        # every partition of that topic hears of every case partition
        place = TopicPartition(topic("load-partials", self._settings.prefix).name, 0)
        oldest: _Places = await consumer.beginning_offsets([place, self._audit])
        ends: _Places = await consumer.end_offsets([place])
        consumer.assign([place, self._audit])
        self._book = GapLedger()
        consumer.seek(self._audit, oldest[self._audit])
        consumer.seek(place, max(oldest[place], ends[place] - _TAIL * self._settings.partitions))

    async def _ask(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        ends: _Places = await consumer.end_offsets(self._places)
        offsets = await asyncio.gather(*(consumer.committed(place) for place in self._places))
        committed = dict(zip(self._places, offsets, strict=True))
        at = time.monotonic()
        feeds = []
        for name in self._names:
            places = [place for place in self._places if place.topic == name]
            records = sum(ends[place] for place in places)
            seen = self._seen[name]
            if seen and records > seen[-1][1]:
                self._arrived[name] = self._now()
            seen.append((at, records))
            rate = (records - seen[0][1]) / (at - seen[0][0]) if at > seen[0][0] else None
            done = [offset for offset in (committed[place] for place in places) if offset is not None]
            # a partition without a commit is read from its beginning
            unread = max(0, records - sum(done)) if done else None
            short = name.rpartition(".")[2]
            feeds.append(FeedStatus(short, records, rate, self._arrived.get(name), self._heartbeats.get(short), unread))
        self.feeds, self.answered_at = feeds, self._now()

    async def _read_clocks_and_gaps(self, consumer: Any) -> None:  # noqa: ANN401  # the same
        for place, records in (await consumer.getmany(timeout_ms=int(_ASK_SECONDS * 1000))).items():
            if place == self._audit:
                self._book.read(records)
                self.gaps = self._book.open()
                continue
            for record in records:
                clock = _clock(record.value)
                # of a final one it is the end of a period, which the clock has reached at least
                self.clocks[clock.partition] = max(clock.as_of, self.clocks.get(clock.partition, clock.as_of))
        await asyncio.sleep(_ASK_SECONDS / 4)  # partials may come so often that reading them never waits
