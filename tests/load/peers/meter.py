"""CPU time and memory of a process and its children, from Linux; rates between commits."""

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

__all__ = ["CompilerMeter", "Sample", "Window", "cpu_seconds", "peak_mib", "window"]

_SCHED_CLOCK = 2  # CPUCLOCK_SCHED of Linux's posix-timers
_FEWEST_COMMITS = 4


def _family(pid: int) -> Iterator[int]:
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            yield from _family(int(child))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and of its running children, all their threads.

    It reads the process's CPU clock, whose id clock_getcpuclockid derives from the pid: it counts nanoseconds, where
    /proc/PID/stat counts in steps of 10 ms.
    """
    return sum(time.clock_gettime(~each << 3 | _SCHED_CLOCK) for each in _family(pid))


def peak_mib(pid: int) -> float:
    """Return the most resident memory that a process and its running children had so far, in MiB."""
    return sum(_peak(each) for each in _family(pid))


def _peak(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(f"process {pid} has no memory of its own")


class CompilerMeter:
    """The CPU time of a JVM's compiler threads.

    An ended thread counts with its last value, so the sum may be a little low.

    Args:
        pid: The JVM.
    """

    def __init__(self, pid: int) -> None:
        self._tasks = Path(f"/proc/{pid}/task")
        self._seconds: dict[str, float] = {}

    def seconds(self) -> float:
        """Return CPU seconds so far; 0 for a process that is no JVM."""
        for task in self._tasks.iterdir():
            try:
                if "CompilerThre" in (task / "comm").read_text():
                    nanoseconds = (task / "schedstat").read_text().split()[0]
                    self._seconds[task.name] = int(nanoseconds) / 1e9
            except OSError:
                continue  # the thread ended meanwhile
        return sum(self._seconds.values())


class Sample(NamedTuple):
    """A sample at one moment.

    Attributes:
        at: Seconds of the monotonic clock.
        cpu: CPU seconds of the system under test so far.
        broker_cpu: CPU seconds of the broker so far.
        committed: Events whose offsets are committed.
        compiler_cpu: CPU seconds of its compiler threads so far; they are part of `cpu`.
    """

    at: float
    cpu: float
    broker_cpu: float
    committed: int
    compiler_cpu: float = 0.0


class Window(NamedTuple):
    """The rates between two commits.

    Attributes:
        events: Events committed between them.
        per_second: Events per second of wall time.
        cpu_us: CPU microseconds per event of the system under test.
        broker_cpu_us: CPU microseconds per event of the broker.
        compiler_cpu_us: CPU microseconds per event of its compiler threads, as part of `cpu_us`.
    """

    events: int
    per_second: float
    cpu_us: float
    broker_cpu_us: float
    compiler_cpu_us: float = 0.0


def window(samples: Sequence[Sample], skip: int, total: int) -> Window:
    """Measure from the first commit seen at or behind `skip` events to the last one before `total`.

    Both ends are observed commits, so work that was begun and not committed cancels out. The commit
    that reaches the total is left out: it may have waited for its interval with nothing left to do.

    Raises:
        ValueError: Too few commits lie between.
    """
    commits = [
        after
        for before, after in pairwise(samples)
        if before.committed < after.committed and skip <= after.committed < total
    ]
    if len(commits) < _FEWEST_COMMITS:
        raise ValueError(f"{len(commits)} commits were seen between {skip:,} and {total:,} events: give it more events")
    first, last = commits[0], commits[-1]
    events = last.committed - first.committed
    return Window(
        events=events,
        per_second=events / (last.at - first.at),
        cpu_us=(last.cpu - first.cpu) / events * 1e6,
        broker_cpu_us=(last.broker_cpu - first.broker_cpu) / events * 1e6,
        compiler_cpu_us=(last.compiler_cpu - first.compiler_cpu) / events * 1e6,
    )
