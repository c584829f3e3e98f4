"""The values of a case that causes and load read (CONTRACT.md §4), computed once a judging."""

from typing import Final

from schemas.instants import BEFORE_ALL_TIME
from streams.core.policy.rules import Rules
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState, Custody, Lifecycle, Transfer
from streams.core.state.fact_key import FactKey

__all__ = ["OpenCaseView", "view_of"]

_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)
_MISSED: Final = int(AppointmentStatus.MISSED)
_NONE: Final = int(Custody.NONE)
_OPEN: Final = int(Lifecycle.OPEN)


class OpenCaseView:
    """One open case, seen under a policy. It does not depend on the clock.

    Attributes:
        state: The registers.
        open_since: Since when it is open (ms).
        base: The later of that and the end of custody (ms).
        watches_transit: Whether the policy enables in_transit.
        at_liberty: Whether custody is none.
        is_stale: Whether the assignment was last said before the case was transferred in.
        in_transit_since: When it was transferred out, until an officer there is assigned (ms), else None.
        unsatisfied: (check_in_id, booking) of every unsatisfied booking.
        hearings_ahead: (hearing_id, hearing) of every hearing still scheduled.
        bookings_due, hearings_due: Due dates (ms) of those, ascending.
        last_contact: When there was contact last (ms), `BEFORE_ALL_TIME` when there never was.
        last_due: Latest due date that counts as something scheduled (ms), or None.
        is_booked: Whether an unsatisfied booking within max_ahead exists.
        spent: (whether it is a hearing, id) of appointments that only an event naming them can bring back.
    """

    __slots__ = (
        "at_liberty",
        "base",
        "bookings_due",
        "hearings_ahead",
        "hearings_due",
        "in_transit_since",
        "is_booked",
        "is_stale",
        "last_contact",
        "last_due",
        "open_since",
        "spent",
        "state",
        "unsatisfied",
        "watches_transit",
    )

    def __init__(self, state: CaseState, open_since: int, rules: Rules) -> None:
        self.state = state
        self.open_since = open_since
        custody = state.custody
        self.watches_transit = rules.watches_transit
        self.at_liberty = custody.value == _NONE
        self.base = open_since
        if self.at_liberty and custody.since is not None and custody.since[0] > open_since:
            self.base = custody.since[0]
        self.is_stale = False
        self.in_transit_since: int | None = None
        if state.transfer is not None:
            self._see_transfer(state.transfer)
        contact = state.last_contact
        self.last_contact = BEFORE_ALL_TIME if contact is None else contact.at
        self.last_due = state.archived_due
        self.is_booked = False
        self.unsatisfied: list[tuple[str, Appointment]] = []
        self.hearings_ahead: list[tuple[str, Appointment]] = []
        self.bookings_due: list[int] = []
        self.hearings_due: list[int] = []
        self.spent: list[tuple[bool, str]] = []
        if state.bookings:
            self._see_bookings(rules.early_window, rules.max_ahead)
            if len(self.bookings_due) > 1:
                self.bookings_due.sort()
        if state.hearings:
            self._see_hearings(rules.max_ahead)
            if len(self.hearings_due) > 1:
                self.hearings_due.sort()

    def _see_transfer(self, transfer: Transfer) -> None:
        at = transfer.key[0]
        if transfer.arrived:
            last = self.state.assignment.last_key
            self.is_stale = self.state.assignment.value is not None and last is not None and last < transfer.key
        elif self.state.arrived.get(transfer.office, at - 1) < at:
            self.in_transit_since = at

    def _see_bookings(self, early_window: int, max_ahead: int) -> None:
        state, base = self.state, self.base
        last_contact, last_unnamed = self.last_contact, state.last_unnamed
        for item in state.bookings.items():
            booking = item[1]
            scheduled: FactKey | None
            if booking.status == _SCHEDULED:
                scheduled = booking.key
            elif booking.is_missed:
                scheduled = booking.scheduled
            else:
                self.spent.append((False, item[0]))
                continue
            due = booking.due
            if due is None or scheduled is None:
                continue
            near = due <= scheduled[0] + max_ahead
            if near and (self.last_due is None or due > self.last_due):
                self.last_due = due
            if last_contact >= due or (booking.completed is not None and booking.completed >= scheduled[0]):
                self.spent.append((False, item[0]))  # for good: both instants only grow
                continue
            if due < base or (last_unnamed is not None and last_unnamed >= due - early_window):
                continue
            self.unsatisfied.append(item)
            self.bookings_due.append(due)
            if near:
                self.is_booked = True

    def _see_hearings(self, max_ahead: int) -> None:
        for item in self.state.hearings.items():
            hearing = item[1]
            if hearing.status != _SCHEDULED:
                missed = hearing.key if hearing.status == _MISSED else None
                if missed is None or self.last_contact >= missed[0]:
                    self.spent.append((True, item[0]))
                continue
            self.hearings_ahead.append(item)
            due, scheduled = hearing.due, hearing.key
            assert due is not None
            assert scheduled is not None
            self.hearings_due.append(due)
            if due <= scheduled[0] + max_ahead and (self.last_due is None or due > self.last_due):
                self.last_due = due


def view_of(state: CaseState, rules: Rules) -> OpenCaseView | None:
    """The case as the causes see it; None while it is not open, or was never registered by a case_opened."""
    lifecycle = state.lifecycle
    if lifecycle.value != _OPEN or not state.opened or lifecycle.since is None:
        return None
    return OpenCaseView(state, lifecycle.since[0], rules)
