"""Every short log of a few events, and every event of it again at every later point, any number of times.

The search applies the events to the state of one case, without judging: a difference there can become one in an alert,
and thousands of logs take a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from streams.core.state.case_state import CaseState
from streams.core.state.packed_state import pack, unpack
from streams.core.state.registers import APPLIERS
from tests.driver import hot_event
from tests.oracle.facts import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas import hot

__all__ = ["Search", "event"]

encode = msgspec.msgpack.Encoder().encode


def event(kind: str, at: int, /, **fields: str | int | None) -> hot.CaseEvent:
    """Return an event with this content and instant (ms)."""
    instants = {name: text(value) for name, value in fields.items() if type(value) is int}
    common = {"v": 1, "source": "feed", "case_id": "case-A", "occurred_at": text(at), "recorded_at": text(100)}
    values = "-".join(str(value) for value in fields.values())
    return hot_event({**common, "type": kind, "event_id": f"{kind}-{at}-{values}", **fields, **instants})


def applied(packed: bytes, one: hot.CaseEvent, *, forgets: bool = False) -> bytes:
    """Return a state after one more event, optionally after a packing that drops events without effect."""
    state = unpack(packed)
    if forgets:
        state.repetitions = {}
    applier, rank, _ = APPLIERS[type(one)]
    applier(state, one, (one.occurred_at, rank, one.recorded_at - one.occurred_at, one.event_id, 0))
    return pack(state)


def seen(packed: bytes) -> bytes:
    """Return what a judging can see of a state."""
    state = unpack(packed)
    state.repetitions = {}
    return encode(state)


@dataclass
class Search:
    """All logs of these events up to a length.

    Attributes:
        alphabet: The events.
        longest: The length of the longest log.
        logs: How many logs were tried.
    """

    alphabet: Sequence[hot.CaseEvent]
    longest: int
    logs: int = 0

    def differences(self) -> Iterator[str]:
        """Yield each log whose repeats change something, or whose new event was taken for a repeat."""
        self.logs = 0
        start = pack(CaseState())
        layer = {((), start, frozenset([start])): ()}
        for _ in range(self.longest):
            following = {}
            for (known, state, variants), log in layer.items():
                for index, one in enumerate(self.alphabet):
                    if index in known:
                        continue
                    self.logs += 1
                    history = (*log, one.event_id)
                    after = applied(state, one)
                    if seen(after) != seen(applied(state, one, forgets=True)):
                        yield f"{history}: the last is taken for one that was there"
                    now = tuple(sorted((*known, index)))
                    family = {after} | {applied(variant, one) for variant in variants}
                    for variant in family:
                        if seen(variant) != seen(after):
                            yield f"{history}: after something came again, the last does something else"
                    yield from self._again(history, now, after, family)
                    following[now, after, frozenset(family)] = history
            layer = following

    def _again(
        self, history: tuple[str, ...], known: tuple[int, ...], after: bytes, family: set[bytes]
    ) -> Iterator[str]:
        """Repeat any of the events until no new state results; the family grows by each new state."""
        expected, fresh = seen(after), list(family)
        while fresh:
            state = fresh.pop()
            for position in known:
                again = applied(state, self.alphabet[position])
                if seen(again) != expected:
                    yield f"{history}: {self.alphabet[position].event_id} again"
                elif again not in family:
                    family.add(again)
                    fresh.append(again)
