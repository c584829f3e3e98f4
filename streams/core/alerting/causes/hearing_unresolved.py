"""The cause `hearing_unresolved`: a hearing's date has passed without an outcome on record."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_due
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.HEARING_UNRESOLVED]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """open; a hearing still scheduled, due_at >= open_since."""
    for name, hearing in view.hearings_ahead:
        due = hearing.due
        if due is not None and due >= view.open_since:
            holdings.append((_PLACE, name, due, terms.after[_PLACE](due)))


def _sources(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[Source]:
    if instance is not None:
        yield from from_due(state.hearings[instance])


def _why(_view: OpenCaseView, _rules: Rules, explained: Explained) -> str:
    return "the hearing is on a later date" if explained.is_ahead else "the hearing has no outcome on record"


def _why_not(view: OpenCaseView, _rules: Rules) -> str:
    if not view.state.hearings:
        return "no hearing is on record"
    before = " or was due before the case was opened" if view.hearings_ahead else ""
    return f"every hearing on record has an outcome{before}"


_PREVENTED_BY: Final = "the outcome of the hearing is recorded, or the hearing is rescheduled or cancelled"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
