"""The causes of officer alerts (CONTRACT.md §10): what holds for an officer at a period end, and when that may change.

Where the contract is silent:

- An officer who never completed a required course lapsed on becoming active.
- Leave and departure are one absence, which began with the first of them.
- A run of period ends goes on under another policy while the utilisation is at or above that policy's mark, and while
  its cause is disabled: the same alert can come back.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from schemas.alerts import OfficerCause
from schemas.instants import AFTER_ALL_TIME
from streams.core.officers.registers import Change, CompletedTraining, Duty, OfficerFact, OfficerRegisters
from streams.core.officers.rules import OFFICER_CAUSES, Hysteresis, OfficerRules
from streams.core.officers.state import OfficerState
from streams.core.state.standing_record import EndedAlert

__all__ = [
    "Holding",
    "LoadSnapshot",
    "can_come_back",
    "holdings",
    "is_absent",
    "next_timer_of",
    "no_change_range",
    "policy_holdings",
    "reads",
    "recount_runs",
    "stands",
]


_PLACE: Final = {cause: place for place, cause in enumerate(OFFICER_CAUSES)}
_OVERLOADED: Final = _PLACE[OfficerCause.OVERLOADED]
_CRITICAL: Final = _PLACE[OfficerCause.CRITICAL]
_ORPHANED: Final = _PLACE[OfficerCause.ORPHANED_CASELOAD]
_TRAINING: Final = _PLACE[OfficerCause.TRAINING_LAPSED]
_INTAKE: Final = _PLACE[OfficerCause.INTAKE_TOO_FAST]
_REVIEW: Final = _PLACE[OfficerCause.POLICY_REVIEW_OVERDUE]

_READ: Final = {
    _OVERLOADED: Change.CAPACITY | Change.STATUS,
    _CRITICAL: Change.CAPACITY | Change.STATUS,
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
    if isinstance(fact, CompletedTraining):
        return cause == _TRAINING and fact.course == instance and change is not Change.NOTHING
    return bool(_READ.get(cause, Change.NOTHING) & change)


class LoadSnapshot(NamedTuple):
    """An officer's load, as a judging reads it.

    Attributes:
        at: The period end (ms).
        has_cases: Whether any case is open, in custody or not.
        workload: In the units of the rules.
        capacity: Minutes a month.
        takes_in_too_fast: Whether the cases taken in within 30 days are too many for those open before.
    """

    at: int
    has_cases: bool
    workload: int
    capacity: Fraction
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


def holdings(state: OfficerState, seen: LoadSnapshot, rules: OfficerRules) -> list[Holding]:
    """The conditions that hold for an officer, before or after their deadline; updates the runs in `state`."""
    standing = {alert.cause: alert.anchor for alert in state.standing}
    held: list[Holding] = []
    if is_absent(state):
        state.overloaded_since = state.critical_since = 0
    else:
        state.overloaded_since = _run(state.overloaded_since, _OVERLOADED in standing, seen, rules.overloaded, rules)
        state.critical_since = _run(state.critical_since, _CRITICAL in standing, seen, rules.critical, rules)
    state.overloaded_from = _counted_from(state.overloaded_from, state.overloaded_since, rules.period)
    state.critical_from = _counted_from(state.critical_from, state.critical_since, rules.period)
    if since := state.overloaded_since:
        held.append(Holding(_OVERLOADED, None, since, state.overloaded_from + rules.overloaded.delay_ms, []))
    if since := state.critical_since:
        held.append(Holding(_CRITICAL, None, since, state.critical_from + rules.critical.delay_ms, []))
    if seen.takes_in_too_fast:
        since = standing.get(_INTAKE, seen.at)
        held.append(Holding(_INTAKE, None, since, since, []))
    held += _of_registers(state.registers, seen, rules)
    return [holding for holding in held if rules.enabled[holding.cause]]


def policy_holdings(rules: OfficerRules) -> list[Holding]:
    """The condition of the policy itself, which no officer has: its review is overdue."""
    passed_at = rules.review_passed_at
    return [Holding(_REVIEW, None, passed_at, passed_at, [])] if rules.enabled[_REVIEW] else []


def next_timer_of(state: OfficerState, held: list[Holding], at: int, rules: OfficerRules, office: str | None) -> int:
    """The next instant (ms) at which a deadline or an escalation falls due; AFTER_ALL_TIME when there is none."""
    instants = [holding.deadline for holding in held if holding.deadline > at]
    instants += [rules.escalates_at(a.cause, a.raised_at, office) for a in state.standing if a.escalated_at is None]
    return min(instants, default=AFTER_ALL_TIME)


def no_change_range(state: OfficerState, capacity: Fraction, rules: OfficerRules) -> tuple[int, int]:
    """Workloads (units), from the first and below the second, that neither begin nor end a run or an alert."""
    low, high = 0, AFTER_ALL_TIME
    if is_absent(state):
        return low, high
    standing = {alert.cause for alert in state.standing}
    for cause, since, marks in (
        (_OVERLOADED, state.overloaded_since, rules.overloaded),
        (_CRITICAL, state.critical_since, rules.critical),
    ):
        if since:
            low = max(low, rules.bound(marks.clear_below if cause in standing else marks.raise_at, capacity))
        else:
            high = min(high, rules.bound(marks.raise_at, capacity))
    return low, high


def is_absent(state: OfficerState) -> bool:
    """Whether the officer is on leave or departed."""
    return state.registers.duty.value == Duty.ABSENT


def recount_runs(state: OfficerState, judged: int, was: int, period: int) -> None:
    """Convert running runs to another load period: they keep the number of period ends that they lasted.

    Args:
        state: The officer's.
        judged: The period end judged last (ms).
        was: The period until now (ms).
        period: The period from now on.
    """
    following = (judged // period + 1) * period

    def moved(since: int, counted_from: int) -> int:
        ends = (judged - (counted_from or since)) // was + 1
        return following - ends * period if since else 0

    state.overloaded_from = moved(state.overloaded_since, state.overloaded_from)
    state.critical_from = moved(state.critical_since, state.critical_from)


def can_come_back(state: OfficerState, ended: EndedAlert, at: int) -> bool:
    """Whether an alert that ended can be raised again after the period end `at` (ms), under whatever policy.

    The anchor of some causes is a period end: it cannot come again once it has passed, and the run is over.
    """
    cause, _, anchor, _ = ended
    if cause == _OVERLOADED:
        return anchor in (at, state.overloaded_since)
    if cause == _CRITICAL:
        return anchor in (at, state.critical_since)
    return cause != _INTAKE or anchor == at


def stands(state: OfficerState, cause: OfficerCause) -> bool:
    """Whether an alert of a cause stands."""
    place = _PLACE[cause]
    return any(alert.cause == place for alert in state.standing)


def _run(since: int, stands: bool, seen: LoadSnapshot, marks: Hysteresis, rules: OfficerRules) -> int:
    """First period end (ms) of the run that goes on, or begins, at this one; 0 when there is none."""
    if seen.workload < rules.bound(marks.clear_below if stands else marks.raise_at, seen.capacity):
        return 0
    return since or seen.at


def _counted_from(counted_from: int, since: int, period: int) -> int:
    """The instant (ms) from which a run counts; under another period it may begin at a restart, between period ends."""
    return (counted_from or since // period * period) if since else 0


def _of_registers(registers: OfficerRegisters, seen: LoadSnapshot, rules: OfficerRules) -> Iterator[Holding]:
    duty, updated = registers.duty, registers.updated
    if updated is None or duty.since is None:
        return
    began, *_, event_id, _ = duty.since
    if duty.value == Duty.ABSENT:
        if seen.has_cases:
            yield Holding(_ORPHANED, None, began, rules.orphaned_at(began, updated.office), [event_id])
        return
    for course in rules.required_courses:
        completed = registers.completed.get(course)
        if completed is None:
            yield Holding(_TRAINING, course, began, began, [event_id])
        else:
            yield Holding(_TRAINING, course, completed.valid_until, completed.valid_until, [completed.key[3]])
