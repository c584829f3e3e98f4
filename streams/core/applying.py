"""Applying the events of one case that became known at one instant, in the order of its keys (CONTRACT.md §3, §5)."""

from typing import cast

from schemas import hot
from schemas.decode import canonical
from streams.core.alerting.case_evaluation import AppliedFact
from streams.core.state.archive import unarchive
from streams.core.state.case_state import CaseState
from streams.core.state.fact_key import FactKey
from streams.core.state.packed_state import contents
from streams.core.state.registers import APPLIERS

__all__ = ["apply_in_order"]


def apply_in_order(state: CaseState, events: list[hot.CaseEvent], late: bool) -> tuple[list[AppliedFact], bool]:
    """Apply the events of one case and instant by key; events that share all of it but their content, by content.

    Args:
        state: The case.
        events: Of one instant.
        late: Whether that instant was judged already.

    Returns:
        The facts that an alert may end by, in the order of their keys, and whether any event changed anything. Late
        events give only the facts that changed something: one that changed nothing looks like one that was applied
        before, and no alert ends by that.
    """
    facts: list[AppliedFact] = []
    changing: list[AppliedFact] = []
    changes = False
    looks = late and bool(state.standing)  # otherwise nothing can end
    if looks:
        unarchive(state)
    held = contents(state) if looks else b""
    for key, event in _keyed(events):
        applier, _, kind = APPLIERS[type(event)]
        changes |= applier(state, event, key)
        facts.append((key, kind))
        if looks and (now := contents(state)) != held:
            held = now
            changing.append((key, kind))
    return changing or facts, changes


def _keyed(events: list[hot.CaseEvent]) -> list[tuple[FactKey, hot.CaseEvent]]:
    """The events with their keys, in the order of these."""
    keyed: dict[FactKey, hot.CaseEvent] = {}
    for event in events:
        occurred_at = event.occurred_at
        rank = APPLIERS[type(event)][1]
        keyed[(occurred_at, rank, event.recorded_at - occurred_at, event.event_id, 0)] = event
    if len(keyed) < len(events):
        return _keyed_with_ties(events)
    return [(key, keyed[key]) for key in sorted(keyed)]


def _keyed_with_ties(events: list[hot.CaseEvent]) -> list[tuple[FactKey, hot.CaseEvent]]:
    """The same if some share a key except for its tie: the ones with different contents, each once, by content."""
    by_key: dict[FactKey, dict[str, hot.CaseEvent]] = {}
    for event in events:
        occurred_at = event.occurred_at
        key = (occurred_at, APPLIERS[type(event)][1], event.recorded_at - occurred_at, event.event_id, 0)
        by_key.setdefault(key, {})[canonical(cast(hot.AnyEvent, event))] = event
    return [
        ((*key[:4], tie), by_key[key][text]) for key in sorted(by_key) for tie, text in enumerate(sorted(by_key[key]))
    ]
