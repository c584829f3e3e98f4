"""The cause `training_lapsed`: an officer at work did not complete a required course, or its validity ended.

The contract does not say this: an officer who never completed a required course lapsed on becoming active.
"""

from collections.abc import Iterator
from typing import Final

from schemas.causes import OfficerCause
from schemas.policy import Policy
from streams.core.officers.causes.definition import Holding, LoadSnapshot, OfficerCauseDefinition
from streams.core.officers.causes.parts import is_absent
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import Change
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["DEFINITION"]

_PLACE: Final = OFFICER_CAUSES.index(OfficerCause.TRAINING_LAPSED)


def _find(state: OfficerState, _seen: LoadSnapshot, rules: OfficerRules) -> Iterator[Holding]:
    since, updated = state.registers.duty.since, state.registers.updated
    if updated is None or since is None or is_absent(state):
        return
    began, *_, event_id, _ = since
    for course in rules.required_courses:
        completed = state.registers.completed.get(course)
        if completed is None:
            yield Holding(_PLACE, course, began, began, [event_id])
        else:
            yield Holding(_PLACE, course, completed.valid_until, completed.valid_until, [completed.key[3]])


def _threshold(policy: Policy) -> str:
    if not policy.officers.required_courses:
        return "never: no course is required"
    return "active, and a required course is missing or expired"


DEFINITION: Final = OfficerCauseDefinition(_find, _threshold, Change.DUTY | Change.TRAINING)
