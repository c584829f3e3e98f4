"""Parts shared by several causes: sources of an anchor's value, and pieces of sentences."""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.instants import to_text
from streams.core.alerting.causes.definition import Source
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import Rules
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState, Custody, Latest
from streams.core.state.fact_key import FactKey

__all__ = ["UNSETTLED", "from_base", "from_due", "from_key", "from_latest", "in_custody", "is_near", "too_far_ahead"]

UNSETTLED: Final = (AppointmentStatus.SCHEDULED, AppointmentStatus.MISSED)
"""Statuses of a booking that may still be satisfied."""

_AT_LIBERTY: Final = int(Custody.NONE)  # CPython 3.11 looks up a member of an enumeration in Python


def from_key(key: FactKey | None) -> Iterator[Source]:
    """The instant of a fact."""
    if key is not None:
        yield key[0], key[3]


def from_base(state: CaseState) -> Iterator[Source]:
    """The two sources of `base`: the opening of the case, and the beginning of its liberty."""
    yield from from_key(state.lifecycle.since)
    if state.custody.value == _AT_LIBERTY:
        yield from from_key(state.custody.since)


def from_latest(latest: Latest | None) -> Iterator[Source]:
    """A latest instant, once for each of its events."""
    if latest is not None:
        for event_id in latest.ids.split("\n"):
            yield latest.at, event_id


def from_due(appointment: Appointment, max_ahead: int | None = None) -> Iterator[Source]:
    """The due date of an appointment, unless it was booked further ahead than counts (ms)."""
    key, due = appointment.scheduled_key, appointment.due
    if due is not None and key is not None and (max_ahead is None or due <= key[0] + max_ahead):
        yield due, key[3]


def in_custody(_view: OpenCaseView, _rules: Rules) -> str:
    """Why what holds at liberty only does not hold."""
    return "the person is in custody"


def too_far_ahead(what: str, appointments: Iterable[tuple[str, Appointment]], rules: Rules) -> Iterator[str]:
    """Appointments due later than contact.max_ahead after their booking, in words."""
    most = rules.policy.contact.max_ahead.text
    for name, appointment in appointments:
        if appointment.due is not None and not is_near(appointment, rules):
            due = to_text(appointment.due)
            yield f"{what} {name}, due {due}, was booked more than {most} ahead and counts as none"


def is_near(appointment: Appointment, rules: Rules) -> bool:
    """Whether a due date lies within contact.max_ahead after it was booked."""
    key: FactKey | None = appointment.scheduled_key
    return key is not None and appointment.due is not None and appointment.due <= key[0] + rules.max_ahead
