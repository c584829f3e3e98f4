"""The cause `critical`: the utilisation was at or above `officers.critical.raise` at successive period ends."""

from typing import Final

from schemas.causes import OfficerCause
from streams.core.officers.causes.sustained_load import Run, sustained_load
from streams.core.officers.state.officer_state import OfficerState

__all__ = ["DEFINITION"]


def _run_of(state: OfficerState) -> Run:
    return Run(state.critical_since, state.critical_from)


def _save_run(state: OfficerState, run: Run) -> None:
    state.critical_since, state.critical_from = run


DEFINITION: Final = sustained_load(
    OfficerCause.CRITICAL,
    _run_of,
    _save_run,
    lambda capacity: capacity.critical,
    lambda policy: policy.officers.critical,
)
