"""Events applied to packed cases in C, where the installation compiled it; without a compiler every case is unpacked.

`deploy/wheel/compile.py` compiles `streams/core/in_place/_applying.pyx`. Its equivalent in Python is
`streams.core.case_table`: it applies every other event, and leaves the same bytes of a case.
"""

from typing import TYPE_CHECKING, Any, Protocol

from schemas import hot
from streams.core.load.partition_counts import PartitionCounts
from streams.core.policy.rules import Rules
from streams.core.state.case_states import CaseStates
from streams.core.time.deadlines import Deadlines

__all__ = ["InPlace", "in_place"]


class InPlace(Protocol):
    """Applies the most frequent events to packed cases.

    Attributes:
        applied: How many events it applied.
    """

    applied: int

    def apply(self, case_id: str, event: hot.CaseEvent, at: int, deadlines_behind: dict[str, int]) -> int:
        """Apply an event at an instant (ms) and judge its case.

        Returns:
            1 if the event changed anything, 0 if not, and -1 if nothing was done: the case is to be unpacked.
        """
        ...


if TYPE_CHECKING:
    Compiled: Any = None
else:
    try:
        from streams.core.in_place._applying import InPlace as Compiled
    except ImportError:
        Compiled = None


def in_place(rules: Rules, states: CaseStates, counts: PartitionCounts, timers: Deadlines) -> InPlace | None:
    """What applies events to these packed cases; None where these modules are not compiled."""
    found: InPlace | None = None if Compiled is None else Compiled.of(rules, states, counts, timers)
    return found
