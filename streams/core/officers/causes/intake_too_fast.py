"""The cause `intake_too_fast`: too many cases became the officer's for those that were open before.

`streams/core/officers/watch.py` compares the two numbers, because it keeps the open cases of 30 days before.
"""

from collections.abc import Iterator
from typing import Final

from schemas.causes import OfficerCause
from schemas.policy import Policy
from streams.core.officers.causes.definition import Holding, LoadSnapshot, OfficerCauseDefinition
from streams.core.officers.causes.parts import percent, standing_anchor
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["DEFINITION"]

_PLACE: Final = OFFICER_CAUSES.index(OfficerCause.INTAKE_TOO_FAST)


def _find(state: OfficerState, snapshot: LoadSnapshot, _rules: OfficerRules) -> Iterator[Holding]:
    if snapshot.takes_in_too_fast:
        anchor = standing_anchor(state, _PLACE)
        since = snapshot.at if anchor is None else anchor
        yield Holding(_PLACE, None, since, since, [])


def _threshold(policy: Policy) -> str:
    intake = policy.officers.intake
    return (
        f"more than {intake.least:,} new cases in 30 days, and more than {percent(intake.per_open)} of the open cases "
        "of 30 days before; not in the first 30 days of the log"
    )


def _can_return(_state: OfficerState, anchor: int, at: int) -> bool:
    return anchor == at


DEFINITION: Final = OfficerCauseDefinition(_find, _threshold, can_return=_can_return)
