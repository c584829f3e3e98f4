"""Intervals that hold 80 % of what comes, by how far earlier forecasts of the same log were off.

At the end of every week of the log a forecast is made from what was known then. When its weeks have passed, the error
of each number is put in relation to the root of the number, as counts vary; 80 % of these errors lie within the bound.
"""

from collections import defaultdict
from collections.abc import Mapping
from math import ceil, sqrt
from typing import Final

from streams.tools.forecast.outlook import KINDS, MEASURES, Actual, Outlook, Scope

__all__ = ["COVERED", "Errors", "interval"]

COVERED: Final = 0.8
_FEWEST: Final = 10
_POISSON: Final = 1.2816
"""Of a count that varies by chance alone 80 % lie within so many roots."""
_BANDS: Final = (0, 1, 2, 4, 8, 16)


class Errors:
    """The errors of forecasts that have come due."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, int, int], list[float]] = defaultdict(list)
        self._sorted: dict[tuple[str, int, int], int] = {}  # how many errors there were when they were sorted

    def add(self, outlooks: Mapping[Scope, Outlook], ahead: int, actuals: Mapping[Scope, Actual]) -> None:
        """Compare one week of a forecast with what came.

        Args:
            outlooks: The forecast.
            ahead: The week of it, from 0.
            actuals: What that week brought; a scope that is missing had nothing.
        """
        band = _band(ahead)
        nothing = Actual(0, 0, 0, 0)
        for scope, outlook in outlooks.items():
            actual = actuals.get(scope, nothing)
            for measure in range(len(MEASURES)):
                expected = outlook.expected[measure][ahead]
                self._errors[scope.kind, measure, band].append(abs(actual[measure] - expected) / _root(expected))

    def bound(self, kind: str, measure: int, ahead: int) -> float:
        """How many roots of a number lie between it and either end of its interval.

        With fewer than 10 errors it is what chance alone makes of a count.
        """
        errors = self._errors.get((kind, measure, _band(ahead)), [])
        if len(errors) < _FEWEST:
            return _POISSON
        if self._sorted.get((kind, measure, _band(ahead))) != len(errors):
            errors.sort()
            self._sorted[kind, measure, _band(ahead)] = len(errors)
        return errors[min(len(errors), ceil((len(errors) + 1) * COVERED)) - 1]

    def fewest(self, weeks: int) -> int:
        """Of how many errors the interval is that rests on the fewest; 0 when one rests on chance alone."""
        found = min(
            len(self._errors.get((kind, measure, _band(ahead)), ()))
            for kind in KINDS
            for measure in range(len(MEASURES))
            for ahead in range(weeks)
        )
        return found if found >= _FEWEST else 0


def interval(expected: float, bound: float) -> tuple[float, float]:
    """The ends of the interval of a number, none below 0."""
    half = bound * _root(expected)
    return max(0.0, expected - half), expected + half


def _root(expected: float) -> float:
    return sqrt(max(expected, 1.0))


def _band(ahead: int) -> int:
    return max(start for start in _BANDS if start <= ahead)
