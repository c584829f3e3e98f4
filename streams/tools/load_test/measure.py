"""Measurements of a run, summed up at its end."""

import time
from dataclasses import dataclass, field
from statistics import linear_regression
from typing import Final

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # ships no type information

from streams.tools.load_test.result import Result, RunVerdict
from streams.tools.load_test.timeline import Timeline

__all__ = ["Measure"]

_MICROSECONDS: Final = 1_000_000
_HOUR: Final = 3_600 * _MICROSECONDS
_DIGITS: Final = 3
_GROWTH: Final = 0.05
"""Seconds of lag a second: a worker that does 95 % of what comes is one that falls behind."""


@dataclass(slots=True)
class Measure:
    """Measurements of one run; `timeline` has the planned send times of its events."""

    timeline: Timeline
    warmup: float
    lost_at: float
    is_lost: bool = False
    _latencies: HdrHistogram = field(default_factory=lambda: HdrHistogram(1, _HOUR, _DIGITS))
    _lags: list[tuple[float, float]] = field(default_factory=list)
    _newest: dict[int, float] = field(default_factory=dict)
    _lag_at_end: float | None = None

    def alert(self, at: int, arrived: float) -> None:
        """A revision of an instant could be read."""
        due = self.timeline.due(at)
        if due is not None and due >= self.timeline.started + self.warmup:
            self._latencies.record_value(max(1, round((arrived - due) * _MICROSECONDS)))

    def clock(self, partition: int, at: int, arrived: float) -> None:
        """A partition has judged up to an instant."""
        due = self.timeline.due(at + 1)
        lag = 0.0 if due is None else max(0.0, arrived - due)
        self._newest[partition] = lag
        if self._lag_at_end is None:
            self.is_lost = self.is_lost or lag > self.lost_at
            if arrived >= self.timeline.started + self.warmup:
                self._lags.append((arrived, lag))

    def sent_all(self) -> None:
        """The last event is on the broker."""
        self._lag_at_end = max(self._newest.values(), default=0.0)

    def result(
        self,
        *,
        rate: float,
        sent: int,
        seconds: float,
        sender_late_ms: float,
        sender_cpu_us: float,
        worker_cpu_us: float | None,
        bound: float,
    ) -> Result:
        """Sum up, once everything is judged."""
        last = self.timeline.due(self.timeline.last_at)
        assert last is not None
        assert self._lag_at_end is not None
        growth = _slope(self._lags)
        p99 = self._quantile(99)
        verdict = RunVerdict.HELD
        if self.is_lost or growth > _GROWTH:
            verdict = RunVerdict.FALLING_BEHIND
        elif p99 is not None and p99 > bound * 1000:
            verdict = RunVerdict.SLOW
        return Result(
            rate=rate,
            sent=sent,
            seconds=seconds,
            sender_late_ms=sender_late_ms,
            alerts=self._latencies.get_total_count(),
            p50_ms=self._quantile(50),
            p90_ms=self._quantile(90),
            p99_ms=p99,
            p999_ms=self._quantile(99.9),
            max_ms=self._quantile(100),
            lag_ms=self._lag_at_end * 1000,
            lag_growth=growth,
            drained_ms=(time.monotonic() - last) * 1000,
            sender_cpu_us=sender_cpu_us,
            worker_cpu_us=worker_cpu_us,
            verdict=verdict,
            histogram=self._latencies.encode().decode(),
        )

    def _quantile(self, percent: float) -> float | None:
        if not self._latencies.get_total_count():
            return None
        return float(self._latencies.get_value_at_percentile(percent)) / 1000


def _slope(points: list[tuple[float, float]]) -> float:
    """Seconds of lag a second; 0 when there is too little to say."""
    times = [at for at, _ in points]
    if len(set(times)) < 2:
        return 0.0
    return linear_regression(times, [lag for _, lag in points]).slope
