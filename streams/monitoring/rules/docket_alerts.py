"""Alerts about dockets: what supervisors are told. Marks are the policy's; what it is silent on is named here."""

from typing import Final

from schemas.policy import HysteresisPolicy, Policy
from streams.monitoring.rules.rule_files import AlertingRule, Group, Severity

__all__ = ["LOST_LEAST", "LOST_SHARE", "docket_group"]

LOST_SHARE: Final = 0.05
"""Part of an officer's docket that is lost track of, from which on it is told: an assumption, as every mark here."""

LOST_LEAST: Final = 20
"""Fewer cases than this are told by the alert topic alone."""

_GROWTH: Final = 1.5
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
            "{{ $labels.office }}: officers are overloaded, some of whom have no series of their own",
            "{{ printf `%.0f` $value }} alerts of overload stand in {{ $labels.office }}; docket.officer-alerts names "
            "the officers.",
        ),
        AlertingRule(
            "DocketwatchOfficerLosingTrack",
            f"{lost} >= {LOST_LEAST}"
            f" and {lost} > {LOST_SHARE:g} * max by (job, office, officer) (docketwatch_officer_open_cases)",
            "1h",
            "warning",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} records of one docket need a look",
            f"More than {LOST_SHARE:.0%} of the docket of {{{{ $labels.officer }}}} are lost track of. That is a fact "
            "about the docket's size and its records, not about the officer.",
        ),
    ]


def _beyond(name: str, marks: HysteresisPolicy, severity: Severity, policy: Policy) -> AlertingRule:
    """Begins at one mark, after as many period ends as the engine waits for, and ends below a lower one."""
    utilisation = "max by (job, office, officer) (docketwatch_officer_utilisation_ratio)"
    hours = (marks.periods - 1) * policy.load.period.milliseconds / _HOUR_MS
    return AlertingRule(
        name,
        f"{utilisation} >= {marks.raise_:g} or ({utilisation} >= {marks.clear:g} and on (job, officer)"
        f' ALERTS{{alertname="{name}", alertstate="firing"}})',
        f"{hours * 60:.0f}m" if hours else "",
        severity,
        "load",
        "{{ $labels.office }}: a docket takes {{ $value | humanizePercentage }} of the time there is for it",
        f"The docket of {{{{ $labels.officer }}}} was at {marks.raise_:.0%} or more of its capacity under the weights "
        f"of {policy.id}; this ends below {marks.clear:.0%}.",
        "utilisation",
    )


def _offices() -> list[AlertingRule]:
    return [
        _standing(
            "DocketwatchOrphanedCaseload",
            "orphaned_caseload",
            "critical",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} officers who are away still carry open cases",
            "Nobody works on these cases. docket.officer-alerts names the officers; `docketwatch whatif` says what "
            "moving their dockets would do.",
        ),
        _standing(
            "DocketwatchIntakeTooFast",
            "intake_too_fast",
            "warning",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} dockets grow faster than the policy allows",
            "More cases came within 30 days than officers.intake of the policy allows.",
        ),
        _standing(
            "DocketwatchTrainingLapsed",
            "training_lapsed",
            "warning",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} required courses have lapsed",
            "Officers at work have not completed a course that the policy requires, or it is no longer valid.",
        ),
        AlertingRule(
            "DocketwatchPolicyReviewOverdue",
            'max by (job) (docketwatch_officer_alerts_standing{cause="policy_review_overdue"}) > 0',
            "",
            "warning",
            "policy",
            "The policy {{ $labels.job }} runs on has not been reviewed in time",
            "Its review_by has passed: every weight and interval in it is an assumption that somebody must own.",
        ),
    ]


def _standing(name: str, cause: str, severity: Severity, summary: str, description: str) -> AlertingRule:
    expr = f'sum by (job, office) (docketwatch_officer_alerts_standing{{cause="{cause}"}}) > 0'
    return AlertingRule(name, expr, "", severity, "load", summary, description)


def _lost_track() -> list[AlertingRule]:
    standing = "office_cause:docketwatch_alerts_standing:sum"
    return [
        AlertingRule(
            "DocketwatchLostTrackEscalated",
            'sum by (job, office, cause, cause_class) (docketwatch_alerts_standing{severity="critical"}) > 0',
            "5m",
            "critical",
            "lost-track",
            "{{ $labels.office }}: {{ printf `%.0f` $value }} records have waited too long ({{ $labels.cause }})",
            "Their alerts stood for as long as the policy allows (escalate_after) and nothing happened. The cause lies "
            "on the side of the {{ $labels.cause_class }}; a record needs a human look, and says nothing of a person.",
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
            "A rise within a day is more often a feed, a migration or a closed office than hundreds of single faults: "
            "look at the pipeline first.",
            "lost-track",
        ),
    ]
