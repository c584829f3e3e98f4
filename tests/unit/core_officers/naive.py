"""Officer alerts told the slow way: at every period end everything is worked out anew from all that was known then.

It shares no code with the board but the business days and alert_id, keeps whole lists where the board keeps registers,
and looks at every officer at every period end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemas import hot
from schemas.alerts import alert_id
from tests.unit.core_officers.table import DAY, HOUR, START

if TYPE_CHECKING:
    from streams.core.loads import PartialRow
    from streams.core.rules import Rules

__all__ = ["Told", "tell"]


class Told(NamedTuple):
    """A revision, in the fields that the property compares."""

    at: int
    alert_id: str
    status: str
    severity: str
    raised_at: int
    ended_by: str | None
    office: str | None
    revision: int
    evidence: tuple[str, ...]


def tell(events: list[hot.OfficerEvent], rows: list[list[PartialRow]], rules: Rules) -> list[Told]:
    """Every revision of a story in which nothing came late.

    Args:
        events: Officer events.
        rows: Of all partitions, at hour 1, 2, ... after START.
        rules: The policy.
    """
    officers = sorted({event.officer_id for event in events} | {row.officer_id for hours in rows for row in hours})
    stories = {officer: _Story(officer, rules) for officer in officers}
    told: list[Told] = []
    first = min([START + HOUR, *(event.recorded_at for event in events)])
    for place, hours in enumerate([[], *rows]):
        at = START + place * HOUR
        if at < first:
            continue
        for officer in officers:
            known = [e for e in events if e.officer_id == officer and e.recorded_at <= at]
            mine = [row for row in hours if row.officer_id == officer]
            told += stories[officer].judge(at, known, mine)
    return told


class _Story:
    def __init__(self, officer: str, rules: Rules) -> None:
        self.officer, self.rules = officer, rules
        self.utilisations: list[float | None] = []
        self.open_cases: dict[int, int] = {}
        self.alerts: dict[tuple[str, str | None, int], dict[str, Any]] = {}
        self.known: list[hot.OfficerEvent] = []

    def judge(self, at: int, known: list[hot.OfficerEvent], rows: list[PartialRow]) -> list[Told]:
        before, self.known = _Registers(self.known), known
        now = _Registers(known)
        policy = self.rules.policy
        capacity = policy.load.capacity_hours_month if now.capacity is None else now.capacity
        minutes = sum(row.by_level[2] * policy.load.minutes_per_month.low for row in rows)
        open_cases = sum(row.open_cases for row in rows)
        self.open_cases[at] = open_cases
        self.utilisations.append(minutes / (capacity * 60) if capacity else None)
        since = {row.office_since: row.office for row in rows if row.office_since}
        office = now.office or (since[max(since)] if since else None)

        due: dict[tuple[str, str | None, int], tuple[int, tuple[str, ...]]] = {}
        for name in ("overloaded", "critical"):
            run = self._run(getattr(policy.officers, name))
            if run is not None:
                began = at - (run - 1) * HOUR
                due[name, None, began] = (began + (getattr(policy.officers, name).periods - 1) * HOUR, ())
        assigned, intake = sum(row.assigned_30d for row in rows), policy.officers.intake
        if assigned > intake.least and assigned > intake.per_open * self.open_cases.get(at - 30 * DAY, 0):
            standing = [key[2] for key, alert in self.alerts.items() if key[0] == "intake_too_fast" and alert["stands"]]
            anchor = standing[0] if standing else at
            due["intake_too_fast", None, anchor] = (anchor, ())
        if now.duty == "away" and open_cases:
            deadline = self.rules.plus(now.since.occurred_at, policy.officers.orphaned_after, now.office)
            due["orphaned_caseload", None, now.since.occurred_at] = (deadline, (now.since.event_id,))
        if now.duty == "active":
            for course in policy.officers.required_courses:
                held = now.completed.get(course)
                anchor = now.since.occurred_at if held is None else held.valid_until
                due["training_lapsed", course, anchor] = (anchor, ((held or now.since).event_id,))
        return self._renew(at, {key: value for key, value in due.items() if value[0] <= at}, office, before, now)

    def _run(self, marks: Any) -> int | None:
        """How many period ends the run that reaches to the last one has; None when there is none."""
        length, stands = 0, False
        for utilisation in self.utilisations:
            length = length + 1 if utilisation is not None and utilisation >= _mark(marks, stands) else 0
            stands = length > 0 and (stands or length >= marks.periods)
        return length or None

    def _renew(self, at: int, due: Any, office: str | None, before: _Registers, now: _Registers) -> list[Told]:
        ended, raised, escalated, republished = [], [], [], []
        standing = {key: alert for key, alert in self.alerts.items() if alert["stands"]}
        for key, alert in standing.items():
            if key not in due:
                newest = now.newest_change(before, key[0], key[1])
                alert["status"] = "resolved"
                alert["ended_by"] = "load"
                if newest is not None:
                    alert["ended_by"] = newest.type
                    alert["status"] = "retracted" if newest.occurred_at <= alert["deadline"] else "resolved"
                if any(new[:2] == key[:2] and new not in standing for new in due):
                    alert["ended_by"] = "superseded"
                alert.update(stands=False, office=office, revision=alert["revision"] + 1)
                ended.append(self._told(at, key))
            elif alert["severity"] == "warning" and at >= alert["raised_at"] + 30 * DAY:
                alert.update(status="escalated", severity="critical", office=office, revision=alert["revision"] + 1)
                escalated.append(self._told(at, key))
            elif alert["office"] != office:
                alert.update(office=office, revision=alert["revision"] + 1)
                republished.append(self._told(at, key))
        for key, (deadline, evidence) in due.items():
            if key not in standing:
                revision = self.alerts[key]["revision"] + 1 if key in self.alerts else 1
                self.alerts[key] = {
                    "stands": True,
                    "status": "raised",
                    "severity": "warning",
                    "raised_at": at,
                    "deadline": deadline,
                    "ended_by": None,
                    "office": office,
                    "revision": revision,
                    "evidence": evidence,
                }
                raised.append(self._told(at, key))
        groups = (ended, raised, escalated, republished)
        return [told for group in groups for told in sorted(group, key=lambda told: told.alert_id)]

    def _told(self, at: int, key: tuple[str, str | None, int]) -> Told:
        alert = self.alerts[key]
        fields = ("status", "severity", "raised_at", "ended_by", "office", "revision", "evidence")
        return Told(at, alert_id(f"officer|{self.officer}", *key), *(alert[name] for name in fields))


def _mark(marks: Any, stands: bool) -> float:
    mark: float = marks.clear if stands else marks.raise_
    return mark


class _Registers:
    """What a list of events says; it tells the same however they came to be known."""

    def __init__(self, events: list[hot.OfficerEvent]) -> None:
        by_key = sorted(events, key=_key)
        updates = [event for event in by_key if isinstance(event, hot.OfficerUpdated)]
        self.office = updates[-1].office if updates else None
        self.capacity = updates[-1].capacity_hours_month if updates else None
        self.duty = self._duty(updates[-1]) if updates else None
        # the statement rule of contract §3, for facts applied in the order of recorded_at
        self.since: Any = None
        said: Any = None
        disputed = False
        value = None
        for event in sorted(updates, key=lambda event: (event.recorded_at, _key(event))):
            new = self._duty(event)
            if said is None:
                value, self.since, said = new, event, event
            elif new != value:
                disputed = True
                if _key(event) > _key(said):
                    value, self.since, said = new, event, event
                elif _key(event) > _key(self.since):
                    self.since = said
            elif _key(event) > _key(said):
                said = event
            elif _key(event) < _key(self.since) and not disputed:
                self.since = event
        completions = [event for event in by_key if isinstance(event, hot.TrainingCompleted)]
        self.completed = {event.course: event for event in completions}
        self.events = events

    def _duty(self, event: hot.OfficerUpdated) -> str:
        return "active" if event.status == "active" else "away"

    def newest_change(self, before: _Registers, cause: str, course: str | None) -> hot.OfficerEvent | None:
        """The newest event, known now and not before, that changed what a cause reads."""
        found = []
        known = list(before.events)
        new = sorted(
            (event for event in self.events if event not in before.events),
            key=lambda event: (event.recorded_at, _key(event)),
        )
        for event in new:
            old = _Registers(known)
            known.append(event)
            if old.differs(_Registers(known), cause, course) and (
                isinstance(event, hot.OfficerUpdated) or cause == "training_lapsed"
            ):
                found.append(event)
        return max(found, key=_key, default=None)

    def differs(self, other: _Registers, cause: str, course: str | None) -> bool:
        """Whether what a cause reads is another."""
        duty = (self.since is None) != (other.since is None) or (
            self.since is not None and _key(self.since) != _key(other.since)
        )
        if cause in ("overloaded", "critical"):
            return self.capacity != other.capacity or (not self.office) != (not other.office)
        if cause == "orphaned_caseload":
            return duty or self.office != other.office
        if cause == "training_lapsed":
            ours, theirs = self.completed.get(course or ""), other.completed.get(course or "")
            return duty or (ours and ours.valid_until) != (theirs and theirs.valid_until)
        return False


def _key(event: hot.OfficerEvent) -> tuple[int, int, int, str]:
    return event.occurred_at, 4, event.recorded_at, event.event_id
