"""The report of a load test: one line for each run, a table as CSV, everything as JSON."""

import csv
import io
import json
import os
import platform
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from streams.tools.load_test.result import Result

__all__ = ["HEAD", "LoadTestReport", "line"]

HEAD: Final = (
    f"{'events/s':>10} {'alerts':>8} {'p50':>9} {'p99':>9} {'p99.9':>9} {'max':>9} {'lag':>9}"
    f" {'sender late':>12} {'worker CPU':>11}"
)


def line(result: "Result") -> str:
    """One run; times in milliseconds, the worker's CPU in microseconds per event."""
    cpu = "" if result.worker_cpu_us is None else f"{result.worker_cpu_us:,.1f}"
    latencies = (result.p50_ms, result.p99_ms, result.p999_ms, result.max_ms)
    cells = " ".join(f"{'-' if value is None else format(value, ',.0f'):>9}" for value in latencies)
    return (
        f"{result.rate:>10,.0f} {result.alerts:>8,} {cells} {result.lag_ms:>9,.0f} {result.sender_late_ms:>12,.0f}"
        f" {cpu:>11}  {result.verdict}"
    )


@dataclass(slots=True)
class LoadTestReport:
    """The results of a load test; it grows while the test runs.

    Attributes:
        asked: The options, by name.
        runs: Every run, in order.
        knee: The highest sustained rate; None without a search, or when no rate was sustained.
        at_half: The run at half the knee; None without a knee.
    """

    asked: dict[str, Any]
    runs: "list[Result]" = field(default_factory=list)
    knee: float | None = None
    at_half: "Result | None" = None

    def csv(self) -> bytes:
        """One row for each run; only the JSON has the histograms."""
        from streams.tools.load_test.result import Result  # imported late: --help does not need it

        names = [each.name for each in fields(Result) if each.name != "histogram"]
        file = io.StringIO(newline="")
        rows = csv.DictWriter(file, names, extrasaction="ignore")
        rows.writeheader()
        rows.writerows(_rounded(run) for run in self.runs)
        return file.getvalue().encode()

    def json(self) -> bytes:
        """All results, with a description of the machine."""
        document = {
            "docketwatch": version("docketwatch"),
            "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
            "asked": self.asked,
            "knee": self.knee,
            "at_half_the_knee": None if self.at_half is None else _rounded(self.at_half),
            "runs": [_rounded(run) for run in self.runs],
        }
        return json.dumps(document, indent=2).encode() + b"\n"


def _rounded(run: "Result") -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(run).items()}
