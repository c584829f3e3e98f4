"""Intervals that hold 80 % of what comes, by how far earlier forecasts of the same log were off.

The sum of all offices has errors of its own. They hold however far offices err together: no correlation is assumed.
Every office has its own, too. The errors of a large one grow faster than the root, as its weeks are busy or quiet as a
whole, so a bound of all offices would hold too few of the large and too many of the small. Officers share theirs: those
of one are few and mostly of counts near 0 (deploy/forecast.md compares both).

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
_OWN: Final = "office"
"""The kind of scope whose errors are kept for each scope."""
_BANDS: Final = (0, 1, 2, 4, 8, 16)
"""First weeks of the bands, from 0."""


class Errors:
    """The errors of forecasts that have come due."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str | Scope, int, int], list[float]] = defaultdict(list)
        self._bounds: dict[tuple[str | Scope, int, int], float] = {}

    def add(self, outlooks: Mapping[Scope, Outlook], ahead: int, actuals: Mapping[Scope, Actual]) -> None:
        """Compare one week of a forecast with what came.

        Args:
            outlooks: The forecast.
            ahead: The week of it, from 0.
            actuals: What that week brought; a scope that is missing had nothing.
        """
        self._bounds.clear()
        nothing = Actual(0, 0, 0, 0)
        for scope, outlook in outlooks.items():
            actual = actuals.get(scope, nothing)
            for measure in range(len(MEASURES)):
                expected = outlook.expected[measure][ahead]
                error = abs(actual[measure] - expected) / _root(expected)
                self._errors[scope.kind, measure, ahead].append(error)
                if scope.kind == _OWN:
                    self._errors[scope, measure, ahead].append(error)

    def bound(self, scope: Scope, measure: int, ahead: int) -> float:
        """How many roots of a number lie between it and either end of its interval.

        It is the greatest of what the errors of that week say, those of all weeks of its band, and those of the bands
        before. They are an office's own where it has 10 in the band, else those of all offices; an officer's are those
        of all officers. With fewer than 10 errors in the band it is also no less than what chance alone makes of a
        count.
        """
        key = (scope if scope.kind == _OWN else scope.kind, measure, ahead)
        if key not in self._bounds:
            self._bounds[key] = self._bound(scope, measure, ahead)
        return self._bounds[key]

    def fewest(self, weeks: int) -> int:
        """Of how many errors the interval is that rests on the fewest; 0 when one rests on chance alone."""
        own = {source for source, _, _ in self._errors if isinstance(source, Scope)}
        scopes = (*(Scope(kind, "") for kind in KINDS), *own)
        found = min(
            len(self._of_band(self._source(scope, measure, ahead), measure, ahead))
            for scope in scopes
            for measure in range(len(MEASURES))
            for ahead in range(weeks)
        )
        return found if found >= _FEWEST else 0

    def _bound(self, scope: Scope, measure: int, ahead: int) -> float:
        source = self._source(scope, measure, ahead)
        of_band = self._of_band(source, measure, ahead)
        before = (
            self._of_band(self._source(scope, measure, start), measure, start) for start in _BANDS if start < ahead
        )
        groups = [of_band, self._errors.get((source, measure, ahead), []), *before]
        bound = max((_quantile(sorted(each)) for each in groups if len(each) >= _FEWEST), default=0.0)
        return bound if len(of_band) >= _FEWEST else max(bound, _POISSON)

    def _source(self, scope: Scope, measure: int, ahead: int) -> str | Scope:
        """Whose errors count in the band of a week: the scope's own, or those of all of its kind."""
        return scope if len(self._of_band(scope, measure, ahead)) >= _FEWEST else scope.kind

    def _of_band(self, source: str | Scope, measure: int, ahead: int) -> list[float]:
        first = bisect_right(_BANDS, ahead) - 1
        weeks = range(_BANDS[first], _BANDS[first + 1])
        return list(chain.from_iterable(self._errors.get((source, measure, week), ()) for week in weeks))


def interval(expected: float, bound: float) -> tuple[float, float]:
    """The ends of the interval of a number, none below 0."""
    half = bound * _root(expected)
    return max(0.0, expected - half), expected + half


def _root(expected: float) -> float:
    return sqrt(max(expected, 1.0))


def _quantile(errors: list[float]) -> float:
    return errors[min(len(errors), ceil((len(errors) + 1) * _COVERED)) - 1]
