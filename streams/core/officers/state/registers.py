"""The registers of an officer, written by officer events (CONTRACT.md §2, §3), each won by the greatest key.

An event becomes a *fact*, which keeps only what a register needs, and waits until the end of the load period at which
it is first judged; so it does not matter how long before that end it was read.
"""

from enum import Flag, IntEnum
from typing import Literal

import msgspec
from msgspec import Struct

from schemas import hot
from schemas.decode import canonical
from schemas.events import LAST_RANK
from streams.core.state.apply_fact import apply_fact
from streams.core.state.fact_key import RANK, FactKey
from streams.core.state.statements import Register

__all__ = [
    "Change",
    "CompletedTraining",
    "Duty",
    "OfficerFact",
    "OfficerRegisters",
    "OfficerUpdate",
    "PendingFact",
    "in_order",
    "pending_fact",
    "type_of",
]

_OFFICER_UPDATED = "officer_updated"
_TRAINING_COMPLETED = "training_completed"
_RANK = RANK.get(_OFFICER_UPDATED, LAST_RANK)


class Duty(IntEnum):
    """Values of the duty register; `leave` and `departed` are both away."""

    NOTHING = 0
    ACTIVE = 1
    ABSENT = 2


class Change(Flag):
    """The registers that a fact changed; a repetition changes nothing.

    DUTY is whether the officer is at work, or since when; STATUS only whether.
    """

    NOTHING = 0
    DUTY = 1
    OFFICE = 2
    CAPACITY = 4
    TRAINING = 8
    STATUS = 16


class OfficerUpdate(Struct, array_like=True, gc=False, frozen=True, tag=0):
    """An officer_updated.

    Attributes:
        key: Its key.
        office: Office of the officer.
        status: `active`, `leave` or `departed`.
        capacity_hours_month: Hours for cases a month; None means the policy's.
    """

    key: FactKey
    office: str
    status: Literal["active", "leave", "departed"]
    capacity_hours_month: float | None


class CompletedTraining(Struct, array_like=True, gc=False, frozen=True, tag=1):
    """A training_completed.

    Attributes:
        key: Its key.
        course: Id of the course.
        valid_until: When it must have been renewed (ms).
    """

    key: FactKey
    course: str
    valid_until: int


OfficerFact = OfficerUpdate | CompletedTraining


class PendingFact(Struct, array_like=True, gc=False, frozen=True):
    """A fact that waits for the period end at which it is first judged.

    Attributes:
        effective: The instant (ms) at which it became known: its recorded_at, or the clock when it came late.
        canonical: The event's canonical JSON, which settles an order that its key leaves open.
        fact: The fact.
    """

    effective: int
    canonical: str
    fact: OfficerFact


class OfficerRegisters(Struct, array_like=True, gc=False):
    """The registers of one officer.

    Attributes:
        updated: The winning officer_updated.
        duty: Whether the officer is at work and since when; a nightly feed that repeats itself moves nothing.
        completed: The winning training_completed of each course.
    """

    updated: OfficerUpdate | None = None
    duty: Register[int] = msgspec.field(default_factory=lambda: Register(int(Duty.NOTHING)))
    completed: dict[str, CompletedTraining] = {}

    def apply(self, fact: OfficerFact) -> Change:
        """Apply one fact; what it changed."""
        if isinstance(fact, OfficerUpdate):
            return self._update(fact)
        held = self.completed.get(fact.course)
        if held is not None and fact.key <= held.key:
            return Change.NOTHING
        self.completed[fact.course] = fact
        return Change.NOTHING if held is not None and held.valid_until == fact.valid_until else Change.TRAINING

    def _update(self, fact: OfficerUpdate) -> Change:
        duty, held = self.duty, self.updated
        since, value, change = duty.since, duty.value, Change.NOTHING
        apply_fact(duty, fact.key, Duty.ACTIVE if fact.status == "active" else Duty.ABSENT)
        if duty.since != since:
            change |= Change.DUTY
        if duty.value != value:
            change |= Change.STATUS
        if held is not None and fact.key <= held.key:
            return change
        self.updated = fact
        if held is None or held.office != fact.office:
            change |= Change.OFFICE
        if held is None or held.capacity_hours_month != fact.capacity_hours_month:
            change |= Change.CAPACITY
        return change


def pending_fact(event: hot.OfficerEvent, now: int) -> PendingFact:
    """The fact that an officer event states, to be judged with what is known at its recorded_at.

    Args:
        event: An officer_updated or training_completed.
        now: The clock (ms): what was recorded up to it should have come already, and counts from now on.

    Raises:
        TypeError: It is an event of another type.
    """
    key = (event.occurred_at, _RANK, event.recorded_at, event.event_id, 0)
    fact: OfficerFact
    if isinstance(event, hot.OfficerUpdated):
        fact = OfficerUpdate(key, event.office, event.status, event.capacity_hours_month)
    elif isinstance(event, hot.TrainingCompleted):
        fact = CompletedTraining(key, event.course, event.valid_until)
    else:
        raise TypeError(f"{type(event).__name__} is no event that writes the registers of an officer")
    return PendingFact(max(event.recorded_at, now), canonical(event), fact)


def in_order(pending: list[PendingFact]) -> list[OfficerFact]:
    """Facts in the order in which they apply: by when they became known, then key, a repeated event once."""
    facts: list[OfficerFact] = []
    seen: dict[tuple[int, int, int, str], list[str]] = {}
    for one in sorted(pending, key=lambda one: (one.effective, one.fact.key, one.canonical)):
        occurred_at, rank, recorded_at, event_id, _ = one.fact.key
        contents = seen.setdefault((occurred_at, rank, recorded_at, event_id), [])
        if one.canonical in contents:
            continue
        contents.append(one.canonical)
        tie = len(contents) - 1
        key = (occurred_at, rank, recorded_at, event_id, tie)
        facts.append(msgspec.structs.replace(one.fact, key=key) if tie else one.fact)
    return facts


def type_of(fact: OfficerFact) -> str:
    """The type of the event that stated a fact."""
    return _OFFICER_UPDATED if isinstance(fact, OfficerUpdate) else _TRAINING_COMPLETED
