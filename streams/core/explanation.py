"""Why the alerts of a case stand or do not: the conditions of contract §4 told in words, with anchors and deadlines."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from schemas.alerts import CLASS_OF, Cause
from schemas.instants import to_text
from streams.core.causes import Causes
from streams.core.rules import CAUSES, Rules
from streams.core.state import CUSTODIES, LEVELS, CaseState, Latest, Lifecycle, Status
from streams.core.view import View, view_of

__all__ = ["CauseExplanation", "Explanation", "Verdict", "explain"]


class Verdict(StrEnum):
    """What became of one cause."""

    STANDS = "stands"
    WAITS = "waits"
    DOES_NOT_HOLD = "does not hold"
    DISABLED = "disabled"


class CauseExplanation(Struct, frozen=True):
    """One cause (and instance) of one case.

    Attributes:
        cause, cause_class: By name.
        verdict: What became of it.
        sentence: Why, in words.
        instance: check_in_id or hearing_id, or None.
        anchor, deadline: Milliseconds; None when it does not hold.
        evidence: Sorted ids of the events whose value is the anchor.
    """

    cause: str
    cause_class: str
    verdict: Verdict
    sentence: str
    instance: str | None = None
    anchor: int | None = None
    deadline: int | None = None
    evidence: tuple[str, ...] = ()


class Explanation(Struct, frozen=True):
    """A case as of an instant: the facts that are read, and every cause.

    Attributes:
        facts: One sentence a register.
        causes: At least one a cause, in contract order.
    """

    facts: tuple[str, ...]
    causes: tuple[CauseExplanation, ...]


def explain(state: CaseState, rules: Rules, clock: int) -> Explanation:
    """Explain a case.

    Args:
        state: Its registers, as of the clock.
        rules: The policy.
        clock: The instant (ms).
    """
    view = view_of(state, rules)
    causes = Causes(rules)
    held = causes.holding(view) if view is not None else []
    told: list[CauseExplanation] = []
    for place, cause in enumerate(CAUSES):
        mine = [holding for holding in held if holding[0] == place]
        if not rules.enabled[place]:
            told.append(_told(cause, Verdict.DISABLED, f"the policy {rules.policy_id} disables it"))
        elif not mine:
            told.append(
                _told(cause, Verdict.DOES_NOT_HOLD, _why_not_open(state) if view is None else _WHY_NOT[cause](view))
            )
        for _, instance, anchor, deadline in mine:
            verdict = Verdict.STANDS if deadline <= clock else Verdict.WAITS
            counted = f"counted from {to_text(anchor)}, the deadline {to_text(deadline)}"
            passed = "passed" if verdict is Verdict.STANDS else "is still ahead"
            told.append(
                CauseExplanation(
                    cause=cause,
                    cause_class=CLASS_OF[cause],
                    verdict=verdict,
                    sentence=f"{_HOLDS[cause]}; {counted} {passed}",
                    instance=instance,
                    anchor=anchor,
                    deadline=deadline,
                    evidence=tuple(causes.evidence(state, place, instance, anchor)),
                )
            )
    return Explanation(tuple(_facts(state)), tuple(told))


def _told(cause: Cause, verdict: Verdict, sentence: str) -> CauseExplanation:
    return CauseExplanation(cause=cause, cause_class=CLASS_OF[cause], verdict=verdict, sentence=sentence)


_HOLDS: Final = {
    Cause.NO_OFFICER: "no officer has the case",
    Cause.IN_TRANSIT: "it was transferred out and nobody at the new office was assigned since",
    Cause.HANDOFF_STALLED: "its new officer has neither acknowledged it nor been in contact since the handoff",
    Cause.NOTHING_SCHEDULED: "nothing was settled or is due after this",
    Cause.NOTICE_UNDELIVERABLE: "the address on record is missing or undeliverable",
    Cause.HEARING_UNRESOLVED: "the hearing has no outcome on record",
    Cause.CHECK_IN_OVERDUE: "the check-in booked is neither completed nor called off",
    Cause.HEARING_MISSED: "the hearing was recorded as missed, and there was no contact since",
    Cause.NO_CONTACT: "no check-in is booked, and there was no contact since",
}


def _why_not_open(state: CaseState) -> str:
    if not state.opened:
        return "no case_opened was seen: the case is not registered"
    return "the case is closed"


def _in_custody(_view: View) -> str:
    return "the person is in custody"


def _no_officer(view: View) -> str:
    if view.in_transit_since is not None:
        return "it is between two offices, which is in_transit's to say"
    return f"an officer has the case since {_at(view.state.assignment.since)}"


def _in_transit(view: View) -> str:
    transfer = view.state.transfer
    if transfer is None:
        return "it was never transferred out"
    return f"it was received, or an officer assigned, at office {transfer.office}"


def _handoff_stalled(view: View) -> str:
    assignment, contact = view.state.assignment, view.last_contact
    if not view.at_liberty:
        return _in_custody(view)
    if assignment.value is None or view.is_stale:
        return "no officer has the case now"
    if assignment.since == view.state.first_assignment:
        return "its officer is the first it had: nothing was handed over"
    if assignment.since is not None and contact >= assignment.since[0]:
        return f"there was contact after the handoff, at {to_text(contact)}"
    return "the new officer acknowledged it"


def _notice_undeliverable(view: View) -> str:
    return "the address on record is good" if view.at_liberty else _in_custody(view)


def _hearing_unresolved(view: View) -> str:
    if not view.state.hearings:
        return "no hearing is on record"
    return "no hearing of the open case is still waiting for an outcome"


def _check_in_overdue(view: View) -> str:
    if not view.at_liberty:
        return _in_custody(view)
    return "every booking is satisfied or called off" if view.state.bookings else "no check-in is booked"


def _hearing_missed(view: View) -> str:
    return "no hearing is missed without contact since" if view.at_liberty else _in_custody(view)


def _no_contact(view: View) -> str:
    if not view.at_liberty:
        return _in_custody(view)
    dues = [booking.due for _, booking in view.unsatisfied if booking.due is not None]
    return f"a check-in is booked for {to_text(min(dues))}, and that is the date that counts"


_WHY_NOT: Final[dict[Cause, Callable[[View], str]]] = {
    Cause.NO_OFFICER: _no_officer,
    Cause.IN_TRANSIT: _in_transit,
    Cause.HANDOFF_STALLED: _handoff_stalled,
    Cause.NOTHING_SCHEDULED: _in_custody,
    Cause.NOTICE_UNDELIVERABLE: _notice_undeliverable,
    Cause.HEARING_UNRESOLVED: _hearing_unresolved,
    Cause.CHECK_IN_OVERDUE: _check_in_overdue,
    Cause.HEARING_MISSED: _hearing_missed,
    Cause.NO_CONTACT: _no_contact,
}


def _facts(state: CaseState) -> list[str]:
    lifecycle, custody, address = state.lifecycle, state.custody, state.address_is_bad
    held_in = next(name for name, place in CUSTODIES.items() if place == custody.value)
    facts = [
        f"{Lifecycle(lifecycle.value).name.lower()} since {_at(lifecycle.since)}",
        f"office {state.office or 'unknown'}, level {LEVELS[state.level] if state.level_key else 'unknown'}",
        f"officer {state.assignment.value or 'none'} since {_at(state.assignment.since)}",
        f"custody {held_in} since {_at(custody.since)}",
        f"address {'missing or undeliverable' if address.value else 'good'} since {_at(address.since)}",
        f"last contact {_latest(state.last_contact)}, last settled {_latest(state.last_settled)}",
    ]
    if state.transfer is not None:
        way = "in at" if state.transfer.arrived else "out to"
        facts.append(f"transferred {way} {state.transfer.office} at {_at(state.transfer.key)}")
    for what, book in (("check-in", state.bookings), ("hearing", state.hearings)):
        for name, appointment in sorted(book.items()):
            status = Status(appointment.status).name.lower().replace("_", " ")
            done = "" if appointment.completed is None else f", completed {to_text(appointment.completed)}"
            facts.append(f"{what} {name}: {status}, due {_ms(appointment.due)}{done}")
    return facts


def _at(key: tuple[int, int, int, str, int] | None) -> str:
    return "before all records" if key is None else to_text(key[0])


def _latest(latest: Latest | None) -> str:
    return _ms(None if latest is None else latest.at)


def _ms(ms: int | None) -> str:
    return "never" if ms is None else to_text(ms)
