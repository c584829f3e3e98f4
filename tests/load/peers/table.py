"""The figures as a table in Markdown: the median of the rounds, the least and the greatest."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.load.peers.full_work import FullRun
from tests.load.peers.run import KernelRun

__all__ = ["full_table", "kernel_table", "progress"]

_COLUMNS: Final[tuple[tuple[str, int, Callable[[KernelRun], float]], ...]] = (
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


def kernel_table(runs: Mapping[str, Sequence[KernelRun]]) -> Iterator[str]:
    """Return one line per system."""
    yield "| system | " + " | ".join(name for name, _, _ in _COLUMNS) + " |"
    yield "|---|" + "---|" * len(_COLUMNS)
    for name, its in runs.items():
        figures = (_figure([value(run) for run in its], digits) for _, digits, value in _COLUMNS)
        yield f"| {name} | " + " | ".join(figures) + " |"


_FULL_COLUMNS: Final[tuple[tuple[str, int, Callable[[FullRun], float | None]], ...]] = (
    ("CPU µs an event", 2, lambda run: run.cpu_us),
    ("compiler left out", 2, lambda run: run.cpu_us - run.compiler_us),
    ("second half, compiler left out", 2, lambda run: _late_without_compiler(run)),
    ("events/s", 0, lambda run: run.per_second),
    ("second half", 0, lambda run: run.late_per_second),
    ("MiB", 0, lambda run: run.peak_mib or None),
)


def _late_without_compiler(run: FullRun) -> float | None:
    return None if run.late_cpu_us is None else run.late_cpu_us - run.late_compiler_us


def full_table(runs: Mapping[str, Sequence[FullRun]], base: str) -> Iterator[str]:
    """Return one line per system; the last column is the ratio to `base` of the CPU time without compiler, by round."""
    yield "| full work | " + " | ".join(name for name, _, _ in _FULL_COLUMNS) + f" | CPU over {base}'s |"
    yield "|---|" + "---|" * (len(_FULL_COLUMNS) + 1)
    for name, its in runs.items():
        figures = []
        for _, digits, value in _FULL_COLUMNS:
            values = [figure for run in its if (figure := value(run)) is not None]
            figures.append(_figure(values, digits) if values else "")
        ratios = [
            (run.cpu_us - run.compiler_us) / (other.cpu_us - other.compiler_us)
            for run, other in zip(its, runs[base], strict=True)
        ]
        yield f"| {name} | " + " | ".join([*figures, _figure(ratios, 2)]) + " |"


def progress(turn: int, name: str, run: KernelRun) -> str:
    """Return a run as one line."""
    figures = ", ".join(f"{title} {value(run):,.{digits}f}" for title, digits, value in _COLUMNS)
    return f"round {turn}: {name}: {figures}"
