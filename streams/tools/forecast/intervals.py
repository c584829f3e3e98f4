"""Intervals that hold 80 % of what comes, by how far earlier forecasts of the same log were off.

The sum of all offices has errors of its own. They hold however far offices err together: no correlation is assumed.

At the end of every week of the log a forecast is made from what was known then. When its weeks have passed, the error
of each number is put in relation to the root of the number, as counts vary; 80 % of these errors lie within the bound.
Weeks further ahead are taken together in bands, for few of their errors are known early in a log. The later weeks of a
band are off by more than the earlier ones, so a week whose own errors are greater has a bound of its own; and what lies
further ahead is never known better, so no bound is below that of a band before.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from math import ceil, sqrt
from typing import Final

from streams.tools.forecast.outlook import KINDS, MEASURES, Actual, Outlook, Scope

__all__ = ["Errors", "interval"]

_COVERED: Final = 0.8
_FEWEST: Final = 10
"""Errors that a bound needs; a choice. With four, the largest of them would be the bound of 80 %."""
_POISSON: Final = 1.2816
"""Of a count that varies by chance alone 80 % lie within so many roots: the normal distribution's quantile of 90 %."""
_BANDS: Final = (0, 1, 2, 4, 8, 16)
"""First weeks of the bands, from 0."""


class Errors:
    """The errors of forecasts that have come due."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, int, int], list[float]] = defaultdict(list)
        self._bounds: dict[tuple[str, int, int], tuple[int, float]] = {}  # and of how many errors each is

    def add(self, outlooks: Mapping[Scope, Outlook], ahead: int, actuals: Mapping[Scope, Actual]) -> None:
        """Compare one week of a forecast with what came.

        Args:
            outlooks: The forecast.
            ahead: The week of it, from 0.
            actuals: What that week brought; a scope that is missing had nothing.
        """
        nothing = Actual(0, 0, 0, 0)
        for scope, outlook in outlooks.items():
            actual = actuals.get(scope, nothing)
            for measure in range(len(MEASURES)):
                expected = outlook.expected[measure][ahead]
                self._errors[scope.kind, measure, ahead].append(abs(actual[measure] - expected) / _root(expected))

    def bound(self, kind: str, measure: int, ahead: int) -> float:
        """How many roots of a number lie between it and either end of its interval.

        It is the greatest of what the errors of that week say, those of all weeks of its band, and those of the bands
        before. With fewer than 10 errors in the band it is also no less than what chance alone makes of a count.
        """
        key, of_band = (kind, measure, ahead), self._of_band(kind, measure, ahead)
        groups = [of_band, [self._errors[key]] if key in self._errors else []]
        groups += [self._of_band(kind, measure, start) for start in _BANDS if start < ahead]
        count = sum(len(each) for group in groups for each in group)
        counted, bound = self._bounds.get(key, (-1, 0.0))
        if counted != count:
            errors = [sorted(chain.from_iterable(group)) for group in groups]
            bound = max((_quantile(each) for each in errors if len(each) >= _FEWEST), default=0.0)
            if len(errors[0]) < _FEWEST:
                bound = max(bound, _POISSON)
            self._bounds[key] = count, bound
        return bound

    def fewest(self, weeks: int) -> int:
        """Of how many errors the interval is that rests on the fewest; 0 when one rests on chance alone."""
        found = min(
            sum(map(len, self._of_band(kind, measure, ahead)))
            for kind in KINDS
            for measure in range(len(MEASURES))
            for ahead in range(weeks)
        )
        return found if found >= _FEWEST else 0

    def _of_band(self, kind: str, measure: int, ahead: int) -> list[list[float]]:
        first = bisect_right(_BANDS, ahead) - 1
        weeks = range(_BANDS[first], _BANDS[first + 1])
        return [self._errors[kind, measure, week] for week in weeks if (kind, measure, week) in self._errors]


def interval(expected: float, bound: float) -> tuple[float, float]:
    """The ends of the interval of a number, none below 0."""
    half = bound * _root(expected)
    return max(0.0, expected - half), expected + half


def _root(expected: float) -> float:
    return sqrt(max(expected, 1.0))


def _quantile(errors: list[float]) -> float:
    return errors[min(len(errors), ceil((len(errors) + 1) * _COVERED)) - 1]
