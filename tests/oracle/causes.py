"""Which causes hold for a case, and from which anchor and deadline (the table of CONTRACT.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.oracle.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.policy import Policy
    from tests.oracle.facts import Key
    from tests.oracle.state import Booking, Hearing, KnownFacts

__all__ = ["CLASS", "Holding", "holding", "is_in_transit", "of_level", "unsatisfied"]

CLASS = {
    "no_officer": "agency",
    "in_transit": "agency",
    "handoff_stalled": "agency",
    "nothing_scheduled": "agency",
    "notice_undeliverable": "record",
    "hearing_unresolved": "record",
    "check_in_overdue": "person",
    "hearing_missed": "person",
    "no_contact": "person",
}

Point = tuple[int, str]  # an instant, and the id of its event


@dataclass(frozen=True)
class Holding:
    """One (cause, instance, anchor) that holds, with the deadline after which it stands."""

    cause: str
    instance: str | None
    anchor: int
    deadline: int
    evidence: tuple[str, ...]


def holding(known: KnownFacts, policy: Policy) -> list[Holding]:
    """Every row of §4 that holds; "A cause the policy disables never holds. Closed: nothing holds."."""
    if not known.is_registered or not known.is_open:
        return []
    every = (
        _no_officer,
        _in_transit,
        _handoff_stalled,
        _nothing_scheduled,
        _notice_undeliverable,
        _hearing_unresolved,
        _check_in_overdue,
        _hearing_missed,
        _no_contact,
    )
    found = [row for cause in every for row in cause(known, policy)]
    return [row for row in found if policy.causes[row.cause].enabled]


def of_level(table: Any, level: str) -> Any:
    """The entry of a table with one entry a level."""
    return table[level] if hasattr(table, "keys") else getattr(table, level)


def _point_of(key: Key) -> Point:
    return key[0], key[3]


def _row(cause: str, instance: str | None, points: Iterable[Point], deadline: Any) -> Holding:
    """The anchor is the latest of the points; "evidence (... the events whose value is the anchor ...)"."""
    known = list(points)
    anchor = max(at for at, _ in known)
    evidence = tuple(sorted({event_id for at, event_id in known if at == anchor}))
    return Holding(cause, instance, anchor, deadline(anchor), evidence)


def _after(cause: str, known: KnownFacts, policy: Policy) -> Any:
    return lambda anchor: later(anchor, policy.causes[cause].after, known.office, policy)


def _base_points(known: KnownFacts) -> list[Point]:
    return [_point_of(key) for key in known.base_keys]


def is_in_transit(known: KnownFacts) -> bool:
    """ "open; transfer = out at t; no arrived[to_office] >= t" """
    out = known.transfer
    if out is None or out.kind != "transferred_out":
        return False
    arrived = known.arrived(out["to_office"])
    return not (arrived is not None and arrived >= out.at)


def _no_officer(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "open; assignment none, or stale; not in_transit's condition (unless that cause is disabled)" """
    is_unassigned = known.assignment.value is None or known.is_stale
    if not is_unassigned or (is_in_transit(known) and policy.causes["in_transit"].enabled):
        return []
    points = [_point_of(known.lifecycle.since)]
    if known.assignment.value is None and known.assignment.since:
        points.append(_point_of(known.assignment.since))
    if known.winning_transferred_in is not None:
        points.append(_point_of(known.winning_transferred_in.key))
    return [_row("no_officer", None, points, _after("no_officer", known, policy))]


def _in_transit(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "anchor: later of t and open_since" """
    if not is_in_transit(known):
        return []
    assert known.transfer is not None
    points = [_point_of(known.transfer.key), _point_of(known.lifecycle.since)]
    return [_row("in_transit", None, points, _after("in_transit", known, policy))]


def _handoff_stalled(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "assigned to O since t, not by first_assignment, not stale; not (ack[O] >= t); not (last_contact >= t)" """
    officer, since = known.assignment.value, known.assignment.since
    if not known.is_at_liberty or officer is None or known.is_stale or since == known.first_assignment:
        return []
    acknowledged, contact = known.ack(officer), known.last_contact
    if (acknowledged is not None and acknowledged >= since[0]) or (contact is not None and contact >= since[0]):
        return []
    points = [_point_of(since), *_base_points(known)]
    return [_row("handoff_stalled", None, points, _after("handoff_stalled", known, policy))]


def _is_too_far_ahead(of: Booking | Hearing, policy: Policy) -> bool:
    """ "A due date later than contact.max_ahead after the occurred_at of the scheduled event that set it" """
    assert of.scheduled is not None
    return of.scheduled["due_at"] > of.scheduled.at + policy.contact.max_ahead.milliseconds


def _nothing_scheduled(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "latest of base, last_settled, due_at of every booking still scheduled or missed and every hearing ..." """
    if not known.is_at_liberty:
        return []
    points = _base_points(known)
    points += [(fact.at, fact.id) for fact in known.settlings]
    dated = [booking for booking in known.bookings.values() if booking.status in ("scheduled", "missed")]
    dated += [hearing for hearing in known.hearings.values() if hearing.status == "scheduled"]
    for of in dated:
        if of.scheduled is not None and not _is_too_far_ahead(of, policy):
            points.append((of.scheduled["due_at"], of.scheduled.id))
    return [_row("nothing_scheduled", None, points, _after("nothing_scheduled", known, policy))]


def _notice_undeliverable(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "at_liberty; address bad since t", "later of t and base" """
    if not known.is_at_liberty or known.address.value != "bad":
        return []
    points = [_point_of(known.address.since), *_base_points(known)]
    return [_row("notice_undeliverable", None, points, _after("notice_undeliverable", known, policy))]


def _hearing_unresolved(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "open; a hearing still scheduled, due_at >= open_since" """
    return [
        _row(
            "hearing_unresolved",
            hearing.id,
            [(hearing.scheduled["due_at"], hearing.scheduled.id)],
            _after("hearing_unresolved", known, policy),
        )
        for hearing in known.hearings.values()
        if hearing.status == "scheduled" and hearing.scheduled and hearing.scheduled["due_at"] >= known.open_since
    ]


def unsatisfied(known: KnownFacts, policy: Policy) -> list[Booking]:
    """ "A booking is unsatisfied when it is scheduled or missed, due_at >= base, and none of: ..." """
    return [booking for booking in known.bookings.values() if _is_unsatisfied(booking, known, policy)]


def _is_unsatisfied(booking: Booking, known: KnownFacts, policy: Policy) -> bool:
    if booking.status not in ("scheduled", "missed") or booking.scheduled is None:
        return False
    due = booking.scheduled["due_at"]
    if due < known.base:
        return False
    completed, contact, unnamed = known.completed(booking.id), known.last_contact, known.last_unnamed
    if completed is not None and completed >= booking.scheduled.at:
        return False
    if contact is not None and contact >= due:
        return False
    return not (unnamed is not None and unnamed >= due - policy.contact.early_window.milliseconds)


def _check_in_overdue(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "Of the unsatisfied bookings only the one with the least (deadline, due_at, check_in_id)" """
    if not known.is_at_liberty:
        return []
    candidates = []
    for booking in unsatisfied(known, policy):
        assert booking.scheduled is not None
        assert booking.winner is not None
        due = booking.scheduled["due_at"]
        deadline = later(due, of_level(policy.contact.grace, known.level), known.office, policy)
        if booking.status == "missed":  # "the later of due_at and the earlier of that and the missed record's"
            deadline = max(due, min(deadline, booking.winner.at))
        candidates.append((deadline, due, booking.id, booking.scheduled.id))
    if not candidates:
        return []
    deadline, due, check_in_id, scheduled = min(candidates)
    return [Holding("check_in_overdue", check_in_id, due, deadline, (scheduled,))]


def _hearing_missed(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "at_liberty; hearing missed at t >= base; not (last_contact >= t)"; its deadline is its anchor"""
    if not known.is_at_liberty:
        return []
    contact = known.last_contact
    return [
        _row("hearing_missed", hearing.id, [(hearing.winner.at, hearing.winner.id)], lambda anchor: anchor)
        for hearing in known.hearings.values()
        if hearing.status == "missed"
        and hearing.winner is not None
        and hearing.winner.at >= known.base
        and not (contact is not None and contact >= hearing.winner.at)
    ]


def _no_contact(known: KnownFacts, policy: Policy) -> list[Holding]:
    """ "at_liberty; no unsatisfied booking", "latest of base, last_contact, agency_cancelled" """
    if not known.is_at_liberty:
        return []
    if any(not _is_too_far_ahead(booking, policy) for booking in unsatisfied(known, policy)):
        return []
    points = _base_points(known)
    points += [(fact.at, fact.id) for fact in known.contacts + known.agency_cancellations]

    def deadline(anchor: int) -> int:
        due = later(anchor, of_level(policy.contact.interval, known.level), known.office, policy)
        return later(due, of_level(policy.contact.grace, known.level), known.office, policy)

    return [_row("no_contact", None, points, deadline)]
