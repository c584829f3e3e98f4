"""The cause `hearing_missed`: a hearing was recorded as missed, and no contact followed."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from schemas.instants import to_text
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_key, in_custody
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import AppointmentStatus, CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.HEARING_MISSED]
_MISSED: Final = int(AppointmentStatus.MISSED)


def _find(view: OpenCaseView, _terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; hearing missed at t >= base; no contact since t."""
    if not view.at_liberty:
        return
    for name, hearing in view.state.hearings.items():
        if hearing.status != _MISSED or hearing.key is None:
            continue
        at = hearing.key[0]
        if at >= view.base and at > view.last_contact:
            holdings.append((_PLACE, name, at, at))


def _sources(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[Source]:
    if instance is not None:
        yield from from_key(state.hearings[instance].key)


def _why(_view: OpenCaseView, _rules: Rules, _explained: Explained) -> str:
    return "the hearing is recorded as missed, and there was no contact since"


def _why_not(view: OpenCaseView, rules: Rules) -> str:
    if not view.at_liberty:
        return in_custody(view, rules)
    return f"no hearing was missed after {to_text(view.base)} without a later contact"


_PREVENTED_BY: Final = "a contact is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
