"""The order of facts (CONTRACT.md §3): by when they happened, then rank, then when they were recorded, then id."""

from typing import Final

from schemas.events import EVENT_MODELS, LAST_RANK

__all__ = ["RANK", "FactKey"]

FactKey = tuple[int, int, int, str, int]
"""(occurred_at ms, rank, recorded_at less occurred_at ms, event_id, tie).

A plain tuple: one is made for every event, and making a NamedTuple takes several times as long.

The third orders facts of one occurred_at as recorded_at does, and packs smaller.
The contract's last element is the event's canonical JSON. It can only matter between events of one instant that share
an event_id, and those are applied in its order; so a register need not keep a JSON text, only the place in that order:
`tie` is 0 for the first (nearly always the only) event of a key.
"""

RANK: Final = {name: model.rank for name, model in EVENT_MODELS.items() if model.rank != LAST_RANK}
"""What settles facts of one instant, by type; every type that is not named has the last."""
