"""Repetitions: events that changed nothing when applied, kept so that they change nothing again (CONTRACT.md §3).

Two kinds of event change nothing: a scheduled event that repeats the date of the winning one, and an officer_assigned
by which the old office repeats itself. Applied again after other events, either could count. Every other event may be
applied any number of times, because registers only grow. A case keeps the key of each such event for as long as it
could count, a few a register. Of more, it keeps those with the same content as one, the latest: every event with that
content and a key up to it is a repetition.
"""

from typing import Final

from msgspec import Struct

from streams.core.state.fact_key import FactKey

__all__ = ["ASSIGNMENT", "KEPT", "Repetition", "Repetitions", "forget_up_to", "is_repetition", "note"]

ASSIGNMENT: Final = "assignment"
"""The register of an officer_assigned; that of a booking or a hearing is its id after a prefix that ends in a colon."""

KEPT: Final = 4
"""How many of a register are kept by their own key, as long as no two that say the same can be kept as one."""


class Repetition(Struct, array_like=True, gc=False, frozen=True):
    """A repetition: an event that changed nothing.

    Attributes:
        key: Its key.
        content: Its content: a due date (ms), or the officer and the office, with a space between them.
        and_earlier: Whether it stands also for every one of a lesser key that says the same.
    """

    key: FactKey
    content: int | str
    and_earlier: bool = False

    def covers(self, key: FactKey, content: int | str) -> bool:
        """Whether an event of that key and content is this one, or one that it stands for."""
        # a tie is not compared: an event that comes again alone has lost the place that it had among its equals
        return content == self.content and (key[:4] == self.key[:4] or (self.and_earlier and key < self.key))


Repetitions = dict[str, list[Repetition]]
"""By register, each in the order of their keys."""


def note(repetitions: Repetitions, register: str, key: FactKey, content: int | str) -> bool:
    """Keep an event that changes nothing; whether it was not kept before."""
    kept = repetitions.setdefault(register, [])
    if any(one.covers(key, content) for one in kept):
        return False
    kept.append(Repetition(key, content))
    kept.sort(key=lambda one: one.key)
    if len(kept) > KEPT:
        _merge_two(kept)
    return True


def is_repetition(repetitions: Repetitions, register: str, key: FactKey, content: int | str) -> bool:
    """Whether an event changed nothing when it was applied before."""
    return any(one.covers(key, content) for one in repetitions.get(register, ()))


def forget_up_to(repetitions: Repetitions, register: str, key: FactKey) -> None:
    """Drop those of a register that cannot count any more, for a greater key holds it."""
    kept = [one for one in repetitions.get(register, ()) if one.key > key]
    if kept:
        repetitions[register] = kept
    else:
        repetitions.pop(register, None)


def _merge_two(kept: list[Repetition]) -> None:
    """Keep the earliest two that say the same as the later of them."""
    for place, one in enumerate(kept):
        for later in range(place + 1, len(kept)):
            if kept[later].content == one.content:
                kept[later] = Repetition(kept[later].key, one.content, and_earlier=True)
                del kept[place]
                return
