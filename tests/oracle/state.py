"""The state of one case after a list of facts: registers and statements (CONTRACT.md §3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.facts import BEFORE_ALL_TIME, Fact, Key

__all__ = ["Booking", "Hearing", "KnownFacts", "Statement"]

BOOKING = {"check_in_scheduled": "scheduled", "check_in_missed": "missed", "check_in_cancelled": "cancelled"}
HEARING = {
    "hearing_scheduled": "scheduled",
    "hearing_adjourned": "adjourned",
    "hearing_held": "held",
    "hearing_missed": "missed",
    "hearing_cancelled": "cancelled",
    "order_rescinded": "rescinded",
}
SETTLING = {
    "check_in_completed",
    "check_in_missed",
    "check_in_cancelled",
    "hearing_adjourned",
    "hearing_held",
    "hearing_missed",
    "hearing_cancelled",
    "order_rescinded",
}


@dataclass
class Statement:
    """§3 Statements: they "hold value, since, said and know a repetition from a change"."""

    value: Any
    since: Key = BEFORE_ALL_TIME
    said: Key = BEFORE_ALL_TIME
    ever: list[Any] = field(default_factory=list)

    def apply(self, k: Key, v: Any) -> None:
        """§3: "Applying key k, value v"."""
        if k > self.said:
            if v == self.value:
                self.said = k
            else:
                self.value = v
                self.since = self.said = k
        elif v != self.value and k > self.since:
            self.since = self.said
        elif v == self.value and k < self.since and all(other == v for other in self.ever):
            self.since = k
        self.ever.append(v)


@dataclass
class Booking:
    """§3: "booking[check_in_id] over scheduled, missed, cancelled", and its winning scheduled event."""

    id: str
    winner: Fact | None = None
    scheduled: Fact | None = None

    @property
    def due(self) -> int | None:
        """§3: "a booking's or hearing's due_at is that of its winning scheduled event"."""
        return None if self.scheduled is None else self.scheduled["due_at"]

    @property
    def status(self) -> str | None:
        """§3: "A check_in_cancelled by `person` with occurred_at >= due_at counts as missed"."""
        if self.winner is None:
            return None
        status = BOOKING[self.winner.kind]
        if status == "cancelled" and self.winner["by"] == "person" and self.due is not None:
            return "missed" if self.winner.at >= self.due else "cancelled"
        return status

    def apply(self, fact: Fact) -> None:
        """§3 Registers (greatest key) and Repetitions."""
        if fact.kind == "check_in_scheduled":
            if self.due == fact["due_at"] and self.status != "cancelled":
                return
            if self.scheduled is None or fact.key > self.scheduled.key:
                self.scheduled = fact
        if self.winner is None or fact.key > self.winner.key:
            self.winner = fact


@dataclass
class Hearing:
    """§3: "hearing[hearing_id] over scheduled, adjourned, held, missed, cancelled, rescinded"."""

    id: str
    winner: Fact | None = None
    scheduled: Fact | None = None

    @property
    def due(self) -> int | None:
        return None if self.scheduled is None else self.scheduled["due_at"]

    @property
    def status(self) -> str | None:
        return None if self.winner is None else HEARING[self.winner.kind]

    def apply(self, fact: Fact) -> None:
        """§3 Registers (greatest key) and Repetitions."""
        if fact.kind == "hearing_scheduled":
            if self.due == fact["due_at"] and self.status not in ("adjourned", "cancelled"):
                return
            if self.scheduled is None or fact.key > self.scheduled.key:
                self.scheduled = fact
        if self.winner is None or fact.key > self.winner.key:
            self.winner = fact


class KnownFacts:
    """Everything that §3 keeps of one case, rebuilt from the facts in the order in which they were applied."""

    def __init__(self, facts: list[Fact]) -> None:
        self.facts = tuple(facts)
        self.lifecycle = Statement(None)
        self.custody = Statement("none")
        self.address = Statement("good")
        self.assignment = Statement(None)
        self.transfer: Fact | None = None
        self.bookings: dict[str, Booking] = {}
        self.hearings: dict[str, Hearing] = {}
        for fact in facts:
            self._apply(fact)

    def _apply(self, fact: Fact) -> None:
        kind, key = fact.kind, fact.key
        if kind in ("case_opened", "case_reopened"):
            self.lifecycle.apply(key, "open")
        elif kind == "case_closed":
            self.lifecycle.apply(key, "closed")
        elif kind == "custody_changed":
            self.custody.apply(key, fact["custody"])
        elif kind == "address_changed":
            self.address.apply(key, "good" if fact["status"] == "valid" else "bad")
        elif kind in ("transferred_out", "transferred_in"):
            if self.transfer is None or key > self.transfer.key:
                self.transfer = fact
        elif kind == "officer_assigned":
            if not self._is_of_the_old_office(fact):
                self.assignment.apply(key, fact["officer_id"])
        elif kind == "officer_unassigned":
            self.assignment.apply(key, None)
        elif kind in BOOKING:
            self.bookings.setdefault(fact["check_in_id"], Booking(fact["check_in_id"])).apply(fact)
        elif kind in HEARING:
            self.hearings.setdefault(fact["hearing_id"], Hearing(fact["hearing_id"])).apply(fact)

    def _is_of_the_old_office(self, fact: Fact) -> bool:
        """§3: "with a key greater than the winning transferred_in's, that repeats the officer and names ..."."""
        arrival = self.winning_transferred_in
        repeats = fact["officer_id"] == self.assignment.value
        return arrival is not None and fact.key > arrival.key and repeats and fact["office"] != arrival["office"]

    @property
    def contents(self) -> tuple[Any, ...]:
        """All that §3 keeps of the case; a comparison shows whether a fact changes any of it."""
        statements = (self.lifecycle, self.custody, self.address, self.assignment)
        appointments = [*self.bookings.values(), *self.hearings.values()]
        assigned, acknowledged = self.all("officer_assigned"), self.all("assignment_acknowledged")
        completed = self.all("check_in_completed")
        return (
            [(one.value, one.since, one.said, len(set(one.ever)) > 1) for one in statements],
            [(one.winner, one.scheduled) for one in appointments],
            [
                self._greatest("case_opened", "supervision_changed"),
                self._greatest("case_opened", "officer_assigned", "transferred_in"),
                self.transfer,
                self.first_assignment,
                self.last_unnamed,
            ],
            {fact["office"]: self.arrived(fact["office"]) for fact in assigned},
            {fact["officer_id"]: self.ack(fact["officer_id"]) for fact in acknowledged},
            {fact["check_in_id"]: self.completed(fact["check_in_id"]) for fact in completed},
            [_latest(facts) for facts in (self.contacts, self.settlings, self.agency_cancellations)],
            [self.is_registered, any(fact["protected"] for fact in self.all("case_opened"))],
        )

    def all(self, *kinds: str) -> list[Fact]:
        """The facts of these types, applied so far."""
        return [fact for fact in self.facts if fact.kind in kinds]

    def _greatest(self, *kinds: str) -> Fact | None:
        return max(self.all(*kinds), key=lambda fact: fact.key, default=None)

    # -- registers ------------------------------------------------------------------------------------------

    @property
    def is_registered(self) -> bool:
        """§3: "A case for which no case_opened was applied raises nothing and is in no load"."""
        return bool(self.all("case_opened"))

    @property
    def level(self) -> str:
        winner = self._greatest("case_opened", "supervision_changed")
        assert winner is not None
        return winner["level"]

    @property
    def office(self) -> str | None:
        winner = self._greatest("case_opened", "officer_assigned", "transferred_in")
        return None if winner is None else winner["office"]

    @property
    def first_assignment(self) -> Key | None:
        return min((fact.key for fact in self.all("officer_assigned")), default=None)

    def ack(self, officer: str) -> int | None:
        moments = [fact.at for fact in self.all("assignment_acknowledged") if fact["officer_id"] == officer]
        return max(moments, default=None)

    def arrived(self, office: str) -> int | None:
        return max((fact.at for fact in self.all("officer_assigned") if fact["office"] == office), default=None)

    @property
    def contacts(self) -> list[Fact]:
        """§3 last_contact: "check_in_completed and ... hearing_held with appeared = yes"."""
        held = [fact for fact in self.all("hearing_held") if fact["appeared"] == "yes"]
        return self.all("check_in_completed") + held

    @property
    def last_contact(self) -> int | None:
        return max((fact.at for fact in self.contacts), default=None)

    @property
    def last_unnamed(self) -> int | None:
        unnamed = [fact.at for fact in self.all("check_in_completed") if fact["check_in_id"] is None]
        return max(unnamed, default=None)

    def completed(self, check_in_id: str) -> int | None:
        named = [fact.at for fact in self.all("check_in_completed") if fact["check_in_id"] == check_in_id]
        return max(named, default=None)

    @property
    def settlings(self) -> list[Fact]:
        return self.all(*SETTLING)

    @property
    def agency_cancellations(self) -> list[Fact]:
        return [fact for fact in self.all("check_in_cancelled") if fact["by"] == "agency"]

    # -- the terms of §4 ------------------------------------------------------------------------------------

    @property
    def winning_transferred_in(self) -> Fact | None:
        """§4: "the event that holds `transfer`, when it is a transferred_in"."""
        return self.transfer if self.transfer is not None and self.transfer.kind == "transferred_in" else None

    @property
    def is_stale(self) -> bool:
        """§4: "a stale assignment is one whose said is less than it"."""
        arrival = self.winning_transferred_in
        return arrival is not None and self.assignment.said < arrival.key

    @property
    def is_open(self) -> bool:
        return self.lifecycle.value == "open"

    @property
    def is_at_liberty(self) -> bool:
        return self.is_open and self.custody.value == "none"

    @property
    def open_since(self) -> int:
        return self.lifecycle.since[0]

    @property
    def base_keys(self) -> list[Key]:
        """§4 base: "the later of open_since and, if custody is `none`, its since"."""
        keys = [self.lifecycle.since]
        if self.custody.value == "none" and self.custody.since != BEFORE_ALL_TIME:
            keys.append(self.custody.since)
        return keys

    @property
    def base(self) -> int:
        return max(key[0] for key in self.base_keys)

    @property
    def officer(self) -> str | None:
        """§5: "whom the assignment names unless it is stale"; §8: a case without case_opened has no officer."""
        if not self.is_registered or self.is_stale:
            return None
        return self.assignment.value


def _latest(facts: list[Fact]) -> tuple[int, set[str]] | None:
    """The greatest occurred_at, and the ids of the events that have it."""
    at = max((fact.at for fact in facts), default=None)
    return None if at is None else (at, {fact.id for fact in facts if fact.at == at})
