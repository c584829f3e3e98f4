"""Why the alerts of a case stand or do not: the conditions of CONTRACT.md §4 in words, with anchors and deadlines."""

from enum import StrEnum

from msgspec import Struct

from schemas.alerts import CLASS_OF, Cause
from schemas.instants import to_text
from streams.core.alerting.case_view import view_of
from streams.core.alerting.causes.definition import Explained
from streams.core.alerting.causes.table import DEFINITIONS
from streams.core.alerting.evidence import CauseEvidence
from streams.core.policy.rules import CAUSES, Rules
from streams.core.state.case_state import CUSTODIES, LEVELS, AppointmentStatus, CaseState, Latest, Lifecycle

__all__ = ["CauseExplanation", "CauseVerdict", "Explanation", "explain", "unless"]


class CauseVerdict(StrEnum):
    """The verdict on one cause."""

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
    verdict: CauseVerdict
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
    causes = CauseEvidence(rules)
    held = causes.holding(view) if view is not None else []
    explanations: list[CauseExplanation] = []
    for place, cause in enumerate(CAUSES):
        of_cause = [holding for holding in held if holding[0] == place]
        if not rules.enabled[place]:
            explanations.append(_explanation(cause, CauseVerdict.DISABLED, f"the policy {rules.policy_id} disables it"))
        elif view is None:
            explanations.append(_explanation(cause, CauseVerdict.DOES_NOT_HOLD, _why_not_open(state)))
        elif not of_cause:
            explanations.append(
                _explanation(cause, CauseVerdict.DOES_NOT_HOLD, DEFINITIONS[place].why_not(view, rules))
            )
        for _, instance, anchor, deadline in of_cause:
            assert view is not None  # something holds
            verdict = CauseVerdict.STANDS if deadline <= clock else CauseVerdict.WAITS
            counted = f"counted from {to_text(anchor)}, the deadline {to_text(deadline)}"
            why = DEFINITIONS[place].why(view, rules, Explained(instance, anchor, anchor > clock))
            passed = "passed" if verdict is CauseVerdict.STANDS else f"is still ahead: it comes due {unless(place)}"
            explanations.append(
                CauseExplanation(
                    cause=cause,
                    cause_class=CLASS_OF[cause],
                    verdict=verdict,
                    sentence=f"{why}; {counted} {passed}",
                    instance=instance,
                    anchor=anchor,
                    deadline=deadline,
                    evidence=tuple(causes.evidence(state, place, instance, anchor)),
                )
            )
    return Explanation(tuple(_facts(state)), tuple(explanations))


def unless(place: int) -> str:
    """What prevents an alert of a cause, given by its place, before the deadline: "unless ..."."""
    return f"unless {DEFINITIONS[place].prevented_by}"


def _explanation(cause: Cause, verdict: CauseVerdict, sentence: str) -> CauseExplanation:
    return CauseExplanation(cause=cause, cause_class=CLASS_OF[cause], verdict=verdict, sentence=sentence)


def _why_not_open(state: CaseState) -> str:
    """Why no cause holds for a case that is not open, or not known to be."""
    if not state.opened:
        return "no case_opened was seen: the case is not registered"
    return "the case is closed"


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
            status = AppointmentStatus(appointment.status).name.lower().replace("_", " ")
            due = "unknown: never booked" if appointment.due is None else to_text(appointment.due)
            done = "" if appointment.completed is None else f", completed {to_text(appointment.completed)}"
            facts.append(f"{what} {name}: {status}, due {due}{done}")
    return facts


def _at(key: tuple[int, int, int, str, int] | None) -> str:
    return "before all records" if key is None else to_text(key[0])


def _latest(latest: Latest | None) -> str:
    return _ms(None if latest is None else latest.at)


def _ms(ms: int | None) -> str:
    return "never" if ms is None else to_text(ms)
