"""Why a cause of CONTRACT.md §4 holds for a case or does not: a sentence each, which says only what the record does."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.alerts import Cause
from schemas.instants import to_text
from streams.core.alerting.case_view import OpenCaseView
from streams.core.policy.rules import Rules
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState
from streams.core.state.fact_key import FactKey

__all__ = ["why", "why_not", "why_not_open"]

_ALIVE: Final = (AppointmentStatus.SCHEDULED, AppointmentStatus.MISSED)

_HOLDS: Final = {
    Cause.NO_OFFICER: "no officer has the case",
    Cause.IN_TRANSIT: "it was transferred out and nobody at the new office was assigned since",
    Cause.HANDOFF_STALLED: "its new officer has neither acknowledged it nor been in contact since the handoff",
    Cause.NOTICE_UNDELIVERABLE: "the address on record is missing or undeliverable",
    Cause.HEARING_MISSED: "the hearing was recorded as missed, and there was no contact since",
}


def why(cause: Cause, view: OpenCaseView, rules: Rules, holding: tuple[str | None, int], clock: int) -> str:
    """Why a cause holds.

    Args:
        cause: One that holds.
        view: The case.
        rules: The policy.
        holding: Its instance, and its anchor (ms).
        clock: The instant (ms) as of which it is told.
    """
    instance, anchor = holding
    is_ahead = anchor > clock
    match cause:
        case Cause.NOTHING_SCHEDULED:
            told = "the last date on record is still ahead, and nothing is due after it" if is_ahead else _NOTHING_DUE
            checks = _too_far_ahead("check-in", _booked_after(view, anchor), rules)
            hearings = _too_far_ahead("hearing", view.hearings_ahead, rules)
            return told + "".join(f"; {text}" for text in (*checks, *hearings))
        case Cause.HEARING_UNRESOLVED:
            return "the hearing is still ahead" if is_ahead else "the hearing has no outcome on record"
        case Cause.CHECK_IN_OVERDUE:
            return _overdue(view.state.bookings[instance or ""], is_ahead=is_ahead)
        case Cause.NO_CONTACT:
            return _without_contact(view, rules)
        case _:
            return _HOLDS[cause]


def why_not(cause: Cause, view: OpenCaseView, rules: Rules) -> str:
    """Why a cause does not hold for an open case."""
    return _WHY_NOT[cause](view, rules)


def why_not_open(state: CaseState) -> str:
    """Why no cause holds for a case that is not open, or not known to be."""
    if not state.opened:
        return "no case_opened was seen: the case is not registered"
    return "the case is closed"


_NOTHING_DUE: Final = "nothing was settled or is due after this"


def _overdue(booking: Appointment, *, is_ahead: bool) -> str:
    if booking.is_missed:
        return "the check-in was recorded as missed, or called off by the person when it was due"
    if is_ahead:
        return "the check-in is booked and still ahead"
    return "the check-in booked is neither completed nor called off"


def _without_contact(view: OpenCaseView, rules: Rules) -> str:
    if far := list(_too_far_ahead("check-in", view.unsatisfied, rules)):
        return f"{'; '.join(far)}; there was no contact since"
    if any(booking.due is not None for booking in view.state.bookings.values()):
        return "no check-in that was booked is still to be kept, and there was no contact since"
    return "no check-in is booked, and there was no contact since"


def _booked_after(view: OpenCaseView, anchor: int) -> Iterator[tuple[str, Appointment]]:
    """Check-ins on record for after an instant (ms), those too that a contact made good: they are dates as well."""
    for name, booking in sorted(view.state.bookings.items()):
        if booking.status in _ALIVE and booking.scheduled_key and booking.due is not None and booking.due > anchor:
            yield name, booking


def _too_far_ahead(what: str, appointments: Iterable[tuple[str, Appointment]], rules: Rules) -> Iterator[str]:
    """What is on record and due, but later than contact.max_ahead after it was booked."""
    most = rules.policy.contact.max_ahead.text
    for name, appointment in appointments:
        if appointment.due is not None and not _is_near(appointment, rules):
            due = to_text(appointment.due)
            yield f"{what} {name}, due {due}, was booked more than {most} ahead and counts as none"


def _is_near(appointment: Appointment, rules: Rules) -> bool:
    key: FactKey | None = appointment.scheduled_key
    return key is not None and appointment.due is not None and appointment.due <= key[0] + rules.max_ahead


def _in_custody(_view: OpenCaseView, _rules: Rules) -> str:
    return "the person is in custody"


def _no_officer(view: OpenCaseView, _: Rules) -> str:
    if view.in_transit_since is not None:
        return "it is between two offices, which is in_transit's to say"
    since = view.state.assignment.since
    return f"an officer has the case since {'before all records' if since is None else to_text(since[0])}"


def _in_transit(view: OpenCaseView, _: Rules) -> str:
    transfer = view.state.transfer
    if transfer is None:
        return "it was never transferred out"
    return f"it was received, or an officer assigned, at office {transfer.office}"


def _handoff_stalled(view: OpenCaseView, rules: Rules) -> str:
    assignment, contact = view.state.assignment, view.last_contact
    if not view.at_liberty:
        return _in_custody(view, rules)
    if assignment.value is None or view.is_stale:
        return "no officer has the case now"
    if assignment.since == view.state.first_assignment:
        return "its officer is the first it had: nothing was handed over"
    if assignment.since is not None and contact >= assignment.since[0]:
        return f"there was contact after the handoff, at {to_text(contact)}"
    return "the new officer acknowledged it"


def _notice_undeliverable(view: OpenCaseView, rules: Rules) -> str:
    return "the address on record is good" if view.at_liberty else _in_custody(view, rules)


def _hearing_unresolved(view: OpenCaseView, _: Rules) -> str:
    if not view.state.hearings:
        return "no hearing is on record"
    before = " or was due before the case was opened" if view.hearings_ahead else ""
    return f"every hearing on record has its outcome{before}"


def _check_in_overdue(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return _in_custody(view, rules)
    booked = [booking for booking in view.state.bookings.values() if booking.due is not None]
    if not booked:
        return "no check-in is booked"
    old = any(booking.status in _ALIVE and booking.due is not None and booking.due < view.base for booking in booked)
    before = f", or was due before {to_text(view.base)}, when the case was opened or custody ended" if old else ""
    return f"every check-in booked was kept, made good by a contact, or called off{before}"


def _hearing_missed(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return _in_custody(view, rules)
    return f"no hearing was missed after {to_text(view.base)} without contact since"


def _no_contact(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return _in_custody(view, rules)
    # a booking too far ahead is none: it is not the date that counts, and there is a nearer one
    dues = [booking.due for _, booking in view.unsatisfied if booking.due is not None and _is_near(booking, rules)]
    return f"a check-in is booked for {to_text(min(dues))}, and that is the date that counts"


_WHY_NOT: Final[dict[Cause, Callable[[OpenCaseView, Rules], str]]] = {
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
