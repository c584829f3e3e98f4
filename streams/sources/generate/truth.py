"""The truth about one case at the end of the window: the causes (CONTRACT.md §4) that stand, found without the core."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from schemas import hot
from schemas.causes import Cause
from schemas.durations import Duration
from schemas.instants import BEFORE_ALL_TIME, to_text
from schemas.policy import Policy
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.reference_state import AppointmentRegister, ReferenceState
from streams.sources.generate.workdays import BusinessDays
from streams.sources.generate.world import LEVELS

__all__ = ["LostCase", "Truth"]

_TWO_HOURS: Final = 2 * 3_600_000  # more than clocks are ever put forward


class LostCase(Struct, frozen=True, kw_only=True):
    """One line of truth.jsonl: an alert that must stand at the end of the window.

    Attributes:
        case_id: The case.
        cause: Which cause of the contract.
        instance: The hearing or check-in it is about, or None.
        since: Its anchor.
        deadline: When it came due.
        office: The office that has the case.
        why: The same in words.
    """

    case_id: str
    cause: Cause
    instance: str | None
    since: str
    deadline: str
    office: str
    why: str


class _HoldingCause(NamedTuple):
    """A cause that holds, whether or not its deadline has passed."""

    instance: str | None
    anchor: int
    deadline: int
    why: str


class Truth:
    """Judges cases by what is known of them at one instant.

    Args:
        policy: The policy of the truth.
        until: The instant, in milliseconds.
    """

    def __init__(self, policy: Policy, until: int) -> None:
        self.until = until
        self.early_window = policy.contact.early_window.milliseconds
        self.max_ahead = policy.contact.max_ahead.milliseconds
        self.intervals: Mapping[str, Duration] = {each: getattr(policy.contact.interval, each) for each in LEVELS}
        self.graces: Mapping[str, Duration] = {each: getattr(policy.contact.grace, each) for each in LEVELS}
        self.after: Mapping[Cause, Duration] = {
            cause: policy.causes[cause].after or Duration() for cause in Cause if policy.causes[cause].enabled
        }
        self._days = BusinessDays({name: office.tz for name, office in policy.offices.items()})

    def of(self, case_id: str, events: Sequence[hot.AnyEvent]) -> list[LostCase]:
        """The standing alerts of the case of these events, in the contract's order of causes."""
        known = ReferenceState(events)
        if not known.is_registered or known.lifecycle.value != "open":
            return []
        case = _OpenCase(self, known)
        return [
            LostCase(
                case_id=case_id,
                cause=cause,
                instance=found.instance,
                since=to_text(found.anchor),
                deadline=to_text(found.deadline),
                office=known.office[1],
                why=found.why,
            )
            for cause in self.after
            for found in _HOLDS[cause](case)
            if found.deadline <= self.until
        ]

    def add(self, at: int, duration: Duration, office: str) -> int:
        """The instant a duration later; only when it may lie within the window is it reckoned exactly."""
        at_least = at + duration.milliseconds + duration.business_days * DAY_MS - _TWO_HOURS
        return at_least if at_least > self.until else self._days.add(at, duration, office)


class _OpenCase:
    """An open case with the terms that the causes share."""

    def __init__(self, truth: Truth, state: ReferenceState) -> None:
        self.truth = truth
        self.known = state
        self.office = state.office[1]
        self.open_since = state.lifecycle.since.at
        self.is_at_liberty = state.custody.value == "none"
        self.base = max(self.open_since, state.custody.since.at) if self.is_at_liberty else self.open_since
        self.grace = truth.graces[state.level[1]]
        transfer_key, transfer = state.transfer
        self.received_at: int | None = None
        self.sent: hot.TransferredOut | None = None
        self.is_stale = False
        if isinstance(transfer, hot.TransferredIn):
            self.received_at = transfer_key.at
            self.is_stale = state.officer.last_key < transfer_key
        elif transfer is not None and state.arrived.get(transfer.to_office, BEFORE_ALL_TIME) < transfer_key.at:
            self.sent = transfer

    def after(self, cause: Cause, anchor: int) -> int:
        return self.truth.add(anchor, self.truth.after[cause], self.office)

    def unsatisfied(self) -> Iterator[tuple[str, AppointmentRegister, int]]:
        """Bookings that still wait for a contact, with their due dates."""
        known = self.known
        for check_in_id, booking in known.bookings.items():
            due = booking.due_at
            if (
                due is not None
                and due >= self.base
                and booking.status in ("scheduled", "missed")
                and known.completed.get(check_in_id, BEFORE_ALL_TIME) < booking.set_key.at
                and known.last_contact < due
                and known.last_unnamed < due - self.truth.early_window
            ):
                yield check_in_id, booking, due

    def is_too_far(self, meeting: AppointmentRegister, due: int) -> bool:
        """Whether a date was set so far ahead that it counts as none."""
        return due > meeting.set_key.at + self.truth.max_ahead


def _no_officer(case: _OpenCase) -> Iterator[_HoldingCause]:
    officer = case.known.officer
    if officer.value is not None and not case.is_stale:
        return
    if case.sent is not None and Cause.IN_TRANSIT in case.truth.after:
        return
    anchors = [case.open_since]
    if officer.value is None:
        anchors.append(officer.since.at)
    if case.received_at is not None:
        anchors.append(case.received_at)
    anchor = max(anchors)
    yield _HoldingCause(
        None, anchor, case.after(Cause.NO_OFFICER, anchor), f"no officer has had it since {_day(anchor)}"
    )


def _in_transit(case: _OpenCase) -> Iterator[_HoldingCause]:
    if case.sent is not None:
        sent = case.sent
        anchor = max(sent.occurred_at, case.open_since)
        why = f"{sent.from_office} sent it to {sent.to_office} on {_day(sent.occurred_at)}, and no officer there got it"
        yield _HoldingCause(None, anchor, case.after(Cause.IN_TRANSIT, anchor), why)


def _handoff_stalled(case: _OpenCase) -> Iterator[_HoldingCause]:
    known = case.known
    officer, since = known.officer.value, known.officer.since
    if officer is None or not case.is_at_liberty or case.is_stale or since == known.first_assignment:
        return
    if known.acknowledged.get(officer, BEFORE_ALL_TIME) >= since.at or known.last_contact >= since.at:
        return
    anchor = max(since.at, case.base)
    why = f"handed on {_day(since.at)} to an officer who has neither confirmed it nor had a contact since"
    yield _HoldingCause(None, anchor, case.after(Cause.HANDOFF_STALLED, anchor), why)


def _nothing_scheduled(case: _OpenCase) -> Iterator[_HoldingCause]:
    if not case.is_at_liberty:
        return
    known = case.known
    pending = [each for each in known.bookings.values() if each.status in ("scheduled", "missed")]
    pending += [each for each in known.hearings.values() if each.status == "scheduled"]
    dues = [each.due_at for each in pending if each.due_at is not None and not case.is_too_far(each, each.due_at)]
    anchor = max(case.base, known.last_settled, *dues)
    why = f"nothing has been scheduled since {_day(anchor)}"
    yield _HoldingCause(None, anchor, case.after(Cause.NOTHING_SCHEDULED, anchor), why)


def _notice_undeliverable(case: _OpenCase) -> Iterator[_HoldingCause]:
    address = case.known.address
    if case.is_at_liberty and address.value == "bad":
        anchor = max(address.since.at, case.base)
        why = f"the address on record has been no good since {_day(address.since.at)}"
        yield _HoldingCause(None, anchor, case.after(Cause.NOTICE_UNDELIVERABLE, anchor), why)


def _hearing_unresolved(case: _OpenCase) -> Iterator[_HoldingCause]:
    for hearing_id, hearing in case.known.hearings.items():
        due = hearing.due_at
        if hearing.status == "scheduled" and due is not None and due >= case.open_since:
            why = f"the hearing of {_day(due)} has no recorded outcome"
            yield _HoldingCause(hearing_id, due, case.after(Cause.HEARING_UNRESOLVED, due), why)


def _check_in_overdue(case: _OpenCase) -> Iterator[_HoldingCause]:
    if not case.is_at_liberty:
        return
    overdue = []
    for check_in_id, booking, due in case.unsatisfied():
        deadline = case.truth.add(due, case.grace, case.office)
        if booking.status == "missed":
            deadline = max(due, min(deadline, booking.key.at))
        overdue.append((deadline, due, check_in_id))
    if overdue:
        deadline, due, check_in_id = min(overdue)
        yield _HoldingCause(check_in_id, due, deadline, f"the check-in of {_day(due)} has not taken place")


def _hearing_missed(case: _OpenCase) -> Iterator[_HoldingCause]:
    if not case.is_at_liberty:
        return
    for hearing_id, hearing in case.known.hearings.items():
        at = hearing.key.at
        if hearing.status == "missed" and at >= case.base and case.known.last_contact < at:
            yield _HoldingCause(
                hearing_id, at, at, f"the hearing of {_day(at)} was missed, and there was no contact since"
            )


def _no_contact(case: _OpenCase) -> Iterator[_HoldingCause]:
    if not case.is_at_liberty:
        return
    if any(not case.is_too_far(booking, due) for _, booking, due in case.unsatisfied()):
        return
    known, truth = case.known, case.truth
    anchor = max(case.base, known.last_contact, known.agency_cancelled)
    interval = truth.add(anchor, truth.intervals[known.level[1]], case.office)
    why = f"no contact since {_day(anchor)} and none booked, at level {known.level[1]}"
    yield _HoldingCause(None, anchor, truth.add(interval, case.grace, case.office), why)


def _day(at: int) -> str:
    return to_text(at)[:10]


_HOLDS: Final[Mapping[Cause, Callable[[_OpenCase], Iterator[_HoldingCause]]]] = {
    Cause.NO_OFFICER: _no_officer,
    Cause.IN_TRANSIT: _in_transit,
    Cause.HANDOFF_STALLED: _handoff_stalled,
    Cause.NOTHING_SCHEDULED: _nothing_scheduled,
    Cause.NOTICE_UNDELIVERABLE: _notice_undeliverable,
    Cause.HEARING_UNRESOLVED: _hearing_unresolved,
    Cause.CHECK_IN_OVERDUE: _check_in_overdue,
    Cause.HEARING_MISSED: _hearing_missed,
    Cause.NO_CONTACT: _no_contact,
}
