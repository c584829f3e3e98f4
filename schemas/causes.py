"""The causes of alerts (CONTRACT.md §4, §5, §10): one declaration a cause, and the alert's id.

The order of an enumeration is a format: case states, counts and bit sets hold a cause by its place. A new cause comes
last. Schemas, policy, console, metrics, boards and the tables of `schemas/CONTRACT.md` are made of the declarations.
"""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = [
    "CLASS_OF",
    "DECLARATIONS",
    "OFFICER_DECLARATIONS",
    "TYPES_READ",
    "Cause",
    "CauseClass",
    "CauseDeclaration",
    "Deadline",
    "OfficerCause",
    "OfficerCauseDeclaration",
    "Severity",
    "Status",
    "alert_id",
]


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


_LIFE: Final = frozenset({"case_opened", "case_closed", "case_reopened"})
_TRANSFERS: Final = frozenset({"transferred_out", "transferred_in"})
_CHECK_INS: Final = frozenset({"check_in_scheduled", "check_in_completed", "check_in_missed", "check_in_cancelled"})
_HEARINGS: Final = frozenset(
    {"hearing_scheduled", "hearing_adjourned", "hearing_held", "hearing_missed", "hearing_cancelled"}
)
_CONTACT: Final = _LIFE | _CHECK_INS | {"custody_changed", "hearing_held", "supervision_changed"}


class Deadline(NamedTuple):
    """When an alert comes due.

    Attributes:
        rule: The deadline in the contract's table of causes.
        after: The default of `after`; None for a cause whose deadline has another rule, so that no policy can set it.
        comment: What `schemas/policies/default.toml` says of a deadline without `after`.
        words: What the console says in place of `after`.
    """

    rule: str
    after: str | None = None
    comment: str = ""
    words: str = ""


class CauseDeclaration(NamedTuple):
    """All that is declared of a cause; what is computed stands in `streams/core/alerting/causes/`, one file a cause.

    Attributes:
        side: On whose side the cause lies.
        reads: The types of events that it reads: the newest of them settles how its alert ended.
        name, meaning: Its words in the console.
        holds, instance, anchor: Its row in the contract's table of causes; `instance` is empty where there is none.
        deadline: When its alert comes due.
        escalate_after: The default of the policy, from the alert to its escalation.
    """

    side: CauseClass
    reads: frozenset[str]
    name: str
    meaning: str
    holds: str
    anchor: str
    deadline: Deadline
    escalate_after: str
    instance: str = ""


class OfficerCauseDeclaration(NamedTuple):
    """All that is declared of a cause of officer alerts; what is computed stands in `streams/core/officers/causes/`.

    Attributes:
        name: Its words in the console.
        holds, ends: Its row in the contract's table of officer causes.
        escalate_after: The default of the policy, from the alert to its escalation.
        is_of_policy: Whether it is about the policy itself, and its alert has no officer.
    """

    name: str
    holds: str
    ends: str
    escalate_after: str = "30d"
    is_of_policy: bool = False


def _after(default: str) -> Deadline:
    return Deadline("anchor ⊕ `after`", after=default)


DECLARATIONS: Final[Mapping[Cause, CauseDeclaration]] = MappingProxyType(
    {
        Cause.NO_OFFICER: CauseDeclaration(
            side=CauseClass.AGENCY,
            reads=_LIFE | _TRANSFERS | {"officer_assigned", "officer_unassigned"},
            name="No officer",
            meaning="no officer is assigned",
            holds="open; assignment none, or stale; not `in_transit`'s condition (unless that cause is disabled)",
            anchor="latest of `open_since`, the unassignment, the `transferred_in`",
            deadline=_after("5bd"),
            escalate_after="30d",
        ),
        Cause.IN_TRANSIT: CauseDeclaration(
            side=CauseClass.AGENCY,
            reads=_LIFE | _TRANSFERS | {"officer_assigned"},
            name="In transit",
            meaning="between offices",
            holds="open; `transfer` = out at t; no `arrived[to_office]` >= t",
            anchor="later of t and `open_since`",
            deadline=_after("15d"),
            escalate_after="30d",
        ),
        Cause.HANDOFF_STALLED: CauseDeclaration(
            side=CauseClass.AGENCY,
            reads=_LIFE
            | _TRANSFERS
            | {
                "custody_changed",
                "officer_assigned",
                "officer_unassigned",
                "assignment_acknowledged",
                "check_in_completed",
                "hearing_held",
            },
            name="Handoff stalled",
            meaning="reassigned, not acknowledged",
            holds="at liberty; assigned to O since t, not by `first_assignment`, not stale; not (`ack[O]` >= t); "
            "not (`last_contact` >= t)",
            anchor="later of t and `base`",
            deadline=_after("10bd"),
            escalate_after="30d",
        ),
        Cause.NOTHING_SCHEDULED: CauseDeclaration(
            side=CauseClass.AGENCY,
            reads=_LIFE | _CHECK_INS | _HEARINGS | {"custody_changed", "order_rescinded"},
            name="Nothing scheduled",
            meaning="no check-in or hearing ahead",
            holds="at liberty",
            anchor="latest of `base`, `last_settled`, `due_at` of every booking still `scheduled` or `missed` "
            "and of every hearing still `scheduled`",
            deadline=_after("10bd"),
            escalate_after="30d",
        ),
        Cause.NOTICE_UNDELIVERABLE: CauseDeclaration(
            side=CauseClass.RECORD,
            reads=_LIFE | {"custody_changed", "address_changed"},
            name="Notice undeliverable",
            meaning="no deliverable address",
            holds="at liberty; address bad since t",
            anchor="later of t and `base`",
            deadline=_after("5bd"),
            escalate_after="30d",
        ),
        Cause.HEARING_UNRESOLVED: CauseDeclaration(
            side=CauseClass.RECORD,
            reads=_LIFE | _HEARINGS | {"order_rescinded"},
            name="Hearing unresolved",
            meaning="no outcome on record",
            holds="open; a hearing still `scheduled`, `due_at` >= `open_since`",
            instance="hearing_id",
            anchor="its `due_at`",
            deadline=_after("5bd"),
            escalate_after="30d",
        ),
        Cause.CHECK_IN_OVERDUE: CauseDeclaration(
            side=CauseClass.PERSON,
            reads=_CONTACT,
            name="Check-in overdue",
            meaning="not completed or cancelled",
            holds="at liberty; an unsatisfied booking",
            instance="check_in_id",
            anchor="its `due_at`",
            deadline=Deadline(
                "see below",
                comment="due when the booking and its grace have passed",
                words="the booking's grace period",
            ),
            escalate_after="14d",
        ),
        Cause.HEARING_MISSED: CauseDeclaration(
            side=CauseClass.PERSON,
            reads=_LIFE | _HEARINGS | {"custody_changed", "order_rescinded", "check_in_completed"},
            name="Hearing missed",
            meaning="missed, no contact since",
            holds="at liberty; hearing `missed` at t >= `base`; not (`last_contact` >= t)",
            instance="hearing_id",
            anchor="t",
            deadline=Deadline("t", comment="due at once", words="immediately"),
            escalate_after="14d",
        ),
        Cause.NO_CONTACT: CauseDeclaration(
            side=CauseClass.PERSON,
            reads=_CONTACT,
            name="No contact",
            meaning="nothing booked, no contact",
            holds="at liberty; no unsatisfied booking",
            anchor="latest of `base`, `last_contact`, `agency_cancelled`",
            deadline=Deadline(
                "anchor ⊕ `interval[level]` ⊕ `grace[level]`",
                comment="due when interval and grace have passed",
                words="contact interval and grace",
            ),
            escalate_after="30d",
        ),
    }
)
"""Every cause of case alerts, in contract order."""
assert tuple(DECLARATIONS) == tuple(Cause), "each cause is declared, in contract order"

_BOUNDED: Final = OfficerCauseDeclaration(
    name="",
    holds="the status is not leave or departed; utilisation >= `raise` at `periods` successive period ends at work "
    "(capacity 0 with any workload counts as above every bound, with none as below; an absence breaks the run)",
    ends="utilisation < `clear` at one period end, or the status is leave or departed",
)

OFFICER_DECLARATIONS: Final[Mapping[OfficerCause, OfficerCauseDeclaration]] = MappingProxyType(
    {
        OfficerCause.OVERLOADED: _BOUNDED._replace(name="overloaded"),
        OfficerCause.CRITICAL: _BOUNDED._replace(name="critical load"),
        OfficerCause.ORPHANED_CASELOAD: OfficerCauseDeclaration(
            name="officer away",
            holds="status leave or departed since t, `open_cases` + `in_custody` > 0, "
            "t ⊕ `officers.orphaned_after` passed",
            ends="otherwise",
        ),
        OfficerCause.TRAINING_LAPSED: OfficerCauseDeclaration(
            name="training lapsed",
            holds="status active; a required course not completed (anchor: since when the officer is active), "
            "or its `valid_until` passed (anchor: `valid_until`)",
            ends="otherwise",
        ),
        OfficerCause.INTAKE_TOO_FAST: OfficerCauseDeclaration(
            name="intake too fast",
            holds="30 d have passed since the first event recorded in the log; `assigned_30d` > "
            "max(`officers.intake.per_open` times `open_cases` of 30 days before, `officers.intake.least`), "
            "exact in decimal",
            ends="otherwise, at one period end",
        ),
        OfficerCause.POLICY_REVIEW_OVERDUE: OfficerCauseDeclaration(
            name="policy review overdue",
            holds="(no officer) the UTC day `review_by` is over",
            ends="another policy",
            is_of_policy=True,
        ),
    }
)
"""Every cause of officer alerts, in contract order."""
assert tuple(OFFICER_DECLARATIONS) == tuple(OfficerCause), "each cause of officer alerts is declared, in contract order"

CLASS_OF: Final[Mapping[Cause, CauseClass]] = MappingProxyType({cause: own.side for cause, own in DECLARATIONS.items()})
"""The class of each cause."""

TYPES_READ: Final[Mapping[Cause, frozenset[str]]] = MappingProxyType(
    {cause: own.reads for cause, own in DECLARATIONS.items()}
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
