"""The cause `nothing_scheduled`: no check-in and no hearing is to come."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import UNSETTLED, from_base, from_due, from_latest, in_custody, too_far_ahead
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.NOTHING_SCHEDULED]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; anchored at the latest of base, last_settled and every due date still ahead or missed."""
    if not view.at_liberty:
        return
    anchor, settled = view.base, view.state.last_settled
    if settled is not None and settled.at > anchor:
        anchor = settled.at
    if view.last_due is not None and view.last_due > anchor:
        anchor = view.last_due
    holdings.append((_PLACE, None, anchor, terms.after[_PLACE](anchor)))


def _sources(state: CaseState, _instance: str | None, rules: Rules) -> Iterator[Source]:
    yield from from_base(state)
    yield from from_latest(state.last_settled)
    dated = [b for b in state.bookings.values() if b.status == AppointmentStatus.SCHEDULED or b.is_missed]
    dated += [h for h in state.hearings.values() if h.status == AppointmentStatus.SCHEDULED]
    for appointment in dated:
        yield from from_due(appointment, rules.max_ahead)


def _why(view: OpenCaseView, rules: Rules, explained: Explained) -> str:
    sentence = "no appointment has an outcome or a due date after this"
    if explained.is_ahead:
        sentence = "the last date on record is still ahead, and nothing is due after it"
    checks = too_far_ahead("check-in", _booked_after(view, explained.anchor), rules)
    hearings = too_far_ahead("hearing", view.hearings_ahead, rules)
    return sentence + "".join(f"; {text}" for text in (*checks, *hearings))


def _booked_after(view: OpenCaseView, anchor: int) -> Iterator[tuple[str, Appointment]]:
    """Check-ins on record for after an instant (ms), those too that a contact made good: they are dates as well."""
    for name, booking in sorted(view.state.bookings.items()):
        if booking.status in UNSETTLED and booking.scheduled_key and booking.due is not None and booking.due > anchor:
            yield name, booking


_PREVENTED_BY: Final = "a check-in or a hearing is booked, or the outcome of one is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, in_custody, _PREVENTED_BY)
