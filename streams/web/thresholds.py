"""The thresholds of officer alerts under a policy, in words."""

from decimal import Decimal

from schemas.causes import OfficerCause
from schemas.policy import Policy
from schemas.policy_model import HysteresisPolicy
from streams.web.labels import count, duration

__all__ = ["officer_threshold"]


def officer_threshold(policy: Policy, cause: OfficerCause) -> str:
    """When an alert of a cause is raised, and when it ends if a lower threshold ends it.

    Args:
        policy: The policy in force.
        cause: The cause.
    """
    officers = policy.officers
    match cause:
        case OfficerCause.OVERLOADED:
            return _hysteresis(officers.overloaded)
        case OfficerCause.CRITICAL:
            return _hysteresis(officers.critical)
        case OfficerCause.ORPHANED_CASELOAD:
            return f"on leave or departed for {duration(officers.orphaned_after.text)} with open cases"
        case OfficerCause.TRAINING_LAPSED:
            if not officers.required_courses:
                return "never: no course is required"
            return "active, and a required course is missing or expired"
        case OfficerCause.INTAKE_TOO_FAST:
            intake = officers.intake
            return (
                f"more than {count(intake.least)} new cases in 30 days, and more than {_percent(intake.per_open)} of "
                "the open cases of 30 days before; not in the first 30 days of the log"
            )
        case OfficerCause.POLICY_REVIEW_OVERDUE:
            return f"the review date {policy.review_by} has passed"


def _hysteresis(marks: HysteresisPolicy) -> str:
    ends = "one period end" if marks.periods == 1 else f"{marks.periods} period ends in a row"
    return f"load of {_percent(marks.raise_)} or more at {ends}; ends below {_percent(marks.clear)}"


def _percent(ratio: float) -> str:
    """A threshold to its last digit: 16.67%, where `labels.percent` rounds what was counted."""
    return f"{(Decimal(str(ratio)) * 100).normalize():f}%"
