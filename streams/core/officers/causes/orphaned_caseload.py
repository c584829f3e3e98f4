"""The cause `orphaned_caseload`: an officer on leave or departed has open cases.

The contract does not say this: leave and departure are one absence, which began with the first of them.
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

_PLACE: Final = OFFICER_CAUSES.index(OfficerCause.ORPHANED_CASELOAD)


def _find(state: OfficerState, snapshot: LoadSnapshot, rules: OfficerRules) -> Iterator[Holding]:
    since, updated = state.registers.duty.since, state.registers.updated
    if updated is None or since is None or not is_absent(state) or not snapshot.has_cases:
        return
    began, *_, event_id, _ = since
    yield Holding(_PLACE, None, began, rules.orphaned_at(began, updated.office), [event_id])


def _threshold(policy: Policy) -> str:
    return f"on leave or departed for {policy.officers.orphaned_after.words} with open cases"


DEFINITION: Final = OfficerCauseDefinition(_find, _threshold, Change.DUTY | Change.OFFICE)
