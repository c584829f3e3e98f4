"""The state of one case from its events alone: CONTRACT.md §3, implemented independently of the core.

The generator states the truth with it, so it shares nothing with `streams.core`: were both wrong, they would have to be
wrong in the same way twice.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, NamedTuple, TypeVar

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME

__all__ = ["AppointmentRegister", "ReferenceState", "StatementRegister"]

Value = TypeVar("Value")


class ReferenceKey(NamedTuple):
    """By it facts are ordered; event ids differ in a generated log, so nothing more is needed."""

    at: int
    rank: int
    recorded_at: int
    event_id: str


_FIRST_KEY: Final = ReferenceKey(BEFORE_ALL_TIME, 0, 0, "")

_RANKS: Final[Mapping[str, int]] = {
    "case_opened": 0,
    "transferred_out": 0,
    "check_in_cancelled": 0,
    "hearing_adjourned": 0,
    "hearing_cancelled": 0,
    "case_closed": 1,
    "transferred_in": 1,
    "check_in_missed": 1,
    "hearing_held": 1,
    "hearing_missed": 1,
    "case_reopened": 2,
    "officer_unassigned": 2,
    "check_in_scheduled": 2,
    "hearing_scheduled": 2,
    "officer_assigned": 3,
    "order_rescinded": 3,
}
_OTHER_RANK: Final = 4


class StatementRegister(Generic[Value]):
    """A statement: its value, since when it holds, and when it was last said."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.since = _FIRST_KEY
        self.last_key = _FIRST_KEY
        self._heard: set[Value] = set()

    def apply(self, key: ReferenceKey, value: Value) -> None:
        """Apply one statement; the order does not matter."""
        self._heard.add(value)
        if key > self.last_key:
            if value != self.value:
                self.value, self.since = value, key
            self.last_key = key
        elif value != self.value:
            if key > self.since:
                self.since = self.last_key
        elif key < self.since and len(self._heard) == 1:
            self.since = key


class AppointmentRegister:
    """A booking or a hearing: the event that set its date, and the event that says what it is now."""

    def __init__(self) -> None:
        self.set_key = _FIRST_KEY
        self.due_at: int | None = None
        self.key = _FIRST_KEY
        self._status = ""

    @property
    def status(self) -> str:
        """`scheduled`, `missed` or whatever else is the last word on it."""
        if self._status == "cancelled by person" and self.due_at is not None and self.key.at >= self.due_at:
            return "missed"
        return self._status

    def schedule(self, key: ReferenceKey, due_at: int) -> None:
        """A date is set, or set again, which says nothing unless the meeting had been called off."""
        called_off = self.status in ("adjourned", "cancelled", "cancelled by person")
        if self.due_at == due_at and not called_off:
            return
        if key > self.set_key:
            self.set_key, self.due_at = key, due_at
        self.become(key, "scheduled")

    def become(self, key: ReferenceKey, status: str) -> None:
        """Something is said of it; the latest word counts."""
        if key > self.key:
            self.key, self._status = key, status


class ReferenceState:
    """Everything that is known of a case when all its events are in.

    Args:
        events: The events of one case, in any order; they are applied as a partition would, by recorded_at.
    """

    def __init__(self, events: Iterable[hot.AnyEvent]) -> None:
        self.is_registered = False
        self.lifecycle: StatementRegister[str] = StatementRegister("")
        self.custody: StatementRegister[str] = StatementRegister("none")
        self.address: StatementRegister[str] = StatementRegister("good")
        self.officer: StatementRegister[str | None] = StatementRegister(None)
        self.first_assignment: ReferenceKey | None = None
        self.level: tuple[ReferenceKey, str] = (_FIRST_KEY, "")
        self.office: tuple[ReferenceKey, str] = (_FIRST_KEY, "")
        self.transfer: tuple[ReferenceKey, hot.TransferredOut | hot.TransferredIn | None] = (_FIRST_KEY, None)
        self.bookings: dict[str, AppointmentRegister] = {}
        self.hearings: dict[str, AppointmentRegister] = {}
        self.acknowledged: dict[str, int] = {}
        self.arrived: dict[str, int] = {}
        self.completed: dict[str, int] = {}
        self.last_contact = BEFORE_ALL_TIME
        self.last_unnamed = BEFORE_ALL_TIME
        self.last_settled = BEFORE_ALL_TIME
        self.agency_cancelled = BEFORE_ALL_TIME
        keyed = [(_key(event), event) for event in events]
        keyed.sort(key=lambda each: (each[0].recorded_at, each[0]))
        for key, event in keyed:
            _APPLY[event.type](self, key, event)

    def booking(self, check_in_id: str) -> AppointmentRegister:
        """The booking of an id, made when nothing was known of it."""
        found = self.bookings.get(check_in_id)
        if found is None:
            found = self.bookings[check_in_id] = AppointmentRegister()
        return found

    def set_hearing_status(self, hearing_id: str, key: ReferenceKey, status: str) -> None:
        """Apply the outcome of a hearing; every outcome settles it."""
        self.hearing(hearing_id).become(key, status)
        self.last_settled = max(self.last_settled, key.at)

    def hearing(self, hearing_id: str) -> AppointmentRegister:
        """The hearing of an id, made when nothing was known of it."""
        found = self.hearings.get(hearing_id)
        if found is None:
            found = self.hearings[hearing_id] = AppointmentRegister()
        return found


def _key(event: hot.AnyEvent) -> ReferenceKey:
    return ReferenceKey(event.occurred_at, _RANKS.get(event.type, _OTHER_RANK), event.recorded_at, event.event_id)


def _later(register: tuple[ReferenceKey, Value], key: ReferenceKey, value: Value) -> tuple[ReferenceKey, Value]:
    return (key, value) if key > register[0] else register


def _case_opened(state: ReferenceState, key: ReferenceKey, event: hot.CaseOpened) -> None:
    state.is_registered = True
    state.lifecycle.apply(key, "open")
    state.level = _later(state.level, key, event.level)
    state.office = _later(state.office, key, event.office)


def _case_closed(state: ReferenceState, key: ReferenceKey, _: hot.CaseClosed) -> None:
    state.lifecycle.apply(key, "closed")


def _case_reopened(state: ReferenceState, key: ReferenceKey, _: hot.CaseReopened) -> None:
    state.lifecycle.apply(key, "open")


def _supervision_changed(state: ReferenceState, key: ReferenceKey, event: hot.SupervisionChanged) -> None:
    state.level = _later(state.level, key, event.level)


def _custody_changed(state: ReferenceState, key: ReferenceKey, event: hot.CustodyChanged) -> None:
    state.custody.apply(key, event.custody)


def _address_changed(state: ReferenceState, key: ReferenceKey, event: hot.AddressChanged) -> None:
    state.address.apply(key, "good" if event.status == "valid" else "bad")


def _check_in_scheduled(state: ReferenceState, key: ReferenceKey, event: hot.CheckInScheduled) -> None:
    state.booking(event.check_in_id).schedule(key, event.due_at)


def _check_in_completed(state: ReferenceState, key: ReferenceKey, event: hot.CheckInCompleted) -> None:
    state.last_contact = max(state.last_contact, key.at)
    state.last_settled = max(state.last_settled, key.at)
    if event.check_in_id is None:
        state.last_unnamed = max(state.last_unnamed, key.at)
    else:
        state.completed[event.check_in_id] = max(state.completed.get(event.check_in_id, BEFORE_ALL_TIME), key.at)


def _check_in_missed(state: ReferenceState, key: ReferenceKey, event: hot.CheckInMissed) -> None:
    state.booking(event.check_in_id).become(key, "missed")
    state.last_settled = max(state.last_settled, key.at)


def _check_in_cancelled(state: ReferenceState, key: ReferenceKey, event: hot.CheckInCancelled) -> None:
    by_agency = event.by == "agency"
    state.booking(event.check_in_id).become(key, "cancelled" if by_agency else "cancelled by person")
    state.last_settled = max(state.last_settled, key.at)
    if by_agency:
        state.agency_cancelled = max(state.agency_cancelled, key.at)


def _hearing_scheduled(state: ReferenceState, key: ReferenceKey, event: hot.HearingScheduled) -> None:
    state.hearing(event.hearing_id).schedule(key, event.due_at)


def _hearing_adjourned(state: ReferenceState, key: ReferenceKey, event: hot.HearingAdjourned) -> None:
    state.set_hearing_status(event.hearing_id, key, "adjourned")


def _hearing_held(state: ReferenceState, key: ReferenceKey, event: hot.HearingHeld) -> None:
    state.set_hearing_status(event.hearing_id, key, "held")
    if event.appeared == "yes":
        state.last_contact = max(state.last_contact, key.at)


def _hearing_missed(state: ReferenceState, key: ReferenceKey, event: hot.HearingMissed) -> None:
    state.set_hearing_status(event.hearing_id, key, "missed")


def _hearing_cancelled(state: ReferenceState, key: ReferenceKey, event: hot.HearingCancelled) -> None:
    state.set_hearing_status(event.hearing_id, key, "cancelled")


def _order_rescinded(state: ReferenceState, key: ReferenceKey, event: hot.OrderRescinded) -> None:
    state.set_hearing_status(event.hearing_id, key, "rescinded")


def _officer_assigned(state: ReferenceState, key: ReferenceKey, event: hot.OfficerAssigned) -> None:
    state.office = _later(state.office, key, event.office)
    state.arrived[event.office] = max(state.arrived.get(event.office, BEFORE_ALL_TIME), key.at)
    if state.first_assignment is None or key < state.first_assignment:
        state.first_assignment = key
    received_key, received = state.transfer
    is_old_office = isinstance(received, hot.TransferredIn) and key > received_key and received.office != event.office
    if not (is_old_office and state.officer.value == event.officer_id):
        state.officer.apply(key, event.officer_id)


def _officer_unassigned(state: ReferenceState, key: ReferenceKey, _: hot.OfficerUnassigned) -> None:
    state.officer.apply(key, None)


def _assignment_acknowledged(state: ReferenceState, key: ReferenceKey, event: hot.AssignmentAcknowledged) -> None:
    state.acknowledged[event.officer_id] = max(state.acknowledged.get(event.officer_id, BEFORE_ALL_TIME), key.at)


def _transferred_out(state: ReferenceState, key: ReferenceKey, event: hot.TransferredOut) -> None:
    state.transfer = _later(state.transfer, key, event)


def _transferred_in(state: ReferenceState, key: ReferenceKey, event: hot.TransferredIn) -> None:
    state.transfer = _later(state.transfer, key, event)
    state.office = _later(state.office, key, event.office)


_APPLY: Final[Mapping[str, Callable[..., None]]] = {
    "case_opened": _case_opened,
    "case_closed": _case_closed,
    "case_reopened": _case_reopened,
    "supervision_changed": _supervision_changed,
    "custody_changed": _custody_changed,
    "address_changed": _address_changed,
    "check_in_scheduled": _check_in_scheduled,
    "check_in_completed": _check_in_completed,
    "check_in_missed": _check_in_missed,
    "check_in_cancelled": _check_in_cancelled,
    "hearing_scheduled": _hearing_scheduled,
    "hearing_adjourned": _hearing_adjourned,
    "hearing_held": _hearing_held,
    "hearing_missed": _hearing_missed,
    "hearing_cancelled": _hearing_cancelled,
    "order_rescinded": _order_rescinded,
    "officer_assigned": _officer_assigned,
    "officer_unassigned": _officer_unassigned,
    "assignment_acknowledged": _assignment_acknowledged,
    "transferred_out": _transferred_out,
    "transferred_in": _transferred_in,
}
