"""More repetitions of one register than a case keeps by their own keys: how many new events count as said again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from schemas import hot
from streams.core.state.case_state import CaseState
from streams.core.state.packed_state import pack
from streams.core.state.repetitions import KEPT
from tests.properties.running import EFFORT
from tests.properties.short_logs import applied, event, seen

MakeEvent = Callable[[int, random.Random], hot.CaseEvent]

LONG = 90
LOGS = round(100 * EFFORT)
ANY_ORDER = 1e9
MOST_MISTAKEN = 1 / 1_000
"""Of the events of a log in random order. The seeds here give less than half: to be mistaken, an event must come
after one of its register that ends what it repeats, and that itself came after more than KEPT repetitions."""


def booking(at: int, chance: random.Random) -> hot.CaseEvent:
    """Return an event of one booking: mostly a feed that says its date again."""
    kind = chance.random()
    if kind < 0.75:
        return event("check_in_scheduled", at, check_in_id="k", channel="office", due_at=chance.choice((200, 300)))
    if kind < 0.9:
        return event("check_in_cancelled", at, check_in_id="k", by="agency")
    return event("check_in_missed", at, check_in_id="k")


def hearing(at: int, chance: random.Random) -> hot.CaseEvent:
    """Return an event of one hearing: mostly a feed that says its date again."""
    if chance.random() < 0.75:
        return event("hearing_scheduled", at, hearing_id="h", kind="master", due_at=chance.choice((200, 300)))
    return event("hearing_adjourned", at, hearing_id="h", by="court")


def assignment(at: int, chance: random.Random) -> hot.CaseEvent:
    """Return an event of the assignment: mostly offices that say it again, also after a transfer."""
    kind, office = chance.random(), chance.choice(("F", "G"))
    if kind < 0.7:
        return event("officer_assigned", at, officer_id=chance.choice(("off-O", "off-P")), office=office)
    return event("officer_unassigned", at) if kind < 0.8 else event("transferred_in", at, office=office)


def mistaken(make: MakeEvent, chance: random.Random, lateness: float) -> Iterator[hot.CaseEvent]:
    """Yield each event of a log that comes for the first time and counts as said again.

    Args:
        make: Makes the event of an instant (ms).
        chance: Of the log.
        lateness: By how many events one may come late.
    """
    state = pack(CaseState())
    for at in sorted(range(1, LONG + 1), key=lambda at: at + chance.uniform(0, lateness)):
        one = make(at, chance)
        following = applied(state, one)
        if seen(following) != seen(applied(state, one, forgets=True)):
            yield one
        state = following


@pytest.mark.parametrize("make", [booking, hearing, assignment])
class TestNewEvents:
    def test_few_are_mistaken_in_random_order(self, make: MakeEvent) -> None:
        """Of a log that comes in any order, less than one event in a thousand."""
        found = [one for seed in range(LOGS) for one in mistaken(make, random.Random(seed), ANY_ORDER)]
        assert len(found) < MOST_MISTAKEN * LOGS * LONG

    def test_none_is_mistaken_that_is_a_little_late(self, make: MakeEvent) -> None:
        """Of a log whose events come at most ten events late, none."""
        assert [] == [one for seed in range(LOGS) for one in mistaken(make, random.Random(seed), 10)]


class TestMergedKeys:
    @pytest.mark.parametrize(("repetitions", "is_mistaken"), [(KEPT, False), (KEPT + 1, True)])
    def test_what_is_mistaken(self, repetitions: int, is_mistaken: bool) -> None:
        """After KEPT repetitions of a date and a cancellation that came late, a late booking of that date counts.

        After one repetition more, it counts as said again when it lies before the latest merged one; after it, or with
        another date, it counts.
        """

        def scheduled(at: int, due: int = 200) -> hot.CaseEvent:
            return event("check_in_scheduled", at, check_in_id="k", channel="office", due_at=due)

        state = pack(CaseState())
        for one in (
            *(scheduled(at) for at in (1, *range(10, 10 * repetitions + 1, 10))),
            event("check_in_cancelled", 5, check_in_id="k", by="agency"),
        ):
            state = applied(state, one)
        for one, expected in ((scheduled(15), is_mistaken), (scheduled(25), False), (scheduled(15, 300), False)):
            assert expected == (seen(applied(state, one)) == seen(state)), one
