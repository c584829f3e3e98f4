"""Numbers of policies and events as they were written: 4.15 hours are 249 minutes, not 249.00000000000003."""

from decimal import Decimal
from typing import Final

__all__ = ["exact", "minutes"]

_HOUR: Final = 60


def exact(number: float) -> Decimal:
    """The decimal that a number was written as: the shortest that is read as this one."""
    return Decimal(repr(number))


def minutes(hours: float) -> float:
    """Hours in minutes, exact in decimal and rounded once."""
    return float(exact(hours) * _HOUR)
