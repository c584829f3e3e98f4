"""The conditions of CONTRACT.md §10, each from the file of its cause: what holds for an officer or for the policy."""

from typing import Final

from schemas.causes import OFFICER_DECLARATIONS, OfficerCause
from schemas.instants import AFTER_ALL_TIME
from schemas.policy import Policy
from streams.core.officers.causes.definition import Holding, LoadSnapshot
from streams.core.officers.causes.table import DEFINITIONS
from streams.core.officers.state.capacity import Capacity
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import Change, CompletedTraining, OfficerFact
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules
from streams.core.state.standing_record import EndedAlert

__all__ = [
    "Holding",
    "LoadSnapshot",
    "can_return",
    "holdings",
    "next_timer_of",
    "no_change_range",
    "policy_holdings",
    "reads",
    "recount",
    "threshold",
]

_DECLARED: Final = tuple(zip(DEFINITIONS, OFFICER_DECLARATIONS.values(), strict=True))
_OF_OFFICERS: Final = tuple(each for each, declared in _DECLARED if not declared.is_of_policy)
_RANGES: Final = tuple(each.no_change_range for each in _OF_OFFICERS if each.no_change_range is not None)
_OF_POLICY: Final = tuple(each for each, declared in _DECLARED if declared.is_of_policy)


def reads(cause: int, instance: str | None, fact: OfficerFact, change: Change) -> bool:
    """Whether an alert's cause reads what a fact changed; what else ends an alert is the load.

    Args:
        cause: Index in OFFICER_CAUSES.
        instance: The course of a training_lapsed, else None.
        fact: An officer event's fact.
        change: What it changed.
    """
    is_of_other = isinstance(fact, CompletedTraining) and fact.course != instance
    return bool(DEFINITIONS[cause].reads & change) and not is_of_other


def threshold(policy: Policy, cause: OfficerCause) -> str:
    """When an alert of a cause is raised, and when it ends if a lower threshold ends it, in the console's words.

    Args:
        policy: The policy in force.
        cause: The cause.
    """
    return DEFINITIONS[OFFICER_CAUSES.index(cause)].threshold(policy)


def holdings(state: OfficerState, snapshot: LoadSnapshot, rules: OfficerRules) -> list[Holding]:
    """The conditions that hold for an officer, before or after their deadline; renews what `state` keeps for them."""
    held = [holding for each in _OF_OFFICERS for holding in each.find(state, snapshot, rules)]
    return [holding for holding in held if rules.enabled[holding.cause]]


def policy_holdings(state: OfficerState, at: int, rules: OfficerRules) -> list[Holding]:
    """The conditions of the policy itself at a period end (ms), which no officer has."""
    nothing = LoadSnapshot(at, False, 0, rules.no_capacity, False)
    held = [holding for each in _OF_POLICY for holding in each.find(state, nothing, rules)]
    return [holding for holding in held if rules.enabled[holding.cause]]


def next_timer_of(
    state: OfficerState, holdings: list[Holding], at: int, rules: OfficerRules, office: str | None
) -> int:
    """The next instant (ms) at which a deadline or an escalation falls due; AFTER_ALL_TIME when there is none."""
    earliest = AFTER_ALL_TIME
    for holding in holdings:
        if holding.deadline > at:
            earliest = min(earliest, holding.deadline)
    for alert in state.standing:
        if alert.escalated_at is None:
            earliest = min(earliest, rules.escalates_at(alert.cause, alert.raised_at, office))
    return earliest


def no_change_range(state: OfficerState, capacity: Capacity) -> tuple[int, int]:
    """Workloads (units), from the first and below the second, that neither begin nor end a run or an alert."""
    low, high = 0, AFTER_ALL_TIME
    for find in _RANGES:
        from_, below = find(state, capacity)
        low, high = max(low, from_), min(high, below)
    return low, high


def recount(state: OfficerState, judged: int, was: int, period: int) -> None:
    """Convert the runs of period ends to another load period: they keep the number of period ends that they lasted.

    Args:
        state: The officer's.
        judged: The period end judged last (ms).
        was: The period until now (ms).
        period: The period from now on.
    """
    for each in _OF_OFFICERS:
        each.recount(state, judged, was, period)


def can_return(state: OfficerState, ended: EndedAlert, at: int) -> bool:
    """Whether an alert that ended can be raised again after the period end `at` (ms), under whatever policy."""
    cause, _, anchor, _ = ended
    return DEFINITIONS[cause].can_return(state, anchor, at)
