"""One published state of an officer alert, as a value (CONTRACT.md §10); its JSON is made at the edge."""

from streams.core.alerting.published_alert import PublishedAlert

__all__ = ["OfficerAlertRevision"]


class OfficerAlertRevision(PublishedAlert, gc=False, frozen=True):
    """One record of the officer alert topic; instants are milliseconds.

    `at`, the period end of the judging, is not in the record. `officer_id` is None for policy_review_overdue, and so
    are `open_cases`, `in_custody` and `utilisation`, which are those of the officer at that period end.
    """

    officer_id: str | None
    cause: str
    instance: str | None
    anchor_at: int
    deadline_at: int
    status: str
    severity: str
    raised_at: int
    escalated_at: int | None
    ended_at: int | None
    ended_by: str | None
    office: str | None
    policy: str
    policy_hash: str
    revision: int
    evidence: list[str]
    open_cases: int | None
    in_custody: int | None
    utilisation: float | None
