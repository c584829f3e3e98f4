"""Health of the feeds: what arrives on each input topic, what the workers have not read yet, how far each clock is."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct

from schemas.input_gaps import InputGapRecord
from streams.core.load.partial_clock import read_clock
from streams.errors import BrokerError
from streams.kafka.client.feed_lag import FeedLag, FeedLagReader
from streams.kafka.client.settings import Settings
from streams.kafka.state.gap_records import GapLedger

__all__ = ["FeedMonitor", "FeedStatus"]

_log: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 2.0
_REMEMBERED: Final = 31
"""Answers: a minute of them."""


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


class FeedMonitor:
    """Polls the broker about the feeds.

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
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._arrived: dict[str, int] = {}
        self._gap_ledger = GapLedger()
        self.feeds: list[FeedStatus] = []
        self.clocks: dict[int, int] = {}
        self.gaps: list[InputGapRecord] = []
        self.answered_at: int | None = None

    @property
    def silent_seconds(self) -> float:
        """For how long the broker has not answered."""
        return 0.0 if self.answered_at is None else (self._now() - self.answered_at) / 1000

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._ask_while_it_answers()
            except BrokerError as error:
                _log.warning("%s", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _ask_while_it_answers(self) -> None:
        async with FeedLagReader(self._settings) as reader:
            for name, came in (await reader.read_newest()).items():
                self._arrived[name] = max(came, self._arrived.get(name, 0))
            self._gap_ledger = GapLedger()
            await reader.go_to_partials()
            while True:
                self._note(await reader.lag())
                await self._read_clocks_and_gaps(reader)

    def _note(self, lags: Mapping[str, FeedLag]) -> None:
        at, feeds = time.monotonic(), []
        for name, lag in lags.items():
            seen = self._samples.setdefault(name, deque(maxlen=_REMEMBERED))
            if seen and lag.end > seen[-1][1]:
                self._arrived[name] = self._now()
            seen.append((at, lag.end))
            rate = (lag.end - seen[0][1]) / (at - seen[0][0]) if at > seen[0][0] else None
            short, came = name.rpartition(".")[2], self._arrived.get(name)
            feeds.append(FeedStatus(short, lag.end, rate, came, self._heartbeats.get(short), lag.unread))
        self.feeds, self.answered_at = feeds, self._now()

    async def _read_clocks_and_gaps(self, reader: FeedLagReader) -> None:
        for place, records in (await reader.poll(_POLL_SECONDS)).items():
            if place == reader.audit:
                self._gap_ledger.read(records)
                self.gaps = self._gap_ledger.open()
                continue
            for record in records:
                if record.value is not None:
                    self._take_clock(record.value)
        await asyncio.sleep(_POLL_SECONDS / 4)  # partials may come so often that reading them never waits

    def _take_clock(self, value: bytes) -> None:
        clock = read_clock(value)
        if clock.is_of_cases:
            # of a final one it is the end of a period, which the clock has reached at least
            self.clocks[clock.partition] = max(clock.as_of, self.clocks.get(clock.partition, clock.as_of))
