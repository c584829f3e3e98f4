"""The cause `no_officer`: no officer is assigned."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from schemas.instants import to_text
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_key
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.NO_OFFICER]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """open; assignment none, or stale; not in_transit's condition (unless that cause is disabled)."""
    assignment, transfer = view.state.assignment, view.state.transfer
    if assignment.value is not None and not view.is_stale:
        return
    if view.in_transit_since is not None and view.watches_transit:
        return
    anchor = view.open_since
    if assignment.value is None and assignment.since is not None:
        anchor = max(anchor, assignment.since[0])
    if transfer is not None and transfer.arrived:
        anchor = max(anchor, transfer.key[0])
    holdings.append((_PLACE, None, anchor, terms.after[_PLACE](anchor)))


def _sources(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[Source]:
    yield from from_key(state.lifecycle.since)
    if state.assignment.value is None:
        yield from from_key(state.assignment.since)
    if state.transfer is not None and state.transfer.arrived:
        yield from from_key(state.transfer.key)


def _why(_view: OpenCaseView, _rules: Rules, _explained: Explained) -> str:
    return "no officer has the case"


def _why_not(view: OpenCaseView, _rules: Rules) -> str:
    if view.in_transit_since is not None:
        return "the case is between two offices, which the cause in_transit covers"
    since = view.state.assignment.since
    return f"an officer has the case since {'before all records' if since is None else to_text(since[0])}"


_PREVENTED_BY: Final = "an officer is assigned"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
