"""One published state of an alert, as a value (CONTRACT.md §5); its JSON is made at the edge."""

from streams.core.alerting.published_alert import PublishedAlert

__all__ = ["AlertRevision"]


class AlertRevision(PublishedAlert, gc=False, frozen=True):
    """One record of the alert topic; instants are milliseconds.

    `restricted` says on which topic it belongs, `at` is the instant of the judging; neither is in the record.
    """

    unpublished = ("at", "restricted")

    restricted: bool
    case_id: str
    cause: str
    cause_class: str
    instance: str | None
    anchor_at: int
    deadline_at: int
    status: str
    severity: str
    raised_at: int
    escalated_at: int | None
    ended_at: int | None
    ended_by: str | None
    officer_id: str | None
    office: str | None
    level: str
    policy: str
    policy_hash: str
    revision: int
    evidence: list[str]
    agency_causes: list[str] | None
