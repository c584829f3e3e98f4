"""The page of the policy in force: every number by which cases and officers are judged."""

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.causes import CLASS_OF, DECLARATIONS, OFFICER_DECLARATIONS, Cause, OfficerCause
from schemas.durations import Duration
from schemas.policy import Office, Policy
from streams.core.load.office_zones import offices_without_zone, zone_sentence
from streams.core.officers.conditions import threshold
from streams.core.state.case_state import LEVELS
from streams.web.console import wall_ms
from streams.web.labels import CAUSES, DOCKET_CAUSES, SIDES, count, number
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame
from streams.web.totals import Totals

__all__ = ["PolicyPage", "zone_note"]


class PolicyPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._policy = policy = frame.console.rules.policy
        self._review = el("p", classes="aside")
        self._other_policies = el("p", classes="aside")
        with el("div", classes="columns policy"):
            with el("section", aria_labelledby="causes"):
                el("h2", "Case alerts", id="causes")
                causes = DataTable(
                    "Causes of case alerts",
                    [
                        TableColumn("Cause"),
                        TableColumn("Side", hint="The side on which the cause lies", is_minor=True),
                        TableColumn("Enabled"),
                        TableColumn("Alert after"),
                        TableColumn("Critical after"),
                    ],
                )
                causes.show([_cause(policy, cause) for cause in Cause])
                el("h2", "Officer alerts")
                officer_causes = DataTable(
                    "Causes of officer alerts",
                    [
                        TableColumn("Cause"),
                        TableColumn("About", hint="What the alert is about"),
                        TableColumn("Enabled"),
                        TableColumn("Alert when"),
                        TableColumn("Critical after"),
                    ],
                )
                officer_causes.show([_officer_cause(policy, cause) for cause in OfficerCause])
                el("h2", "Offices")
                zones = DataTable(
                    "Time zones and holidays of business days",
                    [
                        TableColumn("Office"),
                        TableColumn("Time zone"),
                        TableColumn("Holidays", hint="Of the United States unless the policy names others"),
                    ],
                )
                zones.show(
                    [
                        [TableCell(name), TableCell(office.tz), TableCell(_holidays(office))]
                        for name, office in policy.offices.items()
                    ]
                )
                self._without_zone = el("p", classes="aside unzoned")
            with el("section", aria_labelledby="levels"):
                el("h2", "Supervision levels", id="levels")
                levels = DataTable(
                    "Supervision levels",
                    [
                        TableColumn("Level"),
                        TableColumn("Contact every"),
                        TableColumn("Grace"),
                        TableColumn("Minutes per month", is_number=True),
                    ],
                )
                contact, minutes = policy.contact, policy.load.minutes_per_month
                levels.show(
                    [
                        [
                            TableCell(level),
                            TableCell(getattr(contact.interval, level).words),
                            TableCell(getattr(contact.grace, level).words),
                            TableCell(number(getattr(minutes, level), 0)),
                        ]
                        for level in LEVELS
                    ]
                )
                el("h2", "Other assumptions")
                DataTable("Other assumptions", [TableColumn("Assumption"), TableColumn("Value")]).show(self._others())

    def refresh(self) -> None:
        """Update the page."""
        policy, rules = self._policy, self._frame.console.rules
        days = (policy.review_by - datetime.fromtimestamp(wall_ms() / 1000, UTC).date()).days
        due = f"in {count(days)} days" if days >= 0 else f"{count(-days)} days overdue"
        review = (
            f"{rules.policy_name}. No official standard exists for any of these numbers. Each is an assumption that "
            f"the operator of docketwatch must own. Review due by {policy.review_by}, {due}."
        )
        if self._review.text != review:
            self._review.set_text(review)
            self._review.classes(add="late" if days < 0 else "", remove="late" if days >= 0 else "")
        made_by = self._frame.console.totals.now().policies
        others = {name: made for name, made in made_by.items() if name not in (rules.policy_name, policy.id)}
        warning = ""
        if others:
            names = ", ".join(f"{name} ({count(made)} alerts)" for name, made in sorted(others.items()))
            warning = (
                f"Open alerts come from another policy: {names}. Start the console with the policy of the workers; "
                "until then its explanations may differ from their decisions."
            )
        if self._other_policies.text != warning:
            self._other_policies.set_text(warning)
        self._other_policies.set_visibility(bool(warning))
        sentence = zone_note(policy, self._frame.console.totals.now())
        if self._without_zone.text != sentence:
            self._without_zone.set_text(sentence)
        self._without_zone.set_visibility(bool(sentence))

    def _others(self) -> Sequence[Sequence[TableCell]]:
        contact, load, officers = self._policy.contact, self._policy.load, self._policy.officers
        assumptions = {
            "Hours for cases per month, for an officer without a known figure": number(load.capacity_hours_month, 0),
            "Minutes per hearing": number(load.hearing_minutes, 0),
            "Minutes per check-in": number(load.check_in_minutes, 0),
            "A check-in this long before a booking still counts for it": contact.early_window.words,
            "A booking further ahead than this does not count": contact.max_ahead.words,
            "Load period, at whose end officers are judged": load.period.words,
            "Required courses for every active officer": ", ".join(officers.required_courses) or "none",
        }
        return [[TableCell(name), TableCell(value)] for name, value in assumptions.items()]


def zone_note(policy: Policy, totals: Totals) -> str:
    """Which offices of the docket have no time zone, as a sentence; empty when every office has one."""
    zoneless = offices_without_zone(policy, (office.office for office in totals.offices))
    return f"{zone_sentence(zoneless)}." if zoneless else ""


def _cause(policy: Policy, cause: Cause) -> list[TableCell]:
    judged = policy.causes[cause]
    after: Duration | None = judged.after
    return [
        TableCell(CAUSES[cause][0]),
        TableCell(SIDES[CLASS_OF[cause]]),
        _enabled(judged.enabled),
        TableCell(DECLARATIONS[cause].deadline.words if after is None else after.words),
        TableCell(judged.escalate_after.words),
    ]


def _officer_cause(policy: Policy, cause: OfficerCause) -> list[TableCell]:
    judged = policy.officers.causes[cause]
    return [
        TableCell(DOCKET_CAUSES[cause].capitalize()),
        TableCell("policy" if OFFICER_DECLARATIONS[cause].is_of_policy else "officer"),
        _enabled(judged.enabled),
        TableCell(threshold(policy, cause)),
        TableCell(judged.escalate_after.words),
    ]


def _enabled(enabled: bool) -> TableCell:
    return TableCell("yes") if enabled else TableCell("no: never raised", "critical")


def _holidays(office: Office) -> str:
    more = len(office.closed or ())
    return (office.holidays or "US") + (f" and {more} more days" if more else "")
