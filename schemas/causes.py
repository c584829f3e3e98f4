"""The causes of alerts (CONTRACT.md §4, §5): names, classes, the events that each reads, the alert's id."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

__all__ = ["CLASS_OF", "TYPES_READ", "Cause", "CauseClass", "OfficerCause", "Severity", "Status", "alert_id"]


class Cause(StrEnum):
    """Why a case is lost track of, in the contract's order: the agency's side first."""

    NO_OFFICER = "no_officer"
    IN_TRANSIT = "in_transit"
    HANDOFF_STALLED = "handoff_stalled"
    NOTHING_SCHEDULED = "nothing_scheduled"
    NOTICE_UNDELIVERABLE = "notice_undeliverable"
    HEARING_UNRESOLVED = "hearing_unresolved"
    CHECK_IN_OVERDUE = "check_in_overdue"
    HEARING_MISSED = "hearing_missed"
    NO_CONTACT = "no_contact"


class CauseClass(StrEnum):
    """On whose side the cause lies: the agency's, the record's, the person's."""

    AGENCY = "agency"
    RECORD = "record"
    PERSON = "person"


class OfficerCause(StrEnum):
    """Why an officer's docket needs a look."""

    OVERLOADED = "overloaded"
    CRITICAL = "critical"
    ORPHANED_CASELOAD = "orphaned_caseload"
    TRAINING_LAPSED = "training_lapsed"
    INTAKE_TOO_FAST = "intake_too_fast"
    POLICY_REVIEW_OVERDUE = "policy_review_overdue"


class Status(StrEnum):
    """Where an alert is: it stands, or it ended because something happened, or it should never have been."""

    RAISED = "raised"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    RETRACTED = "retracted"


class Severity(StrEnum):
    """How long it has stood: a warning becomes critical when it is escalated."""

    WARNING = "warning"
    CRITICAL = "critical"


CLASS_OF: Final[Mapping[Cause, CauseClass]] = MappingProxyType(
    {
        Cause.NO_OFFICER: CauseClass.AGENCY,
        Cause.IN_TRANSIT: CauseClass.AGENCY,
        Cause.HANDOFF_STALLED: CauseClass.AGENCY,
        Cause.NOTHING_SCHEDULED: CauseClass.AGENCY,
        Cause.NOTICE_UNDELIVERABLE: CauseClass.RECORD,
        Cause.HEARING_UNRESOLVED: CauseClass.RECORD,
        Cause.CHECK_IN_OVERDUE: CauseClass.PERSON,
        Cause.HEARING_MISSED: CauseClass.PERSON,
        Cause.NO_CONTACT: CauseClass.PERSON,
    }
)
"""The class of each cause."""

_LIFE: Final = frozenset({"case_opened", "case_closed", "case_reopened"})
_TRANSFERS: Final = frozenset({"transferred_out", "transferred_in"})
_CHECK_INS: Final = frozenset({"check_in_scheduled", "check_in_completed", "check_in_missed", "check_in_cancelled"})
_HEARINGS: Final = frozenset(
    {"hearing_scheduled", "hearing_adjourned", "hearing_held", "hearing_missed", "hearing_cancelled"}
)
_CONTACT: Final = _LIFE | _CHECK_INS | {"custody_changed", "hearing_held", "supervision_changed"}

TYPES_READ: Final[Mapping[Cause, frozenset[str]]] = MappingProxyType(
    {
        Cause.NO_OFFICER: _LIFE | _TRANSFERS | {"officer_assigned", "officer_unassigned"},
        Cause.IN_TRANSIT: _LIFE | _TRANSFERS | {"officer_assigned"},
        Cause.HANDOFF_STALLED: _LIFE
        | _TRANSFERS
        | {
            "custody_changed",
            "officer_assigned",
            "officer_unassigned",
            "assignment_acknowledged",
            "check_in_completed",
            "hearing_held",
        },
        Cause.NOTHING_SCHEDULED: _LIFE | _CHECK_INS | _HEARINGS | {"custody_changed", "order_rescinded"},
        Cause.NOTICE_UNDELIVERABLE: _LIFE | {"custody_changed", "address_changed"},
        Cause.HEARING_UNRESOLVED: _LIFE | _HEARINGS | {"order_rescinded"},
        Cause.CHECK_IN_OVERDUE: _CONTACT,
        Cause.HEARING_MISSED: _LIFE | _HEARINGS | {"custody_changed", "order_rescinded", "check_in_completed"},
        Cause.NO_CONTACT: _CONTACT,
    }
)
"""The types of events that each cause reads: the newest of them settles how its alert ended."""


def alert_id(case_id: str, cause: str, instance: str | None, anchor_ms: int) -> str:
    """The id of the one alert of a case, cause, instance and anchor.

    Args:
        case_id: The case; for an officer alert `officer|` and the officer_id.
        cause: Value of a Cause or an OfficerCause.
        instance: Id of the hearing, check-in or course, or None.
        anchor_ms: The instant from which the deadline counts.
    """
    return sha256(f"{case_id}|{cause}|{instance or ''}|{anchor_ms}|".encode()).hexdigest()[:32]
