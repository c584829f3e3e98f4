"""The figures as a table in Markdown: the median of the rounds, and the least and the greatest."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.load.peers.full_worker import WorkerRun
from tests.load.peers.run import Run

__all__ = ["kernel_table", "progress", "worker_table"]

_COLUMNS: Final[tuple[tuple[str, int, Callable[[Run], float]], ...]] = (
    ("events/s", 0, lambda run: run.window.per_second),
    ("CPU µs an event", 2, lambda run: run.window.cpu_us),
    ("with start and warm-up", 1, lambda run: run.cpu_us_from_start),
    ("broker's CPU µs an event", 2, lambda run: run.window.broker_cpu_us),
    ("MiB", 0, lambda run: run.peak_mib),
)


def _figure(values: Sequence[float], digits: int) -> str:
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def kernel_table(runs: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """One line a system."""
    yield "| system | " + " | ".join(name for name, _, _ in _COLUMNS) + " |"
    yield "|---|" + "---|" * len(_COLUMNS)
    for name, its in runs.items():
        figures = (_figure([value(run) for run in its], digits) for _, digits, value in _COLUMNS)
        yield f"| {name} | " + " | ".join(figures) + " |"


def worker_table(crews: Mapping[str, Sequence[WorkerRun]]) -> Iterator[str]:
    """Workers and `evaluate` on the same log."""
    yield "| on the same log | events/s | CPU µs an event | MiB |"
    yield "|---|---|---|---|"
    runs = [run for its in crews.values() for run in its]
    evaluate = [run.evaluate_cpu_us for run in runs]
    yield f"| `evaluate` | {_figure([run.evaluate_per_second for run in runs], 0)} | {_figure(evaluate, 2)} | |"
    for name, its in crews.items():
        figures = (
            _figure([run.per_second for run in its], 0),
            _figure([run.cpu_us for run in its], 2),
            _figure([run.peak_mib for run in its], 0),
        )
        yield f"| {name} | " + " | ".join(figures) + " |"
        yield f"| {name}, second half of the log | {_figure([run.late_per_second for run in its], 0)} | | |"
        ratio = _figure([run.cpu_us / run.evaluate_cpu_us for run in its], 2)
        yield f"| {name}: CPU over evaluate's | | {ratio} | |"


def progress(turn: int, name: str, run: Run) -> str:
    """One run in one line."""
    figures = ", ".join(f"{title} {value(run):,.{digits}f}" for title, digits, value in _COLUMNS)
    return f"round {turn}: {name}: {figures}"
