"""Alerts about dockets, for supervisors. The policy sets the thresholds; those that it lacks are named here."""

from typing import Final

from schemas.causes import Cause
from schemas.policy import HysteresisPolicy, Policy
from streams.monitoring.rules.rule_files import AlertingRule, Group, Severity

__all__ = ["LOST_LEAST", "LOST_SHARE", "docket_group"]

LOST_SHARE: Final = 0.05
"""Share of lost-track cases above which a docket gets an alert: an assumption, like every threshold here."""

LOST_LEAST: Final = 20
"""Below this number of cases, only the alert topic reports them."""

_GROWTH: Final = 1.5
_APPOINTMENTS: Final = (Cause.CHECK_IN_OVERDUE, Cause.HEARING_UNRESOLVED)
"""Every appointment that is booked is a deadline ahead, and most are kept: more of them is no sign of a loss."""
_HOUR_MS: Final = 3_600_000


def docket_group(policy: Policy) -> Group:
    """The alerts about dockets under a policy."""
    return Group("docketwatch-dockets", [*_officers(policy), *_offices(), *_lost_track()])


def _officers(policy: Policy) -> list[AlertingRule]:
    officers = policy.officers
    lost = "max by (job, office, officer) (docketwatch_officer_lost_track_cases)"
    return [
        _beyond("DocketwatchOfficerOverloaded", officers.overloaded, "warning", policy),
        _beyond("DocketwatchOfficerCritical", officers.critical, "critical", policy),
        AlertingRule(
            "DocketwatchOfficersOverloaded",
            'sum by (job, office) (docketwatch_officer_alerts_standing{cause=~"overloaded|critical"}) > 0'
            " and on (job) sum by (job) (docketwatch_officer_series_omitted) > 0",
            "",
            "warning",
            "load",
            "{{ $labels.office }}: officers are overloaded, and some have no series of their own",
            "{{ printf `%.0f` $value }} overload alerts are open in {{ $labels.office }}; docket.officer-alerts names "
            "the officers.",
        ),
        AlertingRule(
            "DocketwatchOfficerLosingTrack",
            f"{lost} >= {LOST_LEAST}"
            f" and {lost} > {LOST_SHARE:g} * max by (job, office, officer) (docketwatch_officer_open_cases)",
            "1h",
            "warning",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} records on one docket need a look",
            f"More than {LOST_SHARE:.0%} of the cases on the docket of {{{{ $labels.officer }}}} have an open alert. "
            "This is about the docket's size and its records, not about the officer.",
        ),
    ]


def _beyond(name: str, marks: HysteresisPolicy, severity: Severity, policy: Policy) -> AlertingRule:
    """Fires at one threshold, after as many period ends as the engine waits for, and ends below a lower one."""
    utilisation = "max by (job, office, officer) (docketwatch_officer_utilisation_ratio)"
    hours = (marks.periods - 1) * policy.load.period.milliseconds / _HOUR_MS
    return AlertingRule(
        name,
        f"{utilisation} >= {marks.raise_:g} or ({utilisation} >= {marks.clear:g} and on (job, officer)"
        f' ALERTS{{alertname="{name}", alertstate="firing"}})',
        f"{hours * 60:.0f}m" if hours else "",
        severity,
        "load",
        "{{ $labels.office }}: a docket needs {{ $value | humanizePercentage }} of its officer's time",
        f"The docket of {{{{ $labels.officer }}}} was at {marks.raise_:.0%} or more of its capacity under the weights "
        f"of {policy.id}. The alert ends below {marks.clear:.0%}.",
        "utilisation",
    )


def _offices() -> list[AlertingRule]:
    return [
        _standing(
            "DocketwatchOrphanedCaseload",
            "orphaned_caseload",
            "critical",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} absent officers still have open cases",
            "These cases have no officer at work. docket.officer-alerts names the officers; `docketwatch whatif` shows "
            "the effect of moving their dockets.",
        ),
        _standing(
            "DocketwatchIntakeTooFast",
            "intake_too_fast",
            "warning",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} dockets grow faster than the policy allows",
            "More new cases came within 30 days than officers.intake of the policy allows.",
        ),
        _standing(
            "DocketwatchTrainingLapsed",
            "training_lapsed",
            "warning",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} required courses have lapsed",
            "Active officers have not completed a course that the policy requires, or it has expired.",
        ),
        AlertingRule(
            "DocketwatchPolicyReviewOverdue",
            'max by (job) (docketwatch_officer_alerts_standing{cause="policy_review_overdue"}) > 0',
            "",
            "warning",
            "policy",
            "The policy of {{ $labels.job }} is overdue for review",
            "Its review_by date has passed. Every weight and interval in it is an assumption that needs an owner.",
        ),
    ]


def _standing(name: str, cause: str, severity: Severity, summary: str, description: str) -> AlertingRule:
    expr = f'sum by (job, office) (docketwatch_officer_alerts_standing{{cause="{cause}"}}) > 0'
    return AlertingRule(name, expr, "", severity, "load", summary, description)


def _lost_track() -> list[AlertingRule]:
    standing = "office_cause:docketwatch_alerts_standing:sum"
    ahead = f'office_cause:docketwatch_deadlines_ahead_7d:max{{cause!~"{"|".join(_APPOINTMENTS)}"}}'
    return [
        AlertingRule(
            "DocketwatchLostTrackEscalated",
            'sum by (job, office, cause, cause_class) (docketwatch_alerts_standing{severity="critical"}) > 0',
            "5m",
            "critical",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} records have waited too long ({{ $labels.cause }})",
            "Their alerts have been open for longer than the policy allows (escalate_after). The cause lies on the "
            "side of the {{ $labels.cause_class }}. Each record needs a human look; it says nothing about a person.",
            "lost-track",
        ),
        AlertingRule(
            "DocketwatchLostTrackGrowing",
            f"{standing} >= {LOST_LEAST} and {standing} > {_GROWTH:g} * ({standing} offset 1d)",
            "30m",
            "warning",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} records need a look ({{ $labels.cause }}), many more "
            "than yesterday",
            "A rise within a day usually comes from a feed, a migration or a closed office, not from hundreds of "
            "separate faults. Check the pipeline first.",
            "lost-track",
        ),
        AlertingRule(
            "DocketwatchDeadlinesRising",
            f"{ahead} >= {LOST_LEAST} and {ahead} > {_GROWTH:g} * avg_over_time({ahead}[7d] offset 1d)",
            "1h",
            "warning",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} cases come due within 7 days ({{ $labels.cause }}), many "
            "more than usual",
            "An alert is raised for each of them at its deadline unless something happens. The page *Due soon* of the "
            "console and `docketwatch due` name the cases, and what prevents each alert.",
        ),
    ]
