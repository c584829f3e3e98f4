"""Asks the broker about the feeds: arrivals on each input topic, what workers have judged of it, clocks, and gaps."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from schemas.input_gaps import InputGapRecord
from streams.core.load.partial_clock import read_clock
from streams.errors import DocketwatchError
from streams.kafka.client.feed_lag import FeedLagReader, PartitionLag
from streams.kafka.client.settings import Settings
from streams.kafka.client.tail_reader import TailReader
from streams.kafka.state.gap_records import GapLedger
from streams.kafka.work import PartitionId
from streams.web.health.backlog import Backlog, WaitingEvents
from streams.web.health.pipeline import FeedStatus, PartitionProgress

__all__ = ["FeedMonitor"]

_log: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 2.0
_REMEMBERED: Final = 31
"""Answers to keep: one minute."""


class FeedMonitor:
    """Polls the broker about the feeds.

    Args:
        settings: Connection settings; names and partitions of the topics; the workers' group.
        now: The wall clock (ms).

    Attributes:
        feeds: One for each input topic, in the catalogue's order.
        partitions: How far workers have come, by partition number; empty before the first answer.
        members: Workers in the group; None while the broker does not say.
        gaps: Missing input that no operator has accepted as lost.
        answered_at: When the broker last answered (ms); None before the first answer.
    """

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._settings, self._now = settings, now
        self._heartbeats = {name: every // timedelta(milliseconds=1) for name, every in settings.heartbeats.items()}
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._arrived: dict[str, int] = {}
        self._gap_ledger = GapLedger()
        self._backlog = Backlog(settings)
        self._committed: dict[PartitionId, int | None] = {}
        self.feeds: list[FeedStatus] = []
        self.partitions: dict[int, PartitionProgress] = {}
        self.members: int | None = None
        self.gaps: list[InputGapRecord] = []
        self.answered_at: int | None = None

    @property
    def clocks(self) -> dict[int, int]:
        """The clock of each case partition (ms)."""
        return {number: each.clock for number, each in self.partitions.items() if each.clock is not None}

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._poll_until_failure()
            except DocketwatchError as error:  # also of a file of the connection that cannot be read for a while
                _log.warning("%s", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _poll_until_failure(self) -> None:
        async with FeedLagReader(self._settings) as reader, TailReader(self._settings) as tails:
            for name, came in (await reader.read_newest()).items():
                self._arrived[name] = max(came, self._arrived.get(name, 0))
            self._gap_ledger = GapLedger()
            await reader.seek_to_partials()
            while True:
                lags, members = await reader.lag(), await reader.members()
                waiting = await self._backlog.count(lags, tails)
                await self._read_clocks_and_gaps(reader)
                self.members = members
                self._update_partitions(lags, waiting)
                self._update_feeds(lags, waiting)
                await asyncio.sleep(_POLL_SECONDS / 4)  # partials may come so often that reading them never waits

    def _update_partitions(
        self, lags: Mapping[PartitionId, PartitionLag], waiting: Mapping[PartitionId, WaitingEvents]
    ) -> None:
        now = self._now()
        for tp, lag in lags.items():
            if lag.committed is not None and lag.committed != self._committed.get(tp, lag.committed):
                self._partition(tp[1]).progressed_at = now
            self._committed[tp] = lag.committed
        for number in range(self._settings.partitions):
            theirs = [counted for tp, counted in waiting.items() if tp[1] == number]
            partition = self._partition(number)
            partition.waiting = sum(each.events for each in theirs)
            partition.held = sum(each.held for each in theirs)
            if partition.waiting == partition.held:
                partition.waiting_since = None
            elif partition.waiting_since is None:
                partition.waiting_since = now

    def _update_feeds(
        self, lags: Mapping[PartitionId, PartitionLag], waiting: Mapping[PartitionId, WaitingEvents]
    ) -> None:
        at, feeds = time.monotonic(), []
        for name in dict.fromkeys(name for name, _ in lags):
            end = sum(lag.end for tp, lag in lags.items() if tp[0] == name)
            events = sum(counted.events for tp, counted in waiting.items() if tp[0] == name)
            samples = self._samples.setdefault(name, deque(maxlen=_REMEMBERED))
            if samples and end > samples[-1][1]:
                self._arrived[name] = self._now()
            samples.append((at, end))
            rate = (end - samples[0][1]) / (at - samples[0][0]) if at > samples[0][0] else None
            short, came = name.rpartition(".")[2], self._arrived.get(name)
            feeds.append(FeedStatus(short, end, rate, came, self._heartbeats.get(short), events))
        self.feeds, self.answered_at = feeds, self._now()

    async def _read_clocks_and_gaps(self, reader: FeedLagReader) -> None:
        for tp, records in (await reader.poll(_POLL_SECONDS)).items():
            if tp == reader.audit:
                self._gap_ledger.read(records)
                self.gaps = self._gap_ledger.open()
                continue
            for record in records:
                if record.value is not None:
                    self._update_clock(record.value, record.timestamp)

    def _update_clock(self, value: bytes, written_at: int) -> None:
        clock = read_clock(value)
        if not clock.is_of_cases:
            return
        partition = self._partition(clock.partition)
        # the as_of of a final partial is the end of a period, which the clock has reached
        if partition.clock is None or clock.as_of > partition.clock:
            partition.clock = clock.as_of
            partition.progressed_at = max(written_at, partition.progressed_at or written_at)

    def _partition(self, number: int) -> PartitionProgress:
        return self.partitions.setdefault(number, PartitionProgress())
