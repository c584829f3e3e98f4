"""The result of a run of a load test."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Result", "RunVerdict"]


class RunVerdict(StrEnum):
    """How a run went."""

    HELD = "held"
    SLOW = "slow"
    FALLING_BEHIND = "falling behind"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one run; latencies are in milliseconds, see `streams.tools.load_test`.

    Attributes:
        rate: Events a second that were meant to be sent.
        sent: Events sent.
        seconds: How long that took.
        sender_late_ms: The most that an event was sent later than meant.
        alerts: Revisions whose latency was taken.
        p50_ms, p90_ms, p99_ms, p999_ms, max_ms: Of their latency; None without any.
        lag_ms: How far behind the schedule the slowest partition was when the last event was sent.
        lag_growth: Seconds by which partitions fell behind in a second of the run.
        drained_ms: From when the last event was meant to be sent to when all was judged.
        sender_cpu_us: CPU time of this process an event, its consumer included.
        worker_cpu_us: The same of the worker, when it is ours.
        verdict: Whether the rate was held.
        histogram: The latencies in microseconds, as an HdrHistogram (V2, base64).
    """

    rate: float
    sent: int
    seconds: float
    sender_late_ms: float
    alerts: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    max_ms: float | None
    lag_ms: float
    lag_growth: float
    drained_ms: float
    sender_cpu_us: float
    worker_cpu_us: float | None
    verdict: RunVerdict
    histogram: str

    @property
    def is_held(self) -> bool:
        """Whether the worker keeps up, with latencies within the bound."""
        return self.verdict is RunVerdict.HELD
