"""Applying one event to the state of its case: one function a type, in the order of CONTRACT.md §2.

Every function keeps the greatest key (or instant) and so may see its event twice, or after a newer one; what said
nothing at first is kept, for as long as it could count when it comes again (`streams.core.state.repetitions`).
"""

from collections.abc import Callable
from typing import Any, Final

from schemas import hot
from schemas.events import LAST_RANK
from streams.core.state.archive import may_hold, unarchive
from streams.core.state.case_state import (
    CHECK_IN,
    CUSTODIES,
    HEARING,
    LEVELS,
    Appointment,
    AppointmentStatus,
    CaseState,
    Lifecycle,
    Transfer,
    latest,
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


def _case_opened(state: CaseState, event: hot.CaseOpened, key: FactKey) -> None:
    state.opened = True
    state.protected = state.protected or event.protected
    _set_level(state, event.level, key)
    _set_office(state, event.office, key)
    state.lifecycle.apply(key, _OPEN)


def _case_closed(state: CaseState, _event: hot.CaseClosed, key: FactKey) -> None:
    state.lifecycle.apply(key, _CLOSED)


def _case_reopened(state: CaseState, _event: hot.CaseReopened, key: FactKey) -> None:
    state.lifecycle.apply(key, _OPEN)


def _supervision_changed(state: CaseState, event: hot.SupervisionChanged, key: FactKey) -> None:
    _set_level(state, event.level, key)


def _custody_changed(state: CaseState, event: hot.CustodyChanged, key: FactKey) -> None:
    state.custody.apply(key, CUSTODIES[event.custody])


def _address_changed(state: CaseState, event: hot.AddressChanged, key: FactKey) -> None:
    state.address_is_bad.apply(key, event.status != "valid")


def _check_in_scheduled(state: CaseState, event: hot.CheckInScheduled, key: FactKey) -> None:
    _schedule(state, state.bookings, CHECK_IN, event.check_in_id, event.due_at, key)


def _check_in_completed(state: CaseState, event: hot.CheckInCompleted, key: FactKey) -> None:
    at = key[0]
    state.last_contact = latest(state.last_contact, at, key[3])
    state.last_settled = latest(state.last_settled, at, key[3])
    if event.check_in_id is None:
        state.last_unnamed = _later(state.last_unnamed, at)
        return
    booking = _find(state, state.bookings, event.check_in_id)
    if booking is None:
        booking = state.bookings[event.check_in_id] = Appointment()
    booking.completed = _later(booking.completed, at)


def _check_in_missed(state: CaseState, event: hot.CheckInMissed, key: FactKey) -> None:
    _set_status(state, state.bookings, event.check_in_id, _MISSED, key)


def _check_in_cancelled(state: CaseState, event: hot.CheckInCancelled, key: FactKey) -> None:
    by_agency = event.by == "agency"
    status = _CANCELLED if by_agency else _CANCELLED_BY_PERSON
    _set_status(state, state.bookings, event.check_in_id, status, key)
    if by_agency:
        state.agency_cancelled = latest(state.agency_cancelled, key[0], key[3])


def _hearing_scheduled(state: CaseState, event: hot.HearingScheduled, key: FactKey) -> None:
    _schedule(state, state.hearings, HEARING, event.hearing_id, event.due_at, key)


def _hearing_adjourned(state: CaseState, event: hot.HearingAdjourned, key: FactKey) -> None:
    _set_status(state, state.hearings, event.hearing_id, _ADJOURNED, key)


def _hearing_held(state: CaseState, event: hot.HearingHeld, key: FactKey) -> None:
    _set_status(state, state.hearings, event.hearing_id, _HELD, key)
    if event.appeared == "yes":
        state.last_contact = latest(state.last_contact, key[0], key[3])


def _hearing_missed(state: CaseState, event: hot.HearingMissed, key: FactKey) -> None:
    _set_status(state, state.hearings, event.hearing_id, _MISSED, key)


def _hearing_cancelled(state: CaseState, event: hot.HearingCancelled, key: FactKey) -> None:
    _set_status(state, state.hearings, event.hearing_id, _CANCELLED, key)


def _order_rescinded(state: CaseState, event: hot.OrderRescinded, key: FactKey) -> None:
    _set_status(state, state.hearings, event.hearing_id, _RESCINDED, key)


def _officer_assigned(state: CaseState, event: hot.OfficerAssigned, key: FactKey) -> None:
    officer, office = event.officer_id, event.office
    _set_office(state, office, key)
    if state.first_assignment is None or key < state.first_assignment:
        state.first_assignment = key
    state.arrived[office] = _later(state.arrived.get(office), key[0])
    assignment, transfer = state.assignment, state.transfer
    if (
        officer == assignment.value
        and transfer is not None
        and transfer.arrived
        and transfer.office != office
        and key > transfer.key
    ):
        # the old office's feed repeats itself: no news of who has the case now
        note(state.repetitions, ASSIGNMENT, key, f"{officer} {office}")
        return
    if state.repetitions and is_repetition(state.repetitions, ASSIGNMENT, key, f"{officer} {office}"):
        return
    _assign(state, key, officer)


def _officer_unassigned(state: CaseState, _event: hot.OfficerUnassigned, key: FactKey) -> None:
    _assign(state, key, None)


def _assignment_acknowledged(state: CaseState, event: hot.AssignmentAcknowledged, key: FactKey) -> None:
    state.ack[event.officer_id] = _later(state.ack.get(event.officer_id), key[0])


def _transferred_out(state: CaseState, event: hot.TransferredOut, key: FactKey) -> None:
    if state.transfer is None or key > state.transfer.key:
        state.transfer = Transfer(key, False, event.to_office)


def _transferred_in(state: CaseState, event: hot.TransferredIn, key: FactKey) -> None:
    _set_office(state, event.office, key)
    if state.transfer is None or key > state.transfer.key:
        state.transfer = Transfer(key, True, event.office)


def _assign(state: CaseState, key: FactKey, officer: str | None) -> None:
    assignment = state.assignment
    assignment.apply(key, officer)
    if state.repetitions and assignment.disputed and assignment.since is not None:
        forget_up_to(state.repetitions, ASSIGNMENT, assignment.since)  # which only grows now


def _set_level(state: CaseState, level: str, key: FactKey) -> None:
    if state.level_key is None or key > state.level_key:
        state.level, state.level_key = _LEVEL[level], key


def _set_office(state: CaseState, office: str, key: FactKey) -> None:
    if state.office_key is None or key > state.office_key:
        state.office, state.office_key = office, key


def _find(state: CaseState, book: dict[str, Appointment], name: str) -> Appointment | None:
    held = book.get(name)
    if held is None and may_hold(state, name):
        unarchive(state)
        held = book.get(name)
    return held


def _schedule(state: CaseState, book: dict[str, Appointment], kind: str, name: str, due: int, key: FactKey) -> None:
    held = _find(state, book, name)
    if held is None:
        book[name] = Appointment(_SCHEDULED, key, due)
        return
    before = held.scheduled_key
    if before is not None and key <= before:
        return
    if held.due == due and (held.status not in _NOT_SCHEDULED or held.is_missed):
        note(state.repetitions, kind + name, key, due)  # a repetition of the winning date changes nothing
        return
    if state.repetitions:
        if is_repetition(state.repetitions, kind + name, key, due):
            return
        forget_up_to(state.repetitions, kind + name, key)
    held.due = due
    if held.key is None or key > held.key:
        held.status, held.key, held.scheduled = _SCHEDULED, key, None
    else:
        held.scheduled = key


def _set_status(state: CaseState, book: dict[str, Appointment], name: str, status: int, key: FactKey) -> None:
    state.last_settled = latest(state.last_settled, key[0], key[3])
    held = _find(state, book, name)
    if held is None:
        book[name] = Appointment(status, key)
    elif held.key is None or key > held.key:
        if held.status == _SCHEDULED:
            held.scheduled = held.key
        held.status, held.key = status, key


def _later(before: int | None, at: int) -> int:
    return at if before is None or at > before else before


Applier = Callable[[CaseState, Any, FactKey], None]
"""Applies one event of the type it is registered for."""

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
