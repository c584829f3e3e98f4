"""The condition of an officer alert, in words."""

from typing import Final

from schemas.causes import OfficerCause
from schemas.policy import load_policy, parse_policy
from streams.core.officers.conditions import threshold

OTHER: Final = """
name = "other"
version = "1"
review_by = 2027-01-01

[officers]
orphaned_after = "1bd"
required_courses = ["de-escalation"]
overloaded = { raise = 1.16, clear = 1.0, periods = 1 }
intake = { per_open = 0.5, least = 1200 }
"""


class TestThreshold:
    def test_every_cause_under_the_default_policy(self) -> None:
        """Its numbers have all digits."""
        policy = load_policy()
        assert {
            OfficerCause.OVERLOADED: "load of 100% or more at 3 period ends in a row; ends below 90%",
            OfficerCause.CRITICAL: "load of 150% or more at 3 period ends in a row; ends below 130%",
            OfficerCause.ORPHANED_CASELOAD: ("on leave or departed for 5 business days with open cases"),
            OfficerCause.TRAINING_LAPSED: "never: no course is required",
            OfficerCause.INTAKE_TOO_FAST: (
                "more than 20 new cases in 30 days, and more than 16.67% of the open cases of 30 days before; not in "
                "the first 30 days of the log"
            ),
            OfficerCause.POLICY_REVIEW_OVERDUE: (f"the review date {policy.review_by} has passed"),
        } == {cause: threshold(policy, cause) for cause in OfficerCause}

    def test_another_policy(self) -> None:
        """The words have its values and not the defaults."""
        policy = parse_policy(OTHER, "other.toml")
        assert [
            "load of 116% or more at one period end; ends below 100%",
            "on leave or departed for 1 business day with open cases",
            "active, and a required course is missing or expired",
            (
                "more than 1,200 new cases in 30 days, and more than 50% of the open cases of 30 days before; not in "
                "the first 30 days of the log"
            ),
            "the review date 2027-01-01 has passed",
        ] == [threshold(policy, cause) for cause in OfficerCause if cause is not OfficerCause.CRITICAL]
