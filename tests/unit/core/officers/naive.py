"""Officer alerts computed the slow way (CONTRACT.md §10): each period end recomputes everything from all facts.

It shares no code with the board but the business days and alert_id, keeps whole lists where the board keeps registers,
counts in fractions, and looks at every officer at every period end.

Where the contract is silent, this reading applies:

1. "successive period ends at work": a run goes on under another policy as long as the utilisation is at or above the
   mark of that policy; its anchor stays. Its deadline is counted in the load period in force.
2. "A worker started with another policy judges every case at its clock": officers at the period end judged last.
3. A cause that is disabled never holds, but its run is counted.
4. The first `officer_updated` changes the status (from nothing) and so is read by overloaded.
5. "Absent since t": leave and departed are one value of the statement, as two bad addresses are.
6. An alert escalates in the time zone of the officer's office at the moment of judging; the policy's own in UTC.
7. "An event older than the clock is judged at the clock's instant": it became known at the instant where the clock
   stood when it was read, and counts from the first period end on that was not judged by then. Events that became known
   at one instant apply by key, whether they were late or not; those that were judged before are not applied anew.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas import hot
from schemas.alerts import alert_id
from schemas.instants import AFTER_ALL_TIME
from tests.unit.core.officers.table import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.load.partials import PartialRow
    from streams.core.policy.rules import Rules

__all__ = ["NaiveRevision", "PolicyFrom", "ReadEvent", "naive_alerts"]


class NaiveRevision(NamedTuple):
    """A revision, in the fields that the property compares."""

    at: int
    alert_id: str
    status: str
    severity: str
    deadline: int
    raised_at: int
    ended_by: str | None
    office: str | None
    revision: int
    evidence: tuple[str, ...]
    open_cases: int | None
    in_custody: int | None
    utilisation: float | None


class ReadEvent(NamedTuple):
    """An officer event, and the watermark when it was read (ms)."""

    event: hot.OfficerEvent
    read_at: int

    @property
    def at(self) -> int:
        """Return when it became known (ms)."""
        return max(self.event.recorded_at, self.read_at)


class PolicyFrom(NamedTuple):
    """A policy, and the instant (ms) from which on it is in force: a worker started with it there."""

    since: int
    rules: Rules


def naive_alerts(
    heard: list[ReadEvent],
    rows: Callable[[int], list[PartialRow]],
    first: int,
    policies: list[PolicyFrom],
    until: int,
) -> list[NaiveRevision]:
    """Return every revision of a story.

    Args:
        heard: Officer events; those read at one watermark are read before it advances.
        rows: The rows of all partitions, as of an instant.
        first: When the first event of a case was recorded.
        policies: The policies in force one after the other; the first from before all time.
        until: The last instant.
    """
    named = {each.event.officer_id for each in heard}
    officers = sorted(named | {row.officer_id for row in rows(until)} | {"o1", "o2"})
    of_cases, first = first, min([first, *(each.at for each in heard)])
    stories = {officer: _Story(officer, first) for officer in officers}
    review = _Story("", first)
    revisions: list[NaiveRevision] = []
    judged: int | None = None
    known: list[ReadEvent] = []
    start, is_begun = AFTER_ALL_TIME, False
    for index, (since, rules) in enumerate(policies):
        period = rules.period
        end = policies[index + 1].since if index + 1 < len(policies) else until
        at = -(-first // period) * period if judged is None else (judged // period + 1) * period
        if judged is None:
            start = at
            # judging begins when the watermark comes there; or later, when a first event becomes known only then
            is_begun = min([of_cases, *(each.at for each in heard if each.read_at < start)]) <= start
        if index and judged is not None:  # "judges every case at its clock": the changes by the other policy
            revisions += _judge_all(stories, review, known, rows, rules, judged, at - period, anew=True)
        while at <= end:
            # a period end of this policy alone is judged after the restart, with everything read up to it
            is_first_look = at <= since or (at == start and not is_begun)
            known = [each for each in heard if each.at <= at and (each.read_at < at or is_first_look)]
            revisions += _judge_all(stories, review, known, rows, rules, at, at, anew=False)
            judged = at
            at += period
    return revisions


def _judge_all(
    stories: dict[str, _Story],
    review: _Story,
    known: list[ReadEvent],
    rows: Callable[[int], list[PartialRow]],
    rules: Rules,
    at: int,
    counted_at: int,
    *,
    anew: bool,
) -> list[NaiveRevision]:
    revisions = review.judge_policy(at, rules, anew=anew)
    for officer, story in stories.items():
        of_officer = [each for each in known if each.event.officer_id == officer]
        mine = [row for row in rows(at) if row.officer_id == officer]
        revisions += story.judge(at, counted_at, of_officer, mine, rules, anew=anew)
    return revisions


class _Story:
    def __init__(self, officer: str, first: int) -> None:
        self.officer, self.first = officer, first
        self.runs: dict[str, list[int]] = {"overloaded": [], "critical": []}
        self.open_cases: dict[int, int] = {}
        self.alerts: dict[tuple[str, str | None, int], dict[str, Any]] = {}
        self.known: list[hot.OfficerEvent] = []  # in the order in which they applied

    def judge_policy(self, at: int, rules: Rules, *, anew: bool) -> list[NaiveRevision]:
        """ "policy_review_overdue: the UTC day review_by is over"; its anchor is the end of that day."""
        over = (rules.policy.review_by.toordinal() - 719_163 + 1) * DAY
        due = {("policy_review_overdue", None, over): (over, ())} if at >= over else {}
        return self._renew(at, due, None, None, rules, (None, None, None), anew=anew)

    def judge(
        self,
        at: int,
        counted_at: int,
        known: list[ReadEvent],
        rows: list[PartialRow],
        rules: Rules,
        *,
        anew: bool,
    ) -> list[NaiveRevision]:
        before = _Registers(self.known)
        self.known = self.known + _in_order(known, self.known)
        now = _Registers(self.known)
        policy = rules.policy
        is_absent = now.duty == "away"
        hours = policy.load.capacity_hours_month if now.capacity is None else now.capacity
        capacity = Fraction(0) if is_absent else Fraction(str(hours)) * 60
        weights = policy.load.minutes_per_month
        minutes = sum(
            (
                Fraction(str(weights.standard)) * row.by_level[1]
                + Fraction(str(weights.low)) * row.by_level[2]
                + Fraction(str(policy.load.hearing_minutes)) * row.hearings_30d
                + Fraction(str(policy.load.check_in_minutes)) * row.bookings_30d
                for row in rows
            ),
            Fraction(0),
        )
        open_cases, in_custody = sum(row.open_cases for row in rows), sum(row.in_custody for row in rows)
        self.open_cases[at] = open_cases
        since = {row.office_since: row.office for row in rows if row.office_since}
        office = now.office or (since[max(since)] if since else None)

        due: dict[tuple[str, str | None, int], tuple[int, tuple[str, ...]]] = {}
        for name, run in self.runs.items():
            marks = getattr(policy.officers, name)
            stands = any(key[0] == name and alert["stands"] for key, alert in self.alerts.items())
            mark = Fraction(str(marks.clear if stands else marks.raise_))
            is_above = minutes >= mark * capacity if capacity else minutes > 0
            if is_absent or not is_above:
                run.clear()
            elif not run or run[-1] != at:
                run.append(at)
            if run:
                due[name, None, run[0]] = (counted_at - (len(run) - marks.periods) * rules.period, ())
        assigned, intake = sum(row.assigned_30d for row in rows), policy.officers.intake
        if at >= self.first + 30 * DAY:
            of_then = max((then for then in self.open_cases if then <= at - 30 * DAY), default=None)
            open_then = 0 if of_then is None else self.open_cases[of_then]
            if assigned > max(Fraction(str(intake.per_open)) * open_then, intake.least):
                anchors = [
                    key[2] for key, alert in self.alerts.items() if key[0] == "intake_too_fast" and alert["stands"]
                ]
                anchor = anchors[0] if anchors else at
                due["intake_too_fast", None, anchor] = (anchor, ())
        if is_absent and open_cases + in_custody > 0:
            deadline = rules.plus(now.since.occurred_at, policy.officers.orphaned_after, now.office)
            due["orphaned_caseload", None, now.since.occurred_at] = (deadline, (now.since.event_id,))
        if now.duty == "active":
            for course in policy.officers.required_courses:
                held = now.completed.get(course)
                anchor = now.since.occurred_at if held is None else held.valid_until
                due["training_lapsed", course, anchor] = (anchor, ((held or now.since).event_id,))
        figures = (open_cases, in_custody, float(minutes / capacity) if capacity else None)
        return self._renew(at, due, office, (before, now), rules, figures, anew=anew)

    def _renew(
        self, at: int, holding: Any, office: str | None, registers: Any, rules: Rules, figures: Any, *, anew: bool
    ) -> list[NaiveRevision]:
        causes = rules.policy.officers.causes
        due = {key: value for key, value in holding.items() if value[0] <= at and causes[key[0]].enabled}
        ended, raised, escalated, republished = [], [], [], []
        standing = {key: alert for key, alert in self.alerts.items() if alert["stands"]}
        for key, alert in standing.items():
            escalates_at = rules.plus(alert["raised_at"], causes[key[0]].escalate_after, office)
            if key not in due:
                alert["status"], alert["ended_by"] = "resolved", "policy_changed" if anew else "load"
                newest = None if anew or registers is None else registers[1].newest_change(registers[0], *key[:2])
                if newest is not None:
                    alert["ended_by"] = newest.type
                    alert["status"] = "retracted" if newest.occurred_at <= alert["deadline"] else "resolved"
                if not anew and any(new[:2] == key[:2] and new not in standing for new in due):
                    alert["ended_by"] = "superseded"
                alert.update(stands=False, office=office, revision=alert["revision"] + 1)
                ended.append(self._revision(at, key, figures))
            elif alert["severity"] == "warning" and at >= escalates_at:
                alert.update(status="escalated", severity="critical", office=office, revision=alert["revision"] + 1)
                escalated.append(self._revision(at, key, figures))
            elif alert["office"] != office:
                alert.update(office=office, revision=alert["revision"] + 1)
                republished.append(self._revision(at, key, figures))
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
                raised.append(self._revision(at, key, figures))
        groups = (ended, raised, escalated, republished)
        return [revisions for group in groups for revisions in sorted(group, key=lambda revisions: revisions.alert_id)]

    def _revision(self, at: int, key: tuple[str, str | None, int], figures: Any) -> NaiveRevision:
        alert = self.alerts[key]
        fields = ("status", "severity", "deadline", "raised_at", "ended_by", "office", "revision", "evidence")
        return NaiveRevision(at, alert_id(f"officer|{self.officer}", *key), *(alert[name] for name in fields), *figures)


class _Registers:
    """The state of a list of events, in the order in which they applied."""

    def __init__(self, events: list[hot.OfficerEvent]) -> None:
        by_key = sorted(events, key=_key)
        updates = [event for event in by_key if isinstance(event, hot.OfficerUpdated)]
        self.office = updates[-1].office if updates else None
        self.capacity = updates[-1].capacity_hours_month if updates else None
        self.duty = self._duty(updates[-1]) if updates else None
        # the statement rule of CONTRACT.md §3, for facts applied in the order of recorded_at
        self.since: Any = None
        said: Any = None
        disputed = False
        value = None
        for event in (event for event in events if isinstance(event, hot.OfficerUpdated)):
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
        """Return the newest event, known now and not before, that changed what a cause reads."""
        found = []
        known = list(before.events)
        for event in self.events[len(known) :]:
            old = _Registers(known)
            known.append(event)
            if old.differs(_Registers(known), cause, course) and (
                isinstance(event, hot.OfficerUpdated) or cause == "training_lapsed"
            ):
                found.append(event)
        return max(found, key=_key, default=None)

    def differs(self, other: _Registers, cause: str, course: str | None) -> bool:
        """Return whether what a cause reads changed: "capacity, status"; "status, office"; "status, the course"."""
        absent_since = (self.since is None) != (other.since is None) or (
            self.since is not None and _key(self.since) != _key(other.since)
        )
        if cause in ("overloaded", "critical"):
            return self.capacity != other.capacity or self.duty != other.duty
        if cause == "orphaned_caseload":
            return absent_since or self.office != other.office
        if cause == "training_lapsed":
            ours, theirs = self.completed.get(course or ""), other.completed.get(course or "")
            return absent_since or (ours and ours.valid_until) != (theirs and theirs.valid_until)
        return False


def _in_order(known: list[ReadEvent], applied: list[hot.OfficerEvent]) -> list[hot.OfficerEvent]:
    """Return what is applied now: by when it became known, then by key."""
    new = [each for each in known if each.event not in applied]
    return [each.event for each in sorted(new, key=lambda each: (each.at, _key(each.event)))]


def _key(event: hot.OfficerEvent) -> tuple[int, int, int, str]:
    return event.occurred_at, 4, event.recorded_at, event.event_id
