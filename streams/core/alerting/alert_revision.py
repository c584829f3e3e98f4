"""One published state of an alert, as a value (CONTRACT.md §5); its JSON is made at the edge."""

from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schemas.instants import to_text

__all__ = ["AlertRevision"]


class AlertRevision(Struct, gc=False, frozen=True):
    """One record of the alert topic; instants are milliseconds.

    `restricted` says on which topic it belongs, `at` is the instant of the judging; neither is in the record.
    """

    at: int
    restricted: bool
    alert_id: str
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

    @property
    def key(self) -> bytes:
        """Key of the record on its topic."""
        return self.alert_id.encode()

    def json(self, observed_at: int | None = None) -> bytes:
        """The record as one JSON object, fields in the contract's order.

        Args:
            observed_at: Wall clock (ms) at the edge; without it the field is left out, as `evaluate` does.
        """
        return _encode(
            _AlertJson(
                1,
                self.alert_id,
                self.case_id,
                self.cause,
                self.cause_class,
                self.instance,
                to_text(self.anchor_at),
                to_text(self.deadline_at),
                self.status,
                self.severity,
                to_text(self.raised_at),
                _text(self.escalated_at),
                _text(self.ended_at),
                self.ended_by,
                self.officer_id,
                self.office,
                self.level,
                self.policy,
                self.policy_hash,
                self.revision,
                self.evidence,
                self.agency_causes,
                UNSET if observed_at is None else to_text(observed_at),
            )
        )


class _AlertJson(Struct, gc=False):
    v: int
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
    policy_hash: str
    revision: int
    evidence: list[str]
    agency_causes: list[str] | None
    observed_at: str | UnsetType


_encode: Final = msgspec.json.Encoder().encode


def _text(ms: int | None) -> str | None:
    return None if ms is None else to_text(ms)
