"""The result of a run's observations."""

import time

import pytest
from hdrh.histogram import HdrHistogram

from streams.tools.load_test.measure import Measure
from streams.tools.load_test.result import Result, RunVerdict
from streams.tools.load_test.timeline import Timeline

RATE = 1_000


class MeasuredRun:
    """A run of ten seconds at a thousand events per second, recorded a millisecond apart, with two of warm-up."""

    def __init__(self) -> None:
        timeline = Timeline(RATE)
        timeline.started = self.started = time.monotonic() - 20
        for number in range(10 * RATE):
            timeline.add(number)
        self.measure = Measure(timeline, 2.0, 8.0)

    def alert(self, at: int, after: float) -> None:
        self.measure.alert(at, self.started + at / RATE + after)

    def judged(self, until: int, at: float, partition: int = 0) -> None:
        self.measure.clock(partition, until, self.started + at)

    def result(self, *, bound: float = 3.0) -> Result:
        self.measure.sent_all()
        return self.measure.result(
            rate=RATE, sent=10 * RATE, seconds=10.0, sender_late_ms=1.0, sender_cpu_us=1.0, worker_cpu_us=None,
            bound=bound,
        )  # fmt: skip


class TestMeasure:
    def test_quantiles(self) -> None:
        """The time from an event's scheduled instant, to three digits."""
        run = MeasuredRun()
        for number in range(1_000):
            run.alert(5_000 + number, (number + 1) / 1_000)
        found = run.result()

        assert found.alerts == 1_000
        assert (500, 990, 999, 1_000) == pytest.approx(
            (found.p50_ms, found.p99_ms, found.p999_ms, found.max_ms), rel=2e-3
        )
        assert HdrHistogram.decode(found.histogram.encode()).get_total_count() == 1_000

    def test_the_warmup_does_not_count(self) -> None:
        """An alert that no event of the run made due does not count either."""
        run = MeasuredRun()
        run.alert(1_999, 5)
        run.alert(2_000, 1)
        run.alert(10_000, 1)

        assert run.result().alerts == 1

    def test_nothing_seen(self) -> None:
        """Without an alert there is no latency, and the worker is not called slow."""
        found = MeasuredRun().result()

        assert (0, None, None, RunVerdict.HELD) == (found.alerts, found.p50_ms, found.max_ms, found.verdict)

    def test_slow(self) -> None:
        """The 99th percentile decides."""
        run = MeasuredRun()
        for number in range(100):
            run.alert(5_000 + number, 3.1 if number >= 90 else 1.0)

        assert run.result(bound=3.0).verdict is RunVerdict.SLOW
        assert run.result(bound=3.2).verdict is RunVerdict.HELD

    def test_a_steady_lag_is_no_growing_one(self) -> None:
        """The hold-back is always in it."""
        run = MeasuredRun()
        for second in range(1, 11):
            run.judged(second * RATE - 2_001, second)
        found = run.result()

        assert found.lag_ms == pytest.approx(2_000)
        assert found.lag_growth == pytest.approx(0)
        assert found.verdict is RunVerdict.HELD

    def test_falling_behind(self) -> None:
        """A worker that handles nine of ten events loses a tenth of a second in each; the slowest partition counts."""
        run = MeasuredRun()
        for second in range(1, 11):
            run.judged(int(second * RATE * 0.9) - 1, second)
            run.judged(int(second * RATE * 0.8) - 1, second, partition=1)
        found = run.result()

        assert found.lag_ms == pytest.approx(2_000)
        assert found.lag_growth == pytest.approx(0.15)
        assert found.verdict is RunVerdict.FALLING_BEHIND

    def test_a_run_far_beyond_the_bound_is_stopped(self) -> None:
        """The rest need not be sent."""
        run = MeasuredRun()
        run.judged(0, 8.0)
        assert not run.measure.is_lost
        run.judged(1, 9.0)
        assert run.measure.is_lost

        assert run.result().verdict is RunVerdict.FALLING_BEHIND

    def test_the_lag_after_the_last_event_does_not_count(self) -> None:
        """It is neither loss nor growth."""
        run = MeasuredRun()
        run.judged(9_000, 10.0)
        run.measure.sent_all()
        run.judged(9_500, 19.0)

        assert not run.measure.is_lost
        assert run.measure._lag_at_end == pytest.approx(0.999, abs=0.01)
