"""When the cases that an officer has came to the officer, found in their packed states."""

from streams.core.load.restore_counts import Arrival
from streams.core.state.case_states import CaseStates
from streams.core.state.packed_state import head_of

__all__ = ["arrivals_of"]


def arrivals_of(cases: CaseStates, officer: str) -> list[Arrival]:
    """When each case that counts for an officer came to the officer: rare, so every case is asked."""
    found: list[Arrival] = []
    name = officer.encode()
    for case_id, packed in cases.packed().items():
        if name not in packed:
            continue
        head = head_of(packed)
        since = head.assignment.since
        if head.counts and head.assignment.value == officer and since is not None:
            found.append((since, case_id, head.office or ""))
    return found
