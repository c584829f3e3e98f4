"""Histogram buckets: counts of numbers by range, for quantiles."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

__all__ = ["Buckets"]


class Buckets:
    """Counts numbers by range.

    Args:
        bounds: The greatest number of each bucket but the last, ascending.
        numbers: The first numbers to count.

    Attributes:
        total: The sum of the numbers.
    """

    __slots__ = ("_bounds", "_places", "total")

    def __init__(self, bounds: Sequence[float], numbers: Iterable[float] = ()) -> None:
        self._bounds = bounds
        self._places = [0] * (len(bounds) + 1)
        self.total: float = 0.0
        for number in numbers:
            self.add(number)

    def __len__(self) -> int:
        return sum(self._places)

    def add(self, number: float) -> None:
        """Count a number."""
        self._places[bisect_left(self._bounds, number)] += 1
        self.total += number

    def cumulative(self) -> list[tuple[str, float]]:
        """Pairs of a bound in Prometheus's format and the count up to it."""
        names = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        return list(zip(names, accumulate(self._places.copy()), strict=True))
