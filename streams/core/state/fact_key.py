"""The order of facts (CONTRACT.md §3): by when they happened, then rank, then when they were recorded, then id."""

from typing import Final

__all__ = ["RANK", "FactKey"]

FactKey = tuple[int, int, int, str, int]
"""(occurred_at ms, rank, recorded_at less occurred_at ms, event_id, tie).

The third orders facts of one occurred_at as recorded_at does, and packs smaller.
The contract's last element is the event's canonical JSON. It can only matter between events of one instant that share
an event_id, and those are applied in its order; so a register need not keep a JSON text, only the place in that order:
`tie` is 0 for the first (nearly always the only) event of a key.
"""

RANK: Final = {
    "case_opened": 0,
    "transferred_out": 0,
    "check_in_cancelled": 0,
    "hearing_adjourned": 0,
    "hearing_cancelled": 0,
    "case_closed": 1,
    "transferred_in": 1,
    "check_in_missed": 1,
    "hearing_held": 1,
    "hearing_missed": 1,
    "case_reopened": 2,
    "officer_unassigned": 2,
    "check_in_scheduled": 2,
    "hearing_scheduled": 2,
    "officer_assigned": 3,
    "order_rescinded": 3,
}
"""What settles facts of one instant; every type that is not named has 4."""
