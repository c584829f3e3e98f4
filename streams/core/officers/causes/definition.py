"""The definition that the file of a cause of officer alerts makes, and its types."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from schemas.policy import Policy
from streams.core.officers.state.capacity import Capacity
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import Change
from streams.core.officers.state.rules import OfficerRules

__all__ = ["Holding", "LoadSnapshot", "OfficerCauseDefinition"]


class LoadSnapshot(NamedTuple):
    """An officer's load, as a judging reads it.

    Attributes:
        at: The period end (ms).
        has_cases: Whether any case is open, in custody or not.
        workload: In the units of the rules.
        capacity: The officer's.
        takes_in_too_fast: Whether the cases taken in within 30 days are too many for those open before.
    """

    at: int
    has_cases: bool
    workload: int
    capacity: Capacity
    takes_in_too_fast: bool


class Holding(NamedTuple):
    """One alert that holds.

    Attributes:
        cause: Index in OFFICER_CAUSES.
        instance: The course, or None.
        anchor, deadline: Milliseconds.
        evidence: Ids of the events whose value is the anchor.
    """

    cause: int
    instance: str | None
    anchor: int
    deadline: int
    evidence: list[str]


def _can_return(_state: OfficerState, _anchor: int, _at: int) -> bool:
    return True


def _no_recount(_state: OfficerState, _judged: int, _was: int, _period: int) -> None:
    return


class OfficerCauseDefinition(NamedTuple):
    """One cause; for a cause about the policy the state and the load are empty.

    Attributes:
        find: What holds of it, before or after its deadline. It is called at each judging, also while the cause is
            disabled, and renews what the state keeps for it.
        threshold: When an alert of it is raised under a policy, and when it ends if a lower threshold ends it, in the
            words of the console.
        reads: The registers whose change may end its alert; what else ends one is the load.
        can_return: Whether an alert that ended, with an anchor (ms), can be raised again after a period end (ms), under
            whatever policy. The anchor of some causes is a period end, which cannot come again once it has passed.
        no_change_range: Workloads (units), from the first and below the second, that neither begin nor end what the
            state keeps for it or its alert, with a capacity. None where no workload does.
        recount: Converts what the state keeps for it from a load period (ms) to another; before them comes the period
            end judged last (ms).
    """

    find: Callable[[OfficerState, LoadSnapshot, OfficerRules], Iterator[Holding]]
    threshold: Callable[[Policy], str]
    reads: Change = Change.NOTHING
    can_return: Callable[[OfficerState, int, int], bool] = _can_return
    no_change_range: Callable[[OfficerState, Capacity], tuple[int, int]] | None = None
    recount: Callable[[OfficerState, int, int, int], None] = _no_recount
