"""The rows of the tables of alerts: what the console keeps of a record of an alert topic."""

from sys import intern
from typing import Final

import msgspec
from msgspec import Struct

from schemas.instants import to_ms

__all__ = ["CaseAlert", "DocketAlert", "read_case_alert", "read_docket_alert"]

_STANDS: Final = frozenset({"raised", "escalated"})


class CaseAlert(Struct, frozen=True, gc=False):
    """The newest revision of a case alert; instants are milliseconds, other fields as in the record.

    Attributes:
        is_restricted: Whether its case is protected.
    """

    alert_id: str
    case_id: str
    cause: str
    side: str
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
    revision: int
    agency_causes: tuple[str, ...]
    is_restricted: bool
    policy_hash: str | None = None

    @property
    def policy_name(self) -> str:
        """The policy's display name; without a hash where an older version made the alert."""
        return self.policy if self.policy_hash is None else f"{self.policy} ({self.policy_hash})"

    @property
    def stands(self) -> bool:
        """Whether it is open."""
        return self.status in _STANDS


class DocketAlert(Struct, frozen=True, gc=False):
    """The newest revision of a docket alert; instants are milliseconds."""

    officer_id: str | None
    cause: str
    instance: str | None
    severity: str
    raised_at: int


class _AlertRecord(Struct, gc=False):
    alert_id: str
    case_id: str
    cause: str
    cause_class: str
    instance: str | None
    anchor_at: str
    deadline_at: str
    status: str
    severity: str
    raised_at: str
    escalated_at: str | None
    ended_at: str | None
    ended_by: str | None
    officer_id: str | None
    office: str | None
    level: str
    policy: str
    revision: int
    agency_causes: tuple[str, ...] | None
    policy_hash: str | None = None


class _DocketAlertRecord(Struct, gc=False):
    officer_id: str | None
    cause: str
    instance: str | None
    status: str
    severity: str
    raised_at: str


_alert: Final = msgspec.json.Decoder(_AlertRecord).decode
_docket_alert: Final = msgspec.json.Decoder(_DocketAlertRecord).decode


def read_case_alert(value: bytes, *, is_restricted: bool) -> CaseAlert:
    """The row of a record of one of the two topics of case alerts.

    Raises:
        ValueError, msgspec.ValidationError: It does not have the form of its topic.
    """
    return _row(_alert(value), is_restricted=is_restricted)


def read_docket_alert(value: bytes) -> DocketAlert | None:
    """The row of a record of the officer alert topic; None when the alert is not open.

    Raises:
        ValueError, msgspec.ValidationError: It does not have the form of its topic.
    """
    record = _docket_alert(value)
    if record.status not in _STANDS:
        return None
    raised_at = to_ms(record.raised_at)
    return DocketAlert(record.officer_id, record.cause, record.instance, record.severity, raised_at)


def _row(record: _AlertRecord, *, is_restricted: bool) -> CaseAlert:
    # the few values that repeat in every alert are interned
    return CaseAlert(
        record.alert_id,
        record.case_id,
        intern(record.cause),
        intern(record.cause_class),
        record.instance,
        to_ms(record.anchor_at),
        to_ms(record.deadline_at),
        intern(record.status),
        intern(record.severity),
        to_ms(record.raised_at),
        None if record.escalated_at is None else to_ms(record.escalated_at),
        None if record.ended_at is None else to_ms(record.ended_at),
        None if record.ended_by is None else intern(record.ended_by),
        None if record.officer_id is None else intern(record.officer_id),
        None if record.office is None else intern(record.office),
        intern(record.level),
        intern(record.policy),
        record.revision,
        record.agency_causes or (),
        is_restricted,
        None if record.policy_hash is None else intern(record.policy_hash),
    )
