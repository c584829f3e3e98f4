"""The search for the knee: the highest rate that a worker holds."""

from math import sqrt
from typing import Final

__all__ = ["RateSearch"]

_LEAST: Final = 1.0


class RateSearch:
    """Doubles the rate until it is not sustained, then halves the gap, in ratios.

    Args:
        first: The rate to begin with, events a second.
        precision: How far the lowest rate that was not sustained may be above the knee: 0.1 is 10 %.
        most: No higher rate is tried.
    """

    def __init__(self, first: float, precision: float, most: float) -> None:
        self._next = min(first, most)
        self._precision, self._most = precision, most
        self._sustained: float | None = None
        self._exceeded: float | None = None

    @property
    def knee(self) -> float | None:
        """The highest rate that was sustained; None when none was."""
        return self._sustained

    def next_rate(self) -> float | None:
        """The next rate to try; None when the knee is found."""
        sustained, exceeded = self._sustained, self._exceeded
        if sustained is None and exceeded is None:
            return self._next
        if exceeded is None:
            assert sustained is not None
            return None if sustained >= self._most else min(2 * sustained, self._most)
        if sustained is None:
            return exceeded / 2 if exceeded / 2 >= _LEAST else None
        return None if exceeded <= sustained * (1 + self._precision) else sqrt(sustained * exceeded)

    def record(self, rate: float, *, is_sustained: bool) -> None:
        """Record whether a rate was sustained."""
        if is_sustained:
            self._sustained = rate if self._sustained is None else max(rate, self._sustained)
        else:
            self._exceeded = rate if self._exceeded is None else min(rate, self._exceeded)
