"""The error of `docketwatch forecast` by week ahead, compared with the bookings and the mean of the last four weeks.

    python -m tests.load.backtest_forecast [--seeds 5 6] [--cases 6000] [--officers 40] [--days 400] ...
    python -m tests.load.backtest_forecast --log permits.jsonl --until 2012-01-24T00:00:00Z --policy permits
    python -m tests.load.backtest_forecast --entries ...

A rolling origin: at the end of every week a forecast is made from what was known then, its interval too, and compared
with what came. An error is the sum of the differences by the sum of what came, over all origins, offices (or officers)
and seeds. A row has the number of its forecasts, the share of them whose interval held what came, and the interval of
Wilson for that share (95 %), as if forecasts were independent. They are not: weeks of successive origins overlap.
*Least* is the least share that an interval of at least 80 % could hold there: one interval for each office (or officer)
and log, chosen afterwards. It is above 80 % where counts are few and alike, for no interval holds a part of a number.

Exit code 1 when the check-ins, the hearings or the workload of offices, or of all together, are worse foreseen than by
a baseline in any week, or when a row's interval held less than 70 % or more than 90 %. Officers are shown and not
judged: a baseline of nothing wins where most numbers are 0, as in the log of permits.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, groupby
from math import sqrt
from pathlib import Path
from typing import Final

from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from streams.tools.forecast.entries import factors_of
from streams.tools.forecast.intervals import interval
from streams.tools.forecast.outlook import KINDS, MEASURES, Actual, Outlook, Scope, Weights
from streams.tools.forecast.weekly import Origin, WeeklyForecasts

WEEKS: Final = 8
WARM_UP: Final = 10
"""Weeks of a log before the first origin that counts."""
LAST: Final = 4
NOTHING: Final = Actual(0, 0, 0, 0)
NAMES: Final = {"all": "all offices together", "office": "by office", "officer": "by officer"}
JUDGED: Final = ("all", "office")
FEWEST, MOST = 0.7, 0.9
COVERED: Final = Fraction(8, 10)
"""What an interval is to hold."""
DEVIATIONS: Final = 1.96
"""Of 95 %."""
TABLED: Final = {"check_ins": "check-ins", "hearings": "hearings", "workload_minutes": "workload minutes"}
MEASURED: Final = {name: MEASURES.index(name) for name in TABLED}
HEAD: Final = (
    "| | week | came | expected | booked | error, ours | booked only | mean of the last 4 weeks | forecasts "
    "| in the interval | 95 % | least |"
)


@dataclass
class ForecastScore:
    """Sums over origins, scopes and seeds, of one measure, one kind of scope and one week ahead."""

    came: float = 0.0
    expected: float = 0.0
    booked: float = 0.0
    errors: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Of the forecast, of what is booked, and of the mean of the last four weeks."""
    inside: int = 0
    count: int = 0
    series: dict[tuple[object, Scope], list[float]] = field(default_factory=dict)
    """What came, by log and scope."""

    @property
    def least(self) -> float:
        """The least share that one interval for each scope could hold, known afterwards, if it holds 80 % at least."""
        return sum(map(least_held, self.series.values())) / self.count

    @property
    def covered(self) -> float:
        """The share of forecasts whose interval held what came."""
        return self.inside / self.count

    def row(self) -> str:
        """Its cells."""
        ours, booked, last = (f"{error / self.came:.1%}" for error in self.errors)
        low, high = wilson(self.inside, self.count)
        cells = f"{self.came:,.0f} | {self.expected:,.0f} | {self.booked:,.0f} | {ours} | {booked} | {last}"
        return f"{cells} | {self.count:,} | {self.covered:.0%} | {low:.0%} to {high:.0%} | {self.least:.0%}"


def wilson(inside: int, count: int) -> tuple[float, float]:
    """The interval of Wilson for a share, 95 %."""
    square, share = DEVIATIONS**2 / count, inside / count
    middle = share + square / 2
    half = DEVIATIONS * sqrt(share * (1 - share) / count + square / (4 * count))
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


def least_held(numbers: Sequence[float]) -> int:
    """How many of some numbers the interval holds that holds fewest, of those that hold eight tenths at least.

    Where most are alike, such as 0, no interval holds eight tenths alone.
    """
    held = [0]
    for _, alike in groupby(sorted(numbers)):
        held.append(held[-1] + len(list(alike)))
    counts = (after - before for before, after in combinations(held, 2))
    return min(count for count in counts if count >= COVERED * len(numbers))


Scores = dict[tuple[str, str, int], ForecastScore]
"""By kind of scope, measure and week ahead."""


class Backtest:
    """Notes every origin of a log with its intervals, and scores them when all is read."""

    def __init__(self, rules: Rules, until: int) -> None:
        self._weekly = WeeklyForecasts(rules, until, WEEKS)
        self._weights = Weights.of(rules)
        self._origins: list[tuple[Origin, dict[tuple[Scope, int, int], float]]] = []

    def run(self, log: Path, found: Scores) -> None:
        """Read a log, and add its forecasts to the scores."""
        self._weekly.run(read_events([log]), on_origin=self._note)
        for place in range(WARM_UP, len(self._origins) - 1):
            for week in range(min(WEEKS, len(self._origins) - 1 - place)):
                self._score(found, place, week)

    @property
    def origins(self) -> int:
        """How many count."""
        return max(0, len(self._origins) - 1 - WARM_UP)

    def _note(self, origin: Origin) -> None:
        bounds = {
            (scope, measure, week): self._weekly.errors.bound(scope, measure, week)
            for scope in origin.outlooks
            for measure in MEASURED.values()
            for week in range(WEEKS)
        }
        self._origins.append((origin, bounds))

    def _score(self, found: Scores, place: int, week: int) -> None:
        origin, bounds = self._origins[place]
        actuals = self._origins[place + week + 1][0].actuals
        before = [self._origins[earlier][0].actuals for earlier in range(place - LAST + 1, place + 1)]
        for scope, outlook in origin.outlooks.items():
            actual = actuals.get(scope, NOTHING)
            for name, measure in MEASURED.items():
                score = found.setdefault((scope.kind, name, week), ForecastScore())
                expected, came = outlook.expected[measure][week], actual[measure]
                booked = self._booked(outlook, name, week)
                last = sum(each.get(scope, NOTHING)[measure] for each in before) / LAST
                score.came, score.expected, score.booked = (
                    score.came + came, score.expected + expected, score.booked + booked,
                )  # fmt: skip
                for number, guess in enumerate((expected, booked, last)):
                    score.errors[number] += abs(came - guess)
                low, high = interval(expected, bounds[scope, measure, week])
                score.inside += low <= came <= high
                score.count += 1
                score.series.setdefault((self, scope), []).append(came)

    def _booked(self, outlook: Outlook, name: str, week: int) -> float:
        check_ins, hearings = (booked[week] for booked in outlook.booked)
        if name == "workload_minutes":
            return outlook.case_minutes + self._weights.of_appointments(check_ins, hearings)
        return check_ins if name == "check_ins" else hearings


def lines(scores: Scores) -> Iterator[str]:
    """A table for each measure and kind of scope."""
    yield HEAD
    yield "|---|---" + "|---:" * 10 + "|"
    for name, words in TABLED.items():
        for kind in KINDS:
            for week in range(WEEKS):
                score = scores.get((kind, name, week))
                if score and score.came:
                    yield f"| {words}, {NAMES[kind]} | {week + 1} | {score.row()} |"


def failures(scores: Scores) -> Iterator[str]:
    """Return the rows that are worse than a baseline, or whose coverage is too low or too high."""
    for name, words in TABLED.items():
        for kind in JUDGED:
            for week in range(WEEKS):
                score = scores.get((kind, name, week))
                if score is None or not score.came:
                    continue
                row = f"{words}, {NAMES[kind]}, week {week + 1}"
                if score.errors[0] >= min(score.errors[1:]):
                    yield f"{row}: a baseline is better"
                if not FEWEST <= score.covered <= MOST:
                    yield f"{row}: {score.covered:.1%} of {score.count:,} in the interval, least {score.least:.1%}"


def entry_lines(log: Path, until: int) -> Iterator[str]:
    """The error of cases that enter, with the season of a year ago and without, of a log of two years and more."""
    totals = entries_of(log, until)
    yield "| | " + " | ".join(f"week {week + 1}" for week in range(WEEKS)) + " |"
    yield "|---" + "|---:" * WEEKS + "|"
    for name, share in (("mean of the last 13 weeks", 0.0), ("with the season", 1.0)):
        errors, came = [0.0] * WEEKS, 0.0
        for origin in range(72, len(totals) - WEEKS):
            factors = factors_of(totals[:origin], WEEKS)
            mean = sum(totals[origin - 13 : origin]) / 13
            came += totals[origin]
            for week in range(WEEKS):
                errors[week] += abs(totals[origin + week] - mean * (1 + share * (factors[week] - 1)))
        yield f"| {name} | " + " | ".join(f"{error / came:.0%}" for error in errors) + " |"


def entries_of(log: Path, until: int) -> Sequence[float]:
    """New cases by week, as the forecast counts them."""
    weekly = WeeklyForecasts(Rules(load_policy()), until, WEEKS)
    weekly.run(read_events([log]))
    return weekly.entries


def logs(arguments: argparse.Namespace) -> Iterator[tuple[Path, int]]:
    """The log that is named, or one generated for each seed; and when it ends (ms)."""
    if arguments.log:
        yield arguments.log, to_ms(arguments.until)
        return
    for seed in arguments.seeds:
        options = Options(
            cases=arguments.cases,
            officers=arguments.officers,
            days=arguments.days,
            seed=seed,
            trend=arguments.trend,
            season=arguments.season,
        )
        with tempfile.TemporaryDirectory() as folder:
            generate(options, Path(folder), policy=load_policy())
            manifest = json.loads((Path(folder) / "manifest.json").read_text())
            yield Path(folder) / "events.jsonl", to_ms(manifest["until"])


def main(arguments: argparse.Namespace) -> int:
    """Print the tables; 1 when something fails."""
    scores: Scores = {}
    origins = []
    for log, until in logs(arguments):
        if arguments.entries:
            print("\n".join(entry_lines(log, until)))
            continue
        backtest = Backtest(Rules(load_policy(arguments.policy)), until)
        backtest.run(log, scores)
        origins.append(backtest.origins)
    if arguments.entries:
        return 0
    print("\n".join(lines(scores)))
    print(f"{sum(origins):,} origins in all, logs: {len(origins):,}")
    failed = list(failures(scores))
    print("\n".join(failed) or "every row of offices is better than both baselines, with 70 to 90 % in the intervals")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=6_000)
    parser.add_argument("--officers", type=int, default=40)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--trend", type=float, default=0.5)
    parser.add_argument("--season", type=float, default=0.4)
    parser.add_argument("--seeds", type=int, nargs="+", default=[5], help="a generated log each")
    parser.add_argument("--log", type=Path, help="another log, with --until")
    parser.add_argument("--until", help="where the log ends")
    parser.add_argument("--policy", type=Path, help="a policy, or the name of a packaged one")
    parser.add_argument("--entries", action="store_true", help="score new cases a week instead")
    sys.exit(main(parser.parse_args()))
