"""Applying one event to the state of its case: one function a type, in the order of CONTRACT.md §2.

Every function keeps the greatest key (or instant), so it may see its event twice, or after a newer one. An event that
changed nothing is kept for as long as it could change something when it comes again
(`streams.core.state.repetitions`).

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `registers.pxd` gives the types.
"""

from collections.abc import Callable
from typing import Any, Final

from schemas import hot
from schemas.events import LAST_RANK
from streams.core.state.apply_fact import apply_fact
from streams.core.state.archive import may_hold, unarchive
from streams.core.state.case_state import (
    CHECK_IN,
    CUSTODIES,
    HEARING,
    LEVELS,
    Appointment,
    AppointmentStatus,
    CaseState,
    Latest,
    Lifecycle,
    Transfer,
)
from streams.core.state.fact_key import RANK, FactKey
from streams.core.state.repetitions import ASSIGNMENT, forget_up_to, is_repetition, note

__all__ = ["APPLIERS", "Applier"]

_LEVEL: Final = {name: index for index, name in enumerate(LEVELS)}
# as plain numbers: a member of an enumeration is looked up, and packed, in Python each time
_CLOSED: Final = int(Lifecycle.CLOSED)
_OPEN: Final = int(Lifecycle.OPEN)
_ADJOURNED: Final = int(AppointmentStatus.ADJOURNED)
_CANCELLED: Final = int(AppointmentStatus.CANCELLED)
_CANCELLED_BY_PERSON: Final = int(AppointmentStatus.CANCELLED_BY_PERSON)
_HELD: Final = int(AppointmentStatus.HELD)
_MISSED: Final = int(AppointmentStatus.MISSED)
_RESCINDED: Final = int(AppointmentStatus.RESCINDED)
_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)
_NOT_SCHEDULED: Final = frozenset({_CANCELLED, _CANCELLED_BY_PERSON, _ADJOURNED})


def _case_opened(state: CaseState, event: hot.CaseOpened, key: FactKey) -> bool:
    changes = not state.opened or (event.protected and not state.protected)
    state.opened = True
    state.protected = state.protected or event.protected
    changes |= _set_level(state, event.level, key)
    changes |= _set_office(state, event.office, key)
    return apply_fact(state.lifecycle, key, _OPEN) or changes


def _case_closed(state: CaseState, _event: hot.CaseClosed, key: FactKey) -> bool:
    return apply_fact(state.lifecycle, key, _CLOSED)


def _case_reopened(state: CaseState, _event: hot.CaseReopened, key: FactKey) -> bool:
    return apply_fact(state.lifecycle, key, _OPEN)


def _supervision_changed(state: CaseState, event: hot.SupervisionChanged, key: FactKey) -> bool:
    return _set_level(state, event.level, key)


def _custody_changed(state: CaseState, event: hot.CustodyChanged, key: FactKey) -> bool:
    return apply_fact(state.custody, key, CUSTODIES[event.custody])


def _address_changed(state: CaseState, event: hot.AddressChanged, key: FactKey) -> bool:
    return apply_fact(state.address_is_bad, key, event.status != "valid")


def _check_in_scheduled(state: CaseState, event: hot.CheckInScheduled, key: FactKey) -> bool:
    return _schedule(state, state.bookings, CHECK_IN, event.check_in_id, event.due_at, key)


def _check_in_completed(state: CaseState, event: hot.CheckInCompleted, key: FactKey) -> bool:
    at, check_in_id = key[0], event.check_in_id
    changes = _contact(state, key)
    changes |= _settle(state, key)
    if check_in_id is None:
        if state.last_unnamed is not None and state.last_unnamed >= at:
            return changes
        state.last_unnamed = at
        return True
    booking = _find(state, state.bookings, check_in_id)
    if booking is None:
        booking = state.bookings[check_in_id] = Appointment()
    if booking.completed is not None and booking.completed >= at:
        return changes
    booking.completed = at
    return True


def _check_in_missed(state: CaseState, event: hot.CheckInMissed, key: FactKey) -> bool:
    return _set_status(state, state.bookings, event.check_in_id, _MISSED, key)


def _check_in_cancelled(state: CaseState, event: hot.CheckInCancelled, key: FactKey) -> bool:
    if event.by != "agency":
        return _set_status(state, state.bookings, event.check_in_id, _CANCELLED_BY_PERSON, key)
    changes = _set_status(state, state.bookings, event.check_in_id, _CANCELLED, key)
    before = state.agency_cancelled
    state.agency_cancelled = _latest(before, key[0], key[3])
    return state.agency_cancelled is not before or changes


def _hearing_scheduled(state: CaseState, event: hot.HearingScheduled, key: FactKey) -> bool:
    return _schedule(state, state.hearings, HEARING, event.hearing_id, event.due_at, key)


def _hearing_adjourned(state: CaseState, event: hot.HearingAdjourned, key: FactKey) -> bool:
    return _set_status(state, state.hearings, event.hearing_id, _ADJOURNED, key)


def _hearing_held(state: CaseState, event: hot.HearingHeld, key: FactKey) -> bool:
    changes = _set_status(state, state.hearings, event.hearing_id, _HELD, key)
    if event.appeared == "yes":
        changes |= _contact(state, key)
    return changes


def _hearing_missed(state: CaseState, event: hot.HearingMissed, key: FactKey) -> bool:
    return _set_status(state, state.hearings, event.hearing_id, _MISSED, key)


def _hearing_cancelled(state: CaseState, event: hot.HearingCancelled, key: FactKey) -> bool:
    return _set_status(state, state.hearings, event.hearing_id, _CANCELLED, key)


def _order_rescinded(state: CaseState, event: hot.OrderRescinded, key: FactKey) -> bool:
    return _set_status(state, state.hearings, event.hearing_id, _RESCINDED, key)


def _officer_assigned(state: CaseState, event: hot.OfficerAssigned, key: FactKey) -> bool:
    officer, office = event.officer_id, event.office
    changes = _set_office(state, office, key)
    if state.first_assignment is None or key < state.first_assignment:
        state.first_assignment = key
        changes = True
    arrived = state.arrived.get(office)
    if arrived is None or key[0] > arrived:
        state.arrived[office] = key[0]
        changes = True
    assignment, transfer = state.assignment, state.transfer
    if (
        officer == assignment.value
        and transfer is not None
        and transfer.arrived
        and transfer.office != office
        and key > transfer.key
    ):
        # the old office's feed repeats itself: this does not change the officer of the case
        return note(state.repetitions, ASSIGNMENT, key, f"{officer} {office}") or changes
    if state.repetitions and is_repetition(state.repetitions, ASSIGNMENT, key, f"{officer} {office}"):
        return changes
    return _assign(state, key, officer) or changes


def _officer_unassigned(state: CaseState, _event: hot.OfficerUnassigned, key: FactKey) -> bool:
    return _assign(state, key, None)


def _assignment_acknowledged(state: CaseState, event: hot.AssignmentAcknowledged, key: FactKey) -> bool:
    officer = event.officer_id
    acknowledged = state.ack.get(officer)
    if acknowledged is not None and acknowledged >= key[0]:
        return False
    state.ack[officer] = key[0]
    return True


def _transferred_out(state: CaseState, event: hot.TransferredOut, key: FactKey) -> bool:
    transfer = state.transfer
    if transfer is not None and key <= transfer.key:
        return False
    state.transfer = Transfer(key, False, event.to_office)
    return True


def _transferred_in(state: CaseState, event: hot.TransferredIn, key: FactKey) -> bool:
    changes = _set_office(state, event.office, key)
    transfer = state.transfer
    if transfer is not None and key <= transfer.key:
        return changes
    state.transfer = Transfer(key, True, event.office)
    return True


def _assign(state: CaseState, key: FactKey, officer: str | None) -> bool:
    assignment = state.assignment
    changes = apply_fact(assignment, key, officer)
    if state.repetitions and assignment.disputed and assignment.since is not None:
        forget_up_to(state.repetitions, ASSIGNMENT, assignment.since)  # which only grows now
    return changes


def _set_level(state: CaseState, level: str, key: FactKey) -> bool:
    if state.level_key is not None and key <= state.level_key:
        return False
    state.level, state.level_key = _LEVEL[level], key
    return True


def _set_office(state: CaseState, office: str, key: FactKey) -> bool:
    if state.office_key is not None and key <= state.office_key:
        return False
    state.office, state.office_key = office, key
    return True


def _contact(state: CaseState, key: FactKey) -> bool:
    before = state.last_contact
    state.last_contact = _latest(before, key[0], key[3])
    return state.last_contact is not before


def _settle(state: CaseState, key: FactKey) -> bool:
    before = state.last_settled
    state.last_settled = _latest(before, key[0], key[3])
    return state.last_settled is not before


def _find(state: CaseState, book: dict[str, Appointment], name: str) -> Appointment | None:
    held = book.get(name)
    if held is None and may_hold(state, name):
        unarchive(state)
        held = book.get(name)
    return held


def _schedule(state: CaseState, book: dict[str, Appointment], kind: str, name: str, due: int, key: FactKey) -> bool:
    held = _find(state, book, name)
    if held is None:
        book[name] = Appointment(_SCHEDULED, key, due)
        return True
    before = held.scheduled_key
    if before is not None and key <= before:
        return False
    if held.due == due and (held.status not in _NOT_SCHEDULED or held.is_missed):
        return note(state.repetitions, kind + name, key, due)  # a repetition of the winning date changes nothing
    if state.repetitions:
        if is_repetition(state.repetitions, kind + name, key, due):
            return False
        forget_up_to(state.repetitions, kind + name, key)
    held.due = due
    if held.key is None or key > held.key:
        held.status, held.key, held.scheduled = _SCHEDULED, key, None
    else:
        held.scheduled = key
    return True


def _set_status(state: CaseState, book: dict[str, Appointment], name: str, status: int, key: FactKey) -> bool:
    changes = _settle(state, key)
    held = _find(state, book, name)
    if held is None:
        book[name] = Appointment(status, key)
        return True
    if held.key is not None and key <= held.key:
        return changes
    if held.status == _SCHEDULED:
        held.scheduled = held.key
    held.status, held.key = status, key
    return True


def _latest(held: Latest | None, at: int, event_id: str) -> Latest:
    """Add one event; order and repetition do not matter."""
    if held is None or at > held.at:
        return Latest(at, event_id)
    if at == held.at and event_id not in held.ids.split("\n"):
        return Latest(at, f"{held.ids}\n{event_id}")
    return held


Applier = Callable[[CaseState, Any, FactKey], bool]
"""Applies one event of the type it is registered for; whether that changes anything."""

_BY_TYPE: Final[dict[str, tuple[type[hot.CaseEvent], Applier]]] = {
    "case_opened": (hot.CaseOpened, _case_opened),
    "case_closed": (hot.CaseClosed, _case_closed),
    "case_reopened": (hot.CaseReopened, _case_reopened),
    "supervision_changed": (hot.SupervisionChanged, _supervision_changed),
    "custody_changed": (hot.CustodyChanged, _custody_changed),
    "address_changed": (hot.AddressChanged, _address_changed),
    "check_in_scheduled": (hot.CheckInScheduled, _check_in_scheduled),
    "check_in_completed": (hot.CheckInCompleted, _check_in_completed),
    "check_in_missed": (hot.CheckInMissed, _check_in_missed),
    "check_in_cancelled": (hot.CheckInCancelled, _check_in_cancelled),
    "hearing_scheduled": (hot.HearingScheduled, _hearing_scheduled),
    "hearing_adjourned": (hot.HearingAdjourned, _hearing_adjourned),
    "hearing_held": (hot.HearingHeld, _hearing_held),
    "hearing_missed": (hot.HearingMissed, _hearing_missed),
    "hearing_cancelled": (hot.HearingCancelled, _hearing_cancelled),
    "order_rescinded": (hot.OrderRescinded, _order_rescinded),
    "officer_assigned": (hot.OfficerAssigned, _officer_assigned),
    "officer_unassigned": (hot.OfficerUnassigned, _officer_unassigned),
    "assignment_acknowledged": (hot.AssignmentAcknowledged, _assignment_acknowledged),
    "transferred_out": (hot.TransferredOut, _transferred_out),
    "transferred_in": (hot.TransferredIn, _transferred_in),
}

APPLIERS: Final[dict[type, tuple[Applier, int, str]]] = {
    kind: (applier, RANK.get(name, LAST_RANK), name) for name, (kind, applier) in _BY_TYPE.items()
}
"""Event class -> (its applier, its rank, its type)."""
