"""The cause `policy_review_overdue`, about the policy itself: the day of its review has passed."""

from collections.abc import Iterator
from typing import Final

from schemas.causes import OfficerCause
from schemas.policy import Policy
from streams.core.officers.causes.definition import Holding, LoadSnapshot, OfficerCauseDefinition
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["DEFINITION"]

_PLACE: Final = OFFICER_CAUSES.index(OfficerCause.POLICY_REVIEW_OVERDUE)


def _find(_state: OfficerState, _seen: LoadSnapshot, rules: OfficerRules) -> Iterator[Holding]:
    passed_at = rules.review_passed_at
    yield Holding(_PLACE, None, passed_at, passed_at, [])


def _threshold(policy: Policy) -> str:
    return f"the review date {policy.review_by} has passed"


DEFINITION: Final = OfficerCauseDefinition(_find, _threshold)
