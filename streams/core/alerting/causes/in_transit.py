"""The cause `in_transit`: a case left one office and reached no other."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_key
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.IN_TRANSIT]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """open; transfer = out at t; no arrived[to_office] >= t."""
    if view.in_transit_since is not None:
        anchor = max(view.in_transit_since, view.open_since)
        holdings.append((_PLACE, None, anchor, terms.after[_PLACE](anchor)))


def _sources(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[Source]:
    yield from from_key(state.lifecycle.since)
    if state.transfer is not None:
        yield from from_key(state.transfer.key)


def _why(_view: OpenCaseView, _rules: Rules, _explained: Explained) -> str:
    return "the case was transferred out, and the new office has not assigned an officer since"


def _why_not(view: OpenCaseView, _rules: Rules) -> str:
    transfer = view.state.transfer
    if transfer is None:
        return "the case was never transferred out"
    return f"office {transfer.office} received the case, or assigned an officer"


_PREVENTED_BY: Final = "the new office receives the case or assigns an officer"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
