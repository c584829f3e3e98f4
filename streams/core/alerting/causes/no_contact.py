"""The cause `no_contact`: no check-in is booked, and the level's interval has passed without a contact."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from schemas.instants import to_text
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_base, from_latest, in_custody, is_near, too_far_ahead
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.NO_CONTACT]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; no unsatisfied booking; anchored at the latest of base, last_contact, agency_cancelled."""
    if not view.at_liberty or view.is_booked:
        return
    state, anchor = view.state, max(view.base, view.last_contact)
    if state.agency_cancelled is not None and state.agency_cancelled.at > anchor:
        anchor = state.agency_cancelled.at
    deadline = terms.grace[state.level](terms.interval[state.level](anchor))
    holdings.append((_PLACE, None, anchor, deadline))


def _sources(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[Source]:
    yield from from_base(state)
    yield from from_latest(state.last_contact)
    yield from from_latest(state.agency_cancelled)


def _why(view: OpenCaseView, rules: Rules, _explained: Explained) -> str:
    if far := list(too_far_ahead("check-in", view.unsatisfied, rules)):
        return f"{'; '.join(far)}; there was no contact since"
    if any(booking.due is not None for booking in view.state.bookings.values()):
        return "no booked check-in is open, and there was no contact since"
    return "no check-in is booked, and there was no contact since"


def _why_not(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return in_custody(view, rules)
    # a booking too far ahead is none: it is not the date that counts, and there is a nearer one
    dues = [booking.due for _, booking in view.unsatisfied if booking.due is not None and is_near(booking, rules)]
    return f"a check-in is booked for {to_text(min(dues))}, and that date counts"


_PREVENTED_BY: Final = "a check-in is booked or a contact is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
