"""The causes of officer alerts (contract §10): what holds for an officer at a period end, and when that may change.

Where the contract is silent:

- A utilisation that is null (no capacity) is at or above no mark, and ends a run and its alert.
- An officer who never completed a required course lapsed on becoming active.
- Leave and departure are one absence, which began with the first of them.
- Before the first period end judged nobody had an open case, as far as an intake is measured.
"""

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from schemas.alerts import OfficerCause
from streams.core.officer_registers import Change, Completed, Duty, OfficerFact, OfficerRegisters
from streams.core.officer_rules import OFFICER_CAUSES, OFFICER_ESCALATE_AFTER_MS, Hysteresis, OfficerRules
from streams.core.officer_state import OfficerState

__all__ = ["NEVER", "Holding", "Seen", "calm_band", "holdings", "policy_holding", "reads", "stands", "wake_of"]

NEVER: Final = 1 << 62
"""An instant (ms) that does not come."""

_PLACE: Final = {cause: place for place, cause in enumerate(OFFICER_CAUSES)}
_OVERLOADED: Final = _PLACE[OfficerCause.OVERLOADED]
_CRITICAL: Final = _PLACE[OfficerCause.CRITICAL]
_ORPHANED: Final = _PLACE[OfficerCause.ORPHANED_CASELOAD]
_TRAINING: Final = _PLACE[OfficerCause.TRAINING_LAPSED]
_INTAKE: Final = _PLACE[OfficerCause.INTAKE_TOO_FAST]
_REVIEW: Final = _PLACE[OfficerCause.POLICY_REVIEW_OVERDUE]

_READ: Final = {
    _OVERLOADED: Change.CAPACITY,
    _CRITICAL: Change.CAPACITY,
    _ORPHANED: Change.DUTY | Change.OFFICE,
    _TRAINING: Change.DUTY,
}


def reads(cause: int, instance: str | None, fact: OfficerFact, change: Change) -> bool:
    """Whether an alert's cause reads what a fact changed; what else ends an alert is the load.

    Args:
        cause: Index in OFFICER_CAUSES.
        instance: The course of a training_lapsed, else None.
        fact: An officer event's fact.
        change: What it changed.
    """
    if isinstance(fact, Completed):
        return cause == _TRAINING and fact.course == instance and change is not Change.NOTHING
    return bool(_READ.get(cause, Change.NOTHING) & change)


class Seen(NamedTuple):
    """What a judging knows of an officer's load.

    Attributes:
        at: The period end (ms).
        open_cases: Open cases at liberty.
        utilisation: Workload by capacity; None without capacity.
        takes_in_too_fast: Whether the cases taken in within 30 days are too many for those open before.
    """

    at: int
    open_cases: int
    utilisation: float | None
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


def holdings(state: OfficerState, seen: Seen, rules: OfficerRules) -> list[Holding]:
    """What holds for an officer, its deadline passed or ahead; the runs in `state` begin, go on or end."""
    standing = {alert.cause: alert.anchor for alert in state.standing}
    state.overloaded_since = _run(state.overloaded_since, _OVERLOADED in standing, seen, rules.overloaded)
    state.critical_since = _run(state.critical_since, _CRITICAL in standing, seen, rules.critical)
    held: list[Holding] = []
    if state.overloaded_since:
        since = state.overloaded_since
        held.append(Holding(_OVERLOADED, None, since, since + rules.overloaded.ripens, []))
    if state.critical_since:
        since = state.critical_since
        held.append(Holding(_CRITICAL, None, since, since + rules.critical.ripens, []))
    if seen.takes_in_too_fast:
        since = standing.get(_INTAKE, seen.at)
        held.append(Holding(_INTAKE, None, since, since, []))
    held += _of_registers(state.registers, seen, rules)
    return held


def policy_holding(rules: OfficerRules) -> Holding:
    """What holds, sooner or later, for the policy itself, which is nobody's: that it should have been reviewed."""
    passed_at = rules.review_passed_at
    return Holding(_REVIEW, None, passed_at, passed_at, [])


def wake_of(state: OfficerState, held: list[Holding], at: int) -> int:
    """The next instant (ms) at which a deadline or an escalation falls due; NEVER when there is none."""
    instants = [holding.deadline for holding in held if holding.deadline > at]
    instants += [a.raised_at + OFFICER_ESCALATE_AFTER_MS for a in state.standing if a.escalated_at is None]
    return min(instants, default=NEVER)


def calm_band(state: OfficerState, rules: OfficerRules) -> tuple[float, float]:
    """Utilisations, from the first and below the second, that neither begin nor end a run or an alert."""
    standing = {alert.cause for alert in state.standing}
    low, high = 0.0, inf
    for cause, since, marks in (
        (_OVERLOADED, state.overloaded_since, rules.overloaded),
        (_CRITICAL, state.critical_since, rules.critical),
    ):
        if since:
            low = max(low, marks.clear_below if cause in standing else marks.raise_at)
        else:
            high = min(high, marks.raise_at)
    return low, high


def stands(state: OfficerState, cause: OfficerCause) -> bool:
    """Whether an alert of a cause stands."""
    place = _PLACE[cause]
    return any(alert.cause == place for alert in state.standing)


def _run(since: int, stands: bool, seen: Seen, marks: Hysteresis) -> int:
    """First period end (ms) of the run that goes on, or begins, at this one; 0 when there is none."""
    if seen.utilisation is None or seen.utilisation < (marks.clear_below if stands else marks.raise_at):
        return 0
    return since or seen.at


def _of_registers(registers: OfficerRegisters, seen: Seen, rules: OfficerRules) -> Iterator[Holding]:
    duty, updated = registers.duty, registers.updated
    if updated is None or duty.since is None:
        return
    began, *_, event_id, _ = duty.since
    if duty.value == Duty.AWAY:
        if seen.open_cases:
            yield Holding(_ORPHANED, None, began, rules.orphaned_at(began, updated.office), [event_id])
        return
    for course in rules.required_courses:
        completed = registers.completed.get(course)
        if completed is None:
            yield Holding(_TRAINING, course, began, began, [event_id])
        else:
            yield Holding(_TRAINING, course, completed.valid_until, completed.valid_until, [completed.key[3]])
