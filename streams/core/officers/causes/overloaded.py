"""The cause `overloaded`: the utilisation was at or above `officers.overloaded.raise` at successive period ends."""

from typing import Final

from schemas.causes import OfficerCause
from streams.core.officers.causes.sustained_load import Run, sustained_load
from streams.core.officers.state.officer_state import OfficerState

__all__ = ["DEFINITION"]


def _run_of(state: OfficerState) -> Run:
    return Run(state.overloaded_since, state.overloaded_from)


def _save_run(state: OfficerState, run: Run) -> None:
    state.overloaded_since, state.overloaded_from = run


DEFINITION: Final = sustained_load(
    OfficerCause.OVERLOADED,
    _run_of,
    _save_run,
    lambda capacity: capacity.overloaded,
    lambda policy: policy.officers.overloaded,
)
