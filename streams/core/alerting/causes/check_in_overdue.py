"""The cause `check_in_overdue`: a booking is not satisfied, and its grace has passed."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from schemas.instants import to_text
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import UNSETTLED, from_due, in_custody
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import AppointmentStatus, CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; an unsatisfied booking; of several the one with the least (deadline, due_at, check_in_id)."""
    if not view.at_liberty or not view.unsatisfied:
        return
    grace = terms.grace[view.state.level]
    least: tuple[int, int, str] | None = None
    for name, booking in view.unsatisfied:
        due = booking.due
        assert due is not None
        deadline = grace(due)
        if booking.status != _SCHEDULED and booking.key is not None:
            deadline = max(due, min(deadline, booking.key[0]))
        if least is None or (deadline, due, name) < least:
            least = (deadline, due, name)
    if least is not None:
        holdings.append((_PLACE, least[2], least[1], least[0]))


def _sources(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[Source]:
    if instance is not None:
        yield from from_due(state.bookings[instance])


def _why(view: OpenCaseView, _rules: Rules, explained: Explained) -> str:
    if view.state.bookings[explained.instance or ""].is_missed:
        return "the check-in is recorded as missed, or the person cancelled it when it was due"
    if explained.is_ahead:
        return "the check-in is booked for a later date"
    return "the booked check-in is neither completed nor cancelled"


def _why_not(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return in_custody(view, rules)
    booked = [booking for booking in view.state.bookings.values() if booking.due is not None]
    if not booked:
        return "no check-in is booked"
    old = any(booking.status in UNSETTLED and booking.due is not None and booking.due < view.base for booking in booked)
    before = f", or was due before {to_text(view.base)}, when the case was opened or custody ended" if old else ""
    return f"every booked check-in was completed, replaced by a contact, or cancelled{before}"


_PREVENTED_BY: Final = "the check-in is completed, rescheduled or cancelled, or another contact is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
