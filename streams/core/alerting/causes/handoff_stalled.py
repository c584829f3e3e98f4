"""The cause `handoff_stalled`: a case was handed over and its new officer has not taken it up."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from schemas.instants import to_text
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_base, from_key, in_custody
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.HANDOFF_STALLED]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; assigned since t, not by the first assignment, not stale; not acknowledged, no contact since t."""
    state = view.state
    officer, since = state.assignment.value, state.assignment.since
    if not view.at_liberty or officer is None or since is None or view.is_stale or since == state.first_assignment:
        return
    at = since[0]
    if view.last_contact >= at or state.ack.get(officer, at - 1) >= at:
        return
    anchor = max(at, view.base)
    holdings.append((_PLACE, None, anchor, terms.after[_PLACE](anchor)))


def _sources(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[Source]:
    yield from from_base(state)
    yield from from_key(state.assignment.since)


def _why(_view: OpenCaseView, _rules: Rules, _explained: Explained) -> str:
    return "the new officer has not acknowledged the case, and there was no contact since the handoff"


def _why_not(view: OpenCaseView, rules: Rules) -> str:
    assignment, contact = view.state.assignment, view.last_contact
    if not view.at_liberty:
        return in_custody(view, rules)
    if assignment.value is None or view.is_stale:
        return "no officer has the case now"
    if assignment.since == view.state.first_assignment:
        return "the officer is the first one of the case: there was no handoff"
    if assignment.since is not None and contact >= assignment.since[0]:
        return f"there was contact after the handoff, at {to_text(contact)}"
    return "the new officer acknowledged the case"


_PREVENTED_BY: Final = "the officer acknowledges the case or a contact is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
