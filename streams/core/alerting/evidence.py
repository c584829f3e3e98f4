"""The causes that a policy enables (CONTRACT.md §4): what holds for a case, and the events that show it.

The conditions are in `streams.core.alerting.plain_conditions`, a function a row of the table; here are the events whose
values the anchor of each is the latest of.
"""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.alerts import Cause
from schemas.instants import AFTER_ALL_TIME
from streams.core.alerting.case_view import CauseConditions, Holding, OpenCaseView
from streams.core.policy.rules import CAUSES, Rules
from streams.core.state.archive import unarchive
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState, Custody, Latest
from streams.core.state.fact_key import FactKey

__all__ = ["CauseEvidence", "Holding"]

_Source = tuple[int, str]
"""(value ms, id of the event it came from)"""

_Sources = Callable[[CaseState, str | None, Rules], Iterator[_Source]]
"""(state, instance, policy) -> the values of which the anchor is the latest, with their events."""


class CauseEvidence:
    """The causes that a policy enables.

    Args:
        rules: The policy.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._finder = CauseConditions(rules.enabled)

    def due(self, view: OpenCaseView, at: int) -> tuple[list[Holding], int]:
        """Every (cause, instance, anchor, deadline) that holds for an open case and is due at an instant (ms).

        Returns:
            Those, in contract order, and the earliest deadline after it (ms), 0 when there is none.
        """
        return self._finder.due(view, self._rules.terms(view.state.office), at)

    def holding(self, view: OpenCaseView) -> list[Holding]:
        """Every one that holds, due or not."""
        return self.due(view, AFTER_ALL_TIME)[0]

    def evidence(self, state: CaseState, cause: int, instance: str | None, anchor: int) -> list[str]:
        """Sorted ids of the events whose value is the anchor of an alert."""
        unarchive(state)
        sources = _SOURCES[CAUSES[cause]](state, instance, self._rules)
        return sorted({event_id for value, event_id in sources if value == anchor})


def _of_no_officer(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[_Source]:
    yield from _from_key(state.lifecycle.since)
    if state.assignment.value is None:
        yield from _from_key(state.assignment.since)
    if state.transfer is not None and state.transfer.arrived:
        yield from _from_key(state.transfer.key)


def _of_transit(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[_Source]:
    yield from _from_key(state.lifecycle.since)
    if state.transfer is not None:
        yield from _from_key(state.transfer.key)


def _of_handoff(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[_Source]:
    yield from _from_base(state)
    yield from _from_key(state.assignment.since)


def _of_nothing_scheduled(state: CaseState, _instance: str | None, rules: Rules) -> Iterator[_Source]:
    yield from _from_base(state)
    yield from _from_latest(state.last_settled)
    dated = [b for b in state.bookings.values() if b.status == AppointmentStatus.SCHEDULED or b.is_missed]
    dated += [h for h in state.hearings.values() if h.status == AppointmentStatus.SCHEDULED]
    for appointment in dated:
        yield from _from_due(appointment, rules.max_ahead)


def _of_address(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[_Source]:
    yield from _from_base(state)
    yield from _from_key(state.address_is_bad.since)


def _of_unresolved(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[_Source]:
    if instance is not None:
        yield from _from_due(state.hearings[instance])


def _of_overdue(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[_Source]:
    if instance is not None:
        yield from _from_due(state.bookings[instance])


def _of_missed(state: CaseState, instance: str | None, _rules: Rules) -> Iterator[_Source]:
    if instance is not None:
        yield from _from_key(state.hearings[instance].key)


def _of_contact(state: CaseState, _instance: str | None, _rules: Rules) -> Iterator[_Source]:
    yield from _from_base(state)
    yield from _from_latest(state.last_contact)
    yield from _from_latest(state.agency_cancelled)


_SOURCES: Final[dict[Cause, _Sources]] = {
    Cause.NO_OFFICER: _of_no_officer,
    Cause.IN_TRANSIT: _of_transit,
    Cause.HANDOFF_STALLED: _of_handoff,
    Cause.NOTHING_SCHEDULED: _of_nothing_scheduled,
    Cause.NOTICE_UNDELIVERABLE: _of_address,
    Cause.HEARING_UNRESOLVED: _of_unresolved,
    Cause.CHECK_IN_OVERDUE: _of_overdue,
    Cause.HEARING_MISSED: _of_missed,
    Cause.NO_CONTACT: _of_contact,
}


def _from_key(key: FactKey | None) -> Iterator[_Source]:
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
