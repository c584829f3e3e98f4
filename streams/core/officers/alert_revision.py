"""One published state of an officer alert, as a value (CONTRACT.md §10); its JSON is made at the edge."""

from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schemas.instants import to_text

__all__ = ["OfficerAlertRevision"]


class OfficerAlertRevision(Struct, gc=False, frozen=True):
    """One record of the officer alert topic; instants are milliseconds.

    `at`, the period end of the judging, is not in the record. `officer_id` is None for policy_review_overdue, and so
    are `open_cases`, `in_custody` and `utilisation`, which are those of the officer at that period end.
    """

    at: int
    alert_id: str
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

    @property
    def key(self) -> bytes:
        """Key of the record on its topic."""
        return self.alert_id.encode()

    def json(self, observed_at: int | None = None) -> bytes:
        """The record as one JSON object.

        Args:
            observed_at: Wall clock (ms) at the edge; without it the field is left out, as `evaluate` does.
        """
        return _encode(
            _OfficerAlertJson(
                1,
                self.alert_id,
                self.officer_id,
                self.cause,
                self.instance,
                to_text(self.anchor_at),
                to_text(self.deadline_at),
                self.status,
                self.severity,
                to_text(self.raised_at),
                _text(self.escalated_at),
                _text(self.ended_at),
                self.ended_by,
                self.office,
                self.policy,
                self.policy_hash,
                self.revision,
                self.evidence,
                self.open_cases,
                self.in_custody,
                self.utilisation,
                UNSET if observed_at is None else to_text(observed_at),
            )
        )


class _OfficerAlertJson(Struct, gc=False):
    v: int
    alert_id: str
    officer_id: str | None
    cause: str
    instance: str | None
    anchor_at: str
    deadline_at: str
    status: str
    severity: str
    raised_at: str
    escalated_at: str | None
    ended_at: str | None
    ended_by: str | None
    office: str | None
    policy: str
    policy_hash: str
    revision: int
    evidence: list[str]
    open_cases: int | None
    in_custody: int | None
    utilisation: float | None
    observed_at: str | UnsetType


_encode: Final = msgspec.json.Encoder().encode


def _text(ms: int | None) -> str | None:
    return None if ms is None else to_text(ms)
