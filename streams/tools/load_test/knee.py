"""The search for the knee: the highest rate that a worker holds."""

from math import sqrt
from typing import Final

__all__ = ["KneeSearch"]

_LEAST: Final = 1.0


class KneeSearch:
    """Doubles the rate until it is not held, then halves the gap, in ratios.

    Args:
        first: The rate to begin with, events a second.
        precision: How far the lowest rate that was not held may be above the knee: 0.1 is 10 %.
        most: No higher rate is tried.
    """

    def __init__(self, first: float, precision: float, most: float) -> None:
        self._next = min(first, most)
        self._precision, self._most = precision, most
        self._held: float | None = None
        self._lost: float | None = None

    @property
    def knee(self) -> float | None:
        """The highest rate that was held; None when none was."""
        return self._held

    def next_rate(self) -> float | None:
        """What to try next; None when the knee is found."""
        held, lost = self._held, self._lost
        if held is None and lost is None:
            return self._next
        if lost is None:
            assert held is not None
            return None if held >= self._most else min(2 * held, self._most)
        if held is None:
            return lost / 2 if lost / 2 >= _LEAST else None
        return None if lost <= held * (1 + self._precision) else sqrt(held * lost)

    def tell(self, rate: float, *, was_held: bool) -> None:
        """Say how a rate went."""
        if was_held:
            self._held = rate if self._held is None else max(rate, self._held)
        else:
            self._lost = rate if self._lost is None else min(rate, self._lost)
