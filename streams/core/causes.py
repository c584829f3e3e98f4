"""The lost-track causes (contract §4), one class a row of the table: while what it holds, its anchor, its deadline.

`find` appends what holds, whatever the clock says: (cause, instance, anchor, deadline). `sources` name the events whose
values the anchor is the latest of. Neither knows of alerts that stand.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Final

from schemas.alerts import Cause
from streams.core.keys import Key
from streams.core.rules import CAUSE_INDEX, CAUSES, Rules, Terms
from streams.core.shelf import take_down
from streams.core.state import Appointment, CaseState, Custody, Latest, Status
from streams.core.view import View

__all__ = ["Causes", "Holding"]

Holding = tuple[int, str | None, int, int]
"""(place of the cause, instance, anchor ms, deadline ms)"""

_SCHEDULED: Final = int(Status.SCHEDULED)
_MISSED: Final = int(Status.MISSED)

_Source = tuple[int, str]
"""(value ms, id of the event it came from)"""


class _Cause(ABC):
    """One row of the table."""

    cause: Cause

    def __init__(self) -> None:
        self.place = CAUSE_INDEX[self.cause]

    @abstractmethod
    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        """Append what holds for an open case."""

    @abstractmethod
    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        """The values of which the anchor is the latest, with their events."""


class _NoOfficer(_Cause):
    """open; assignment none, or stale; not in_transit's condition (unless that cause is disabled)."""

    cause = Cause.NO_OFFICER

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        assignment, transfer = view.state.assignment, view.state.transfer
        if assignment.value is not None and not view.is_stale:
            return
        if view.in_transit_since is not None and view.watches_transit:
            return
        anchor = view.open_since
        if assignment.value is None and assignment.since is not None:
            anchor = max(anchor, assignment.since[0])
        if transfer is not None and transfer.arrived:
            anchor = max(anchor, transfer.key[0])
        found.append((self.place, None, anchor, terms.after[self.place](anchor)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_key(state.lifecycle.since)
        if state.assignment.value is None:
            yield from _from_key(state.assignment.since)
        if state.transfer is not None and state.transfer.arrived:
            yield from _from_key(state.transfer.key)


class _InTransit(_Cause):
    """open; transfer = out at t; no arrived[to_office] >= t."""

    cause = Cause.IN_TRANSIT

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        if view.in_transit_since is not None:
            anchor = max(view.in_transit_since, view.open_since)
            found.append((self.place, None, anchor, terms.after[self.place](anchor)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_key(state.lifecycle.since)
        if state.transfer is not None:
            yield from _from_key(state.transfer.key)


class _HandoffStalled(_Cause):
    """at_liberty; assigned since t, not by the first assignment, not stale; not acknowledged, no contact since t."""

    cause = Cause.HANDOFF_STALLED

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        state = view.state
        officer, since = state.assignment.value, state.assignment.since
        if not view.at_liberty or officer is None or since is None or view.is_stale or since == state.first_assignment:
            return
        at = since[0]
        if view.last_contact >= at or state.ack.get(officer, at - 1) >= at:
            return
        anchor = max(at, view.base)
        found.append((self.place, None, anchor, terms.after[self.place](anchor)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_base(state)
        yield from _from_key(state.assignment.since)


class _NothingScheduled(_Cause):
    """at_liberty; anchored at the latest of base, last_settled and every due date still ahead or missed."""

    cause = Cause.NOTHING_SCHEDULED

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        if not view.at_liberty:
            return
        anchor, settled = view.base, view.state.last_settled
        if settled is not None and settled.at > anchor:
            anchor = settled.at
        if view.last_due is not None and view.last_due > anchor:
            anchor = view.last_due
        found.append((self.place, None, anchor, terms.after[self.place](anchor)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_base(state)
        yield from _from_latest(state.last_settled)
        dated = [b for b in state.bookings.values() if b.status == Status.SCHEDULED or b.is_missed]
        dated += [h for h in state.hearings.values() if h.status == Status.SCHEDULED]
        for appointment in dated:
            yield from _from_due(appointment, rules.max_ahead)


class _NoticeUndeliverable(_Cause):
    """at_liberty; address bad since t."""

    cause = Cause.NOTICE_UNDELIVERABLE

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        address = view.state.address_is_bad
        if view.at_liberty and address.value and address.since is not None:
            anchor = max(address.since[0], view.base)
            found.append((self.place, None, anchor, terms.after[self.place](anchor)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_base(state)
        yield from _from_key(state.address_is_bad.since)


class _HearingUnresolved(_Cause):
    """open; a hearing still scheduled, due_at >= open_since."""

    cause = Cause.HEARING_UNRESOLVED

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        for name, hearing in view.hearings_ahead:
            due = hearing.due
            if due is not None and due >= view.open_since:
                found.append((self.place, name, due, terms.after[self.place](due)))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        if instance is not None:
            yield from _from_due(state.hearings[instance])


class _CheckInOverdue(_Cause):
    """at_liberty; an unsatisfied booking; of several the one with the least (deadline, due_at, check_in_id)."""

    cause = Cause.CHECK_IN_OVERDUE

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        if not view.at_liberty or not view.unsatisfied:
            return
        grace = terms.grace[view.state.level]
        least: tuple[int, int, str] | None = None
        for name, booking in view.unsatisfied:
            due = booking.due
            assert due is not None
            deadline = grace(due)
            if booking.status != _SCHEDULED and booking.key is not None:
                deadline = max(due, min(deadline, booking.key[0]))
            if least is None or (deadline, due, name) < least:
                least = (deadline, due, name)
        if least is not None:
            found.append((self.place, least[2], least[1], least[0]))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        if instance is not None:
            yield from _from_due(state.bookings[instance])


class _HearingMissed(_Cause):
    """at_liberty; hearing missed at t >= base; no contact since t."""

    cause = Cause.HEARING_MISSED

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        if not view.at_liberty:
            return
        for name, hearing in view.state.hearings.items():
            if hearing.status != _MISSED or hearing.key is None:
                continue
            at = hearing.key[0]
            if at >= view.base and at > view.last_contact:
                found.append((self.place, name, at, at))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        if instance is not None:
            yield from _from_key(state.hearings[instance].key)


class _NoContact(_Cause):
    """at_liberty; no unsatisfied booking; anchored at the latest of base, last_contact, agency_cancelled."""

    cause = Cause.NO_CONTACT

    def find(self, view: View, terms: Terms, found: list[Holding]) -> None:
        if not view.at_liberty or view.is_booked:
            return
        state, anchor = view.state, max(view.base, view.last_contact)
        if state.agency_cancelled is not None and state.agency_cancelled.at > anchor:
            anchor = state.agency_cancelled.at
        deadline = terms.grace[state.level](terms.interval[state.level](anchor))
        found.append((self.place, None, anchor, deadline))

    def sources(self, state: CaseState, instance: str | None, rules: Rules) -> Iterator[_Source]:
        yield from _from_base(state)
        yield from _from_latest(state.last_contact)
        yield from _from_latest(state.agency_cancelled)


_TABLE: Final[tuple[_Cause, ...]] = (
    _NoOfficer(),
    _InTransit(),
    _HandoffStalled(),
    _NothingScheduled(),
    _NoticeUndeliverable(),
    _HearingUnresolved(),
    _CheckInOverdue(),
    _HearingMissed(),
    _NoContact(),
)
assert tuple(row.cause for row in _TABLE) == CAUSES, "the table stands in contract order"


class Causes:
    """The causes that a policy enables.

    Args:
        rules: The policy.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._finders = tuple(row.find for row in _TABLE if rules.enabled[row.place])

    def holding(self, view: View) -> list[Holding]:
        """Every (cause, instance, anchor, deadline) that holds for an open case, in contract order, due or not."""
        terms = self._rules.terms(view.state.office)
        found: list[Holding] = []
        for find in self._finders:
            find(view, terms, found)
        return found

    def evidence(self, state: CaseState, cause: int, instance: str | None, anchor: int) -> list[str]:
        """Sorted ids of the events whose value is the anchor of an alert."""
        take_down(state)
        sources = _TABLE[cause].sources(state, instance, self._rules)
        return sorted({event_id for value, event_id in sources if value == anchor})


def _from_key(key: Key | None) -> Iterator[_Source]:
    if key is not None:
        yield key[0], key[3]


def _from_base(state: CaseState) -> Iterator[_Source]:
    yield from _from_key(state.lifecycle.since)
    if state.custody.value == Custody.NONE:
        yield from _from_key(state.custody.since)


def _from_latest(latest: Latest | None) -> Iterator[_Source]:
    if latest is not None:
        for event_id in latest.ids.split("\n"):
            yield latest.at, event_id


def _from_due(appointment: Appointment, max_ahead: int | None = None) -> Iterator[_Source]:
    key, due = appointment.scheduled_key, appointment.due
    if due is not None and key is not None and (max_ahead is None or due <= key[0] + max_ahead):
        yield due, key[3]
