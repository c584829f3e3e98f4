"""One case as the workers and the alerts know it: its facts, its causes, and its timeline."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from streams.core.alerting.explanation import CauseExplanation, CauseVerdict, Explanation, explain
from streams.core.policy.rules import Rules, policy_name
from streams.core.state.case_state import CUSTODIES, LEVELS, Appointment, AppointmentStatus, CaseState, Lifecycle
from streams.core.state.fact_key import FactKey
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import held_sentence
from streams.kafka.state.case_lookup import read_case_state
from streams.web.labels import CAUSES, instant
from streams.web.tables.alert_rows import CaseAlert

__all__ = ["CaseStory", "Moment", "case_story", "timeline"]

_STATUS: Final = {
    AppointmentStatus.MISSED: "recorded as missed",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.CANCELLED_BY_PERSON: "cancelled by the person",
    AppointmentStatus.ADJOURNED: "adjourned",
    AppointmentStatus.HELD: "held",
    AppointmentStatus.RESCINDED: "order rescinded",
}


_LIFECYCLE: Final = {
    Lifecycle.NOTHING: "first event of the case",
    Lifecycle.OPEN: "case opened",
    Lifecycle.CLOSED: "case closed",
}


class Moment(Struct, frozen=True):
    """An entry of the timeline.

    Attributes:
        at: Its instant (ms).
        kind: `record` for a fact, `alert` for an alert, `due` for a deadline ahead.
        text: Its words.
    """

    at: int
    kind: str
    text: str


class CaseStory(Struct, frozen=True):
    """A case as of the clock of its partition.

    Attributes:
        case_id: Its id.
        as_of: That clock (ms).
        state: Its registers.
        explanation: The facts and every cause.
        held: Why alerts of its partition are held, one sentence each; empty while they are not.
        judged_by: The workers' policy, where it differs from that of the explanation.
    """

    case_id: str
    as_of: int
    state: CaseState
    explanation: Explanation
    held: list[str] = []
    judged_by: str | None = None

    @property
    def standing(self) -> list[CauseExplanation]:
        """The causes that stand."""
        return [cause for cause in self.explanation.causes if cause.verdict is CauseVerdict.STANDS]


async def case_story(settings: Settings, rules: Rules, case_id: str) -> CaseStory | None:
    """Read a case from the workers' state; None when no worker knows it.

    Raises:
        BrokerError: The broker does not answer, or answers with an error.
    """
    found = await read_case_state(settings, rules, case_id)
    if found is None:
        return None
    held = [held_sentence(each) for each in found.gaps]
    judged_by = None if rules.has_judged(found.judged_as) else policy_name(found.judged_as)
    return CaseStory(case_id, found.clock, found.state, explain(found.state, rules, found.clock), held, judged_by)


def timeline(story: CaseStory, alerts: list[CaseAlert], zone: ZoneInfo | None = None) -> list[Moment]:
    """Past events and due dates, newest first.

    Args:
        story: The case.
        alerts: Its alerts.
        zone: The zone whose time stands beside UTC.
    """
    moments = dict.fromkeys([*_records(story.state, zone), *_alerts(alerts), *_deadlines(story)])
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _deadlines(story: CaseStory) -> Iterator[Moment]:
    for cause in story.explanation.causes:
        if cause.verdict is CauseVerdict.WAITS and cause.deadline is not None:
            yield Moment(cause.deadline, "due", f"{CAUSES[cause.cause][0]}: alert due unless an event prevents it")


def _alerts(alerts: list[CaseAlert]) -> Iterator[Moment]:
    for alert in alerts:
        name = CAUSES[alert.cause][0]
        yield Moment(alert.raised_at, "alert", f"{name}: alert raised")
        if alert.escalated_at is not None:
            yield Moment(alert.escalated_at, "alert", f"{name}: escalated to critical")
        if alert.ended_at is not None:
            yield Moment(alert.ended_at, "alert", f"{name}: {alert.status} by {alert.ended_by}")


def _records(state: CaseState, zone: ZoneInfo | None) -> Iterator[Moment]:
    facts: list[tuple[FactKey | None, str]] = [
        (state.lifecycle.since, _LIFECYCLE[Lifecycle(state.lifecycle.value)]),
        (state.level_key, f"level set to {LEVELS[state.level]}"),
        (state.office_key, f"at office {state.office}"),
        (state.custody.since, f"custody {_custody(state)}"),
        (
            state.address_is_bad.since,
            f"address {'missing or undeliverable' if state.address_is_bad.value else 'good again'}",
        ),
        (state.first_assignment, "first officer assigned"),
        (
            state.assignment.since,
            "officer unassigned" if state.assignment.value is None else f"assigned to {state.assignment.value}",
        ),
    ]
    if state.transfer is not None:
        facts.append(
            (
                state.transfer.key,
                f"transferred {'in at' if state.transfer.arrived else 'out to'} {state.transfer.office}",
            )
        )
    yield from (Moment(key[0], "record", text) for key, text in facts if key is not None)
    yield from (Moment(at, "record", f"{officer} acknowledged the case") for officer, at in state.ack.items())
    for kind, appointments in (("check-in", state.bookings), ("hearing", state.hearings)):
        for name, appointment in appointments.items():
            yield from _appointment(f"{kind} {name}", appointment, zone)
    if state.last_contact is not None and state.last_contact.at is not None:
        yield Moment(state.last_contact.at, "record", "last contact on record")


def _appointment(name: str, appointment: Appointment, zone: ZoneInfo | None) -> Iterator[Moment]:
    scheduled, key, due = appointment.scheduled_key, appointment.key, appointment.due
    until = "" if due is None else f", due {instant(due, zone)}"
    if scheduled is not None:
        yield Moment(scheduled[0], "record", f"{name} booked{until}")
    if key is not None and appointment.status != AppointmentStatus.SCHEDULED:
        yield Moment(key[0], "record", f"{name} {_STATUS.get(AppointmentStatus(appointment.status), 'changed')}")
    if appointment.completed is not None:
        yield Moment(appointment.completed, "record", f"{name} completed")


def _custody(state: CaseState) -> str:
    return next(name for name, place in CUSTODIES.items() if place == state.custody.value)
