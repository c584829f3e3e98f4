"""An officer's capacity for cases, with the workloads at which the marks of a policy lie for it.

A mark is a utilisation. It becomes the least workload, in the policy's units, that is at or above it: judging compares
whole numbers, and fractions are multiplied once for each capacity that officers have, not at each judging.
"""

from fractions import Fraction
from typing import NamedTuple

__all__ = ["Capacity", "Hysteresis", "Marks"]


class Hysteresis(NamedTuple):
    """Raised at or above one mark held for some period ends, ended below a lower one.

    Attributes:
        raise_at: Utilisation at or above which a period end counts.
        clear_below: Utilisation below which the alert ends.
        delay_ms: Milliseconds from the first period end that counts to the one at which the alert is raised.
    """

    raise_at: Fraction
    clear_below: Fraction
    delay_ms: int


class Marks(NamedTuple):
    """A hysteresis for one capacity.

    Attributes:
        raise_at: Least workload (units) at which a period end counts.
        clear_below: The alert ends below this workload (units).
        delay_ms: As in `Hysteresis`.
    """

    raise_at: int
    clear_below: int
    delay_ms: int


class Capacity:
    """A capacity under one policy. Immutable.

    Args:
        minutes: Minutes a month for cases.
        units_a_minute: Units of workload in a minute.
        overloaded, critical: The policy's.

    Attributes:
        minutes: Minutes a month for cases.
        overloaded, critical: Marks of these causes.
    """

    __slots__ = ("_divisor", "_factor", "critical", "minutes", "overloaded")

    def __init__(self, minutes: Fraction, units_a_minute: int, *, overloaded: Hysteresis, critical: Hysteresis) -> None:
        self.minutes = minutes
        self._factor, self._divisor = minutes.denominator, minutes.numerator * units_a_minute
        self.overloaded, self.critical = self._marks(overloaded), self._marks(critical)

    def utilisation(self, units: int) -> float | None:
        """Workload (units) by capacity, the float nearest to it; None without capacity."""
        return units * self._factor / self._divisor if self._divisor else None

    def _marks(self, hysteresis: Hysteresis) -> Marks:
        return Marks(self._least(hysteresis.raise_at), self._least(hysteresis.clear_below), hysteresis.delay_ms)

    def _least(self, mark: Fraction) -> int:
        if not self._divisor:
            return 1  # any workload is above every mark, and none is below
        return -(-mark.numerator * self._divisor // (mark.denominator * self._factor))
