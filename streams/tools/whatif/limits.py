"""Limits on what may differ, such as `new>100`: the command ends with 1 when one is passed."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from streams.errors import UsageError
from streams.tools.whatif.comparison import Comparison

__all__ = ["Limit", "parse_limits"]

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq,
}  # fmt: skip


def _officers_needed(comparison: Comparison) -> float:
    tried = comparison.offices[0][1] if comparison.offices else None
    return 0.0 if tried is None or tried.officers_needed is None else tried.officers_needed


_FIGURES: Final[dict[str, Callable[[Comparison], float]]] = {
    "new": lambda found: found.alerts.new,
    "gone": lambda found: found.alerts.gone,
    "earlier": lambda found: found.alerts.earlier,
    "later": lambda found: found.alerts.later,
    "critical": lambda found: found.alerts.critical_tried,
    "open": lambda found: found.alerts.open_tried,
    "looks_week": lambda found: found.alerts.looks_tried / found.weeks if found.weeks else 0.0,
    "officers_needed": _officers_needed,
}


class Limit(NamedTuple):
    """A figure of the tried side, and the bound at which the answer is no."""

    figure: str
    sign: str
    bound: float

    def sentence_when_passed(self, comparison: Comparison) -> str | None:
        """What to say when the limit is passed; None when it is not."""
        value = _FIGURES[self.figure](comparison)
        if not _OPERATORS[self.sign](value, self.bound):
            return None
        return f"{self.figure} is {value:,.10g}, and --fail-on names {self.figure}{self.sign}{self.bound:,.10g}"


def parse_limits(texts: Iterable[str]) -> list[Limit]:
    """Read `FIGURE>NUMBER`, with >, >=, <, <= or ==.

    Raises:
        UsageError: A text has another form.
    """
    limits = []
    for text in texts:
        found = re.fullmatch(r"\s*(\w+)\s*(>=|<=|==|>|<)\s*(\d+(?:\.\d+)?)\s*", text, re.ASCII)
        if found is None or found[1] not in _FIGURES:
            raise UsageError(
                f"--fail-on {text!r} must be a figure, a sign and a number, such as 'new>100'; "
                f"figures are {', '.join(_FIGURES)}"
            )
        limits.append(Limit(found[1], found[2], float(found[3])))
    return limits
