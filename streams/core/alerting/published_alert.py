"""The form that the records of case alerts and of officer alerts share (CONTRACT.md §5, §10)."""

from typing import ClassVar, Final, TypedDict

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import force_setattr, replace

from schemas.instants import to_text
from streams.core.state.standing_record import StandingRecord

__all__ = ["LifecycleFields", "PublishedAlert", "lifecycle_fields"]

_INSTANTS: Final = ("anchor_at", "deadline_at", "raised_at", "escalated_at", "ended_at")


class PublishedAlert(Struct, gc=False, frozen=True):
    """One revision of an alert, as a value; its JSON is made at the edge.

    A subclass declares the fields of its record in the contract's order; instants are milliseconds.

    Attributes:
        at: The instant of the judging.
        alert_id: Id of the alert.
        unpublished: Fields that are not in the record.
    """

    unpublished: ClassVar[tuple[str, ...]] = ("at",)

    at: int
    alert_id: str

    @property
    def key(self) -> bytes:
        """Key of the record on its topic."""
        return self.alert_id.encode()

    def json(self, observed_at: int | None = None) -> bytes:
        """The record as one JSON object, fields in the contract's order, instants as text.

        Args:
            observed_at: Wall clock (ms) at the edge; without it the field is left out, as `evaluate` does.
        """
        record = replace(self)
        for name in self.unpublished:
            force_setattr(record, name, UNSET)
        for name in _INSTANTS:
            if (instant := getattr(self, name)) is not None:
                force_setattr(record, name, to_text(instant))
        last = b"}" if observed_at is None else b',"observed_at":"%b"}' % to_text(observed_at).encode()
        return b'{"v":1,' + _encode(record)[1:-1] + last


class LifecycleFields(TypedDict):
    """The fields of a record that the lifecycle of its alert sets; instants are milliseconds."""

    instance: str | None
    anchor_at: int
    deadline_at: int
    status: str
    severity: str
    raised_at: int
    escalated_at: int | None
    ended_at: int | None
    ended_by: str | None
    revision: int
    evidence: list[str]


def lifecycle_fields(
    alert: StandingRecord, status: str | None = None, ended_at: int | None = None, ended_by: str | None = None
) -> LifecycleFields:
    """The fields that the lifecycle of an alert sets.

    Args:
        alert: The alert.
        status: How it ended; None while it stands.
        ended_at: When it ended (ms).
        ended_by: What ended it.
    """
    is_escalated = alert.escalated_at is not None
    return {
        "instance": alert.instance,
        "anchor_at": alert.anchor,
        "deadline_at": alert.deadline,
        "status": status or ("escalated" if is_escalated else "raised"),
        "severity": "critical" if is_escalated else "warning",
        "raised_at": alert.raised_at,
        "escalated_at": alert.escalated_at,
        "ended_at": ended_at,
        "ended_by": ended_by,
        "revision": alert.revision,
        "evidence": alert.evidence,
    }


_encode: Final = msgspec.json.Encoder().encode
