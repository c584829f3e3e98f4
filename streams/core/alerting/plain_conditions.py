"""What holds for an open case: the conditions of CONTRACT.md §4, a function a row of the table, in its order."""

from collections.abc import Callable, Sequence
from typing import Final

from schemas.alerts import Cause
from streams.core.alerting.plain_case_view import OpenCaseView
from streams.core.policy.rules import CAUSE_INDEX, CAUSES, Terms
from streams.core.state.case_state import AppointmentStatus

__all__ = ["CauseConditions", "Holding"]

Holding = tuple[int, str | None, int, int]
"""(place of the cause, instance, anchor ms, deadline ms)"""

_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)
_MISSED: Final = int(AppointmentStatus.MISSED)

_Find = Callable[[OpenCaseView, Terms, list[Holding]], None]
"""Appends what holds of one cause, whatever the clock says."""


class CauseConditions:
    """The conditions of the causes that are enabled.

    Args:
        enabled: Whether each is, in contract order.
    """

    def __init__(self, enabled: Sequence[bool]) -> None:
        self._finds = tuple(find for find, is_enabled in zip(_TABLE.values(), enabled, strict=True) if is_enabled)

    def due(self, view: OpenCaseView, terms: Terms, at: int) -> tuple[list[Holding], int]:
        """What holds at an instant.

        Args:
            view: The case.
            terms: The durations as they run at its office.
            at: The instant (ms).

        Returns:
            What holds with a deadline up to then, in contract order, and the earliest deadline after it (ms), 0 when
            there is none.
        """
        found: list[Holding] = []
        for find in self._finds:
            find(view, terms, found)
        due: list[Holding] = []
        wake = 0
        for holding in found:
            deadline = holding[3]
            if deadline <= at:
                due.append(holding)
            elif not wake or deadline < wake:
                wake = deadline
        return due, wake


_NO_OFFICER: Final = CAUSE_INDEX[Cause.NO_OFFICER]
_IN_TRANSIT: Final = CAUSE_INDEX[Cause.IN_TRANSIT]
_HANDOFF_STALLED: Final = CAUSE_INDEX[Cause.HANDOFF_STALLED]
_NOTHING_SCHEDULED: Final = CAUSE_INDEX[Cause.NOTHING_SCHEDULED]
_NOTICE_UNDELIVERABLE: Final = CAUSE_INDEX[Cause.NOTICE_UNDELIVERABLE]
_HEARING_UNRESOLVED: Final = CAUSE_INDEX[Cause.HEARING_UNRESOLVED]
_CHECK_IN_OVERDUE: Final = CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
_HEARING_MISSED: Final = CAUSE_INDEX[Cause.HEARING_MISSED]
_NO_CONTACT: Final = CAUSE_INDEX[Cause.NO_CONTACT]


def _no_officer(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """open; assignment none, or stale; not in_transit's condition (unless that cause is disabled)."""
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
    found.append((_NO_OFFICER, None, anchor, terms.after[_NO_OFFICER](anchor)))


def _in_transit(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """open; transfer = out at t; no arrived[to_office] >= t."""
    if view.in_transit_since is not None:
        anchor = max(view.in_transit_since, view.open_since)
        found.append((_IN_TRANSIT, None, anchor, terms.after[_IN_TRANSIT](anchor)))


def _handoff_stalled(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """at_liberty; assigned since t, not by the first assignment, not stale; not acknowledged, no contact since t."""
    state = view.state
    officer, since = state.assignment.value, state.assignment.since
    if not view.at_liberty or officer is None or since is None or view.is_stale or since == state.first_assignment:
        return
    at = since[0]
    if view.last_contact >= at or state.ack.get(officer, at - 1) >= at:
        return
    anchor = max(at, view.base)
    found.append((_HANDOFF_STALLED, None, anchor, terms.after[_HANDOFF_STALLED](anchor)))


def _nothing_scheduled(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """at_liberty; anchored at the latest of base, last_settled and every due date still ahead or missed."""
    if not view.at_liberty:
        return
    anchor, settled = view.base, view.state.last_settled
    if settled is not None and settled.at > anchor:
        anchor = settled.at
    if view.last_due is not None and view.last_due > anchor:
        anchor = view.last_due
    found.append((_NOTHING_SCHEDULED, None, anchor, terms.after[_NOTHING_SCHEDULED](anchor)))


def _notice_undeliverable(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """at_liberty; address bad since t."""
    address = view.state.address_is_bad
    if view.at_liberty and address.value and address.since is not None:
        anchor = max(address.since[0], view.base)
        found.append((_NOTICE_UNDELIVERABLE, None, anchor, terms.after[_NOTICE_UNDELIVERABLE](anchor)))


def _hearing_unresolved(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """open; a hearing still scheduled, due_at >= open_since."""
    for name, hearing in view.hearings_ahead:
        due = hearing.due
        if due is not None and due >= view.open_since:
            found.append((_HEARING_UNRESOLVED, name, due, terms.after[_HEARING_UNRESOLVED](due)))


def _check_in_overdue(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """at_liberty; an unsatisfied booking; of several the one with the least (deadline, due_at, check_in_id)."""
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
        found.append((_CHECK_IN_OVERDUE, least[2], least[1], least[0]))


def _hearing_missed(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:  # noqa: ARG001  # as the others have it
    """at_liberty; hearing missed at t >= base; no contact since t."""
    if not view.at_liberty:
        return
    for name, hearing in view.state.hearings.items():
        if hearing.status != _MISSED or hearing.key is None:
            continue
        at = hearing.key[0]
        if at >= view.base and at > view.last_contact:
            found.append((_HEARING_MISSED, name, at, at))


def _no_contact(view: OpenCaseView, terms: Terms, found: list[Holding]) -> None:
    """at_liberty; no unsatisfied booking; anchored at the latest of base, last_contact, agency_cancelled."""
    if not view.at_liberty or view.is_booked:
        return
    state, anchor = view.state, max(view.base, view.last_contact)
    if state.agency_cancelled is not None and state.agency_cancelled.at > anchor:
        anchor = state.agency_cancelled.at
    deadline = terms.grace[state.level](terms.interval[state.level](anchor))
    found.append((_NO_CONTACT, None, anchor, deadline))


_TABLE: Final[dict[Cause, _Find]] = {
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
assert tuple(_TABLE) == CAUSES, "the table stands in contract order"
