"""The cause `notice_undeliverable`: mail reaches no address."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import Cause
from streams.core.alerting.causes.definition import CauseDefinition, Explained, Holding, Source
from streams.core.alerting.causes.parts import from_base, from_key, in_custody
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["DEFINITION"]

_PLACE: Final = CAUSE_INDEX[Cause.NOTICE_UNDELIVERABLE]


def _find(view: OpenCaseView, terms: Terms, holdings: list[Holding]) -> None:
    """at_liberty; address bad since t."""
    address = view.state.address_is_bad
    if view.at_liberty and address.value and address.since is not None:
        anchor = max(address.since[0], view.base)
        holdings.append((_PLACE, None, anchor, terms.after[_PLACE](anchor)))


def _sources(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[Source]:
    yield from from_base(state)
    yield from from_key(state.address_is_bad.since)


def _why(_view: OpenCaseView, _rules: Rules, _explained: Explained) -> str:
    return "the address on record is missing or undeliverable"


def _why_not(view: OpenCaseView, rules: Rules) -> str:
    return "the address on record is good" if view.at_liberty else in_custody(view, rules)


_PREVENTED_BY: Final = "a good address is recorded"

DEFINITION: Final = CauseDefinition(_find, _sources, _why, _why_not, _PREVENTED_BY)
