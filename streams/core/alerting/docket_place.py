"""Adds the place in the office's docket to states that an older program packed without it."""

from streams.core.alerting.case_view import view_of
from streams.core.load.restore_counts import RestoreCounts
from streams.core.policy.rules import Rules
from streams.core.state.case_state import CLOSED, IN_TRANSIT, ON_DOCKET
from streams.core.state.packed_state import pack, unpack

__all__ = ["count_placed"]


def count_placed(cases: dict[str, bytes], rules: Rules) -> RestoreCounts:
    """Count packed cases, by id, once each of them says where it stands.

    Args:
        cases: Those that do not are replaced.
        rules: The policy.
    """
    counts = RestoreCounts(cases)
    if not counts.unplaced:
        return counts
    for case_id in counts.unplaced:
        cases[case_id] = _with_docket_place(cases[case_id], rules)
    return RestoreCounts(cases)


def _with_docket_place(packed: bytes, rules: Rules) -> bytes:
    """The same state with its place, and with the due dates of a case without an officer, which were not kept."""
    state = unpack(packed)
    view = view_of(state, rules)
    if view is None:
        state.shared = CLOSED
    else:
        state.shared = ON_DOCKET if view.in_transit_since is None else IN_TRANSIT
        state.bookings_due, state.hearings_due = view.bookings_due, view.hearings_due
    return pack(state)
