"""The policy in force: every number by which cases and officers are judged, each an assumption to be owned."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from schemas.causes import CLASS_OF, Cause, OfficerCause
from schemas.durations import Duration
from schemas.policy import Policy
from streams.core.state import LEVELS
from streams.web.console import wall_ms
from streams.web.pages.elements import Cell, Column, DataTable, el
from streams.web.pages.frame import Frame
from streams.web.thresholds import officer_threshold
from streams.web.words import CAUSES, DOCKET_CAUSES, SIDES, count, duration, number

__all__ = ["PolicyPage"]

_FROM_ELSEWHERE: Final = {
    Cause.CHECK_IN_OVERDUE: "the booking's grace",
    Cause.HEARING_MISSED: "at once",
    Cause.NO_CONTACT: "interval and grace",
}


class PolicyPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._policy = policy = frame.console.rules.policy
        self._review = el("p", classes="aside")
        self._used = el("p", classes="aside")
        with el("div", classes="columns policy"):
            with el("section", aria_labelledby="causes"):
                el("h2", "When a record needs a look", id="causes")
                causes = DataTable(
                    "Causes",
                    [
                        Column("Cause"),
                        Column("Class", hint="on whose side the cause lies"),
                        Column("Judged"),
                        Column("Alert after"),
                        Column("Critical after"),
                    ],
                )
                causes.show([_cause(policy, cause) for cause in Cause])
                el("h2", "When an officer's docket needs a look")
                officer_causes = DataTable(
                    "Causes of officer alerts",
                    [
                        Column("Cause"),
                        Column("Class", hint="what the alert is about"),
                        Column("Judged"),
                        Column("Alert when"),
                        Column("Critical after"),
                    ],
                )
                officer_causes.show([_officer_cause(policy, cause) for cause in OfficerCause])
                el("h2", "Offices")
                DataTable("Time zones of business days", [Column("Office"), Column("Time zone")]).show(
                    [[Cell(name), Cell(office.tz)] for name, office in policy.offices.items()]
                )
            with el("section", aria_labelledby="levels"):
                el("h2", "What each level means", id="levels")
                levels = DataTable(
                    "Levels of supervision",
                    [
                        Column("Level"),
                        Column("Contact every"),
                        Column("Grace"),
                        Column("Minutes a month", is_number=True),
                    ],
                )
                contact, minutes = policy.contact, policy.load.minutes_per_month
                levels.show(
                    [
                        [
                            Cell(level),
                            Cell(duration(getattr(contact.interval, level).text)),
                            Cell(duration(getattr(contact.grace, level).text)),
                            Cell(number(getattr(minutes, level), 0)),
                        ]
                        for level in LEVELS
                    ]
                )
                el("h2", "What else is assumed")
                DataTable("Other assumptions", [Column("Assumption"), Column("Value")]).show(self._others())

    def tell(self) -> None:
        """Bring it up to date."""
        policy, rules = self._policy, self._frame.console.rules
        days = (policy.review_by - datetime.fromtimestamp(wall_ms() / 1000, UTC).date()).days
        due = (
            f"in {count(days)} days"
            if days >= 0
            else f"{count(-days)} days ago: every number in it is overdue for review"
        )
        review = (
            f"{rules.policy_name}. No official standard exists for any of these numbers: each is an assumption that "
            f"whoever runs docketwatch must own. To be reviewed by {policy.review_by}, {due}."
        )
        if self._review.text != review:
            self._review.set_text(review)
            self._review.classes(add="late" if days < 0 else "", remove="late" if days >= 0 else "")
        made_by = self._frame.console.totals.now().policies
        others = {name: made for name, made in made_by.items() if name not in (rules.policy_name, policy.id)}
        used = ""
        if others:
            names = ", ".join(f"{name} ({count(made)} alerts)" for name, made in sorted(others.items()))
            used = (
                f"The workers have judged by another policy: {names}. Start the console with theirs, or what it "
                "explains is not what they decided."
            )
        if self._used.text != used:
            self._used.set_text(used)
        self._used.set_visibility(bool(used))

    def _others(self) -> Sequence[Sequence[Cell]]:
        contact, load, officers = self._policy.contact, self._policy.load, self._policy.officers
        told = {
            "Hours for cases a month, when an officer's own are not known": number(load.capacity_hours_month, 0),
            "Minutes a hearing takes": number(load.hearing_minutes, 0),
            "Minutes a check-in takes": number(load.check_in_minutes, 0),
            "A check-in so long before its booking is that check-in": duration(contact.early_window.text),
            "What is booked further ahead counts as nothing booked": duration(contact.max_ahead.text),
            "A period, at whose end officers are judged": duration(load.period.text),
            "Courses that every active officer must have": ", ".join(officers.required_courses) or "none",
        }
        return [[Cell(name), Cell(value)] for name, value in told.items()]


def _cause(policy: Policy, cause: Cause) -> list[Cell]:
    judged = policy.causes[cause]
    after: Duration | None = judged.after
    return [
        Cell(CAUSES[cause][0]),
        Cell(SIDES[CLASS_OF[cause]]),
        _judged(judged.enabled),
        Cell(_FROM_ELSEWHERE[cause] if after is None else duration(after.text)),
        Cell(duration(judged.escalate_after.text)),
    ]


def _officer_cause(policy: Policy, cause: OfficerCause) -> list[Cell]:
    judged = policy.officers.causes[cause]
    return [
        Cell(DOCKET_CAUSES[cause]),
        Cell("policy" if cause is OfficerCause.POLICY_REVIEW_OVERDUE else "officer"),
        _judged(judged.enabled),
        Cell(officer_threshold(policy, cause)),
        Cell(duration(judged.escalate_after.text)),
    ]


def _judged(enabled: bool) -> Cell:
    return Cell("yes") if enabled else Cell("no: never raised", "critical")
