"""Health of the feeds: arrivals on each input topic, records that the workers have not read, and clocks."""

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
"""Answers to keep: one minute."""


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
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._arrived: dict[str, int] = {}
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
            except BrokerError as error:
                _log.warning("%s", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _poll_until_failure(self) -> None:
        async with FeedLagReader(self._settings) as reader:
            for name, came in (await reader.read_newest()).items():
                self._arrived[name] = max(came, self._arrived.get(name, 0))
            self._gap_ledger = GapLedger()
            await reader.go_to_partials()
            while True:
                self._update_feeds(await reader.lag())
                await self._read_clocks_and_gaps(reader)

    def _update_feeds(self, lags: Mapping[str, FeedLag]) -> None:
        at, feeds = time.monotonic(), []
        for name, lag in lags.items():
            samples = self._samples.setdefault(name, deque(maxlen=_REMEMBERED))
            if samples and lag.end > samples[-1][1]:
                self._arrived[name] = self._now()
            samples.append((at, lag.end))
            rate = (lag.end - samples[0][1]) / (at - samples[0][0]) if at > samples[0][0] else None
            short, came = name.rpartition(".")[2], self._arrived.get(name)
            feeds.append(FeedStatus(short, lag.end, rate, came, self._heartbeats.get(short), lag.unread))
        self.feeds, self.answered_at = feeds, self._now()

    async def _read_clocks_and_gaps(self, reader: FeedLagReader) -> None:
        for partition, records in (await reader.poll(_POLL_SECONDS)).items():
            if partition == reader.audit:
                self._gap_ledger.read(records)
                self.gaps = self._gap_ledger.open()
                continue
            for record in records:
                if record.value is not None:
                    self._update_clock(record.value)
        await asyncio.sleep(_POLL_SECONDS / 4)  # partials may come so often that reading them never waits

    def _update_clock(self, value: bytes) -> None:
        clock = read_clock(value)
        if clock.is_of_cases:
            # the as_of of a final partial is the end of a period, which the clock has reached
            self.clocks[clock.partition] = max(clock.as_of, self.clocks.get(clock.partition, clock.as_of))
