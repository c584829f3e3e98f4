"""The alerts that consumers get (CONTRACT.md §5, §10): a record needs a human look; no person is judged."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from schemas.causes import CLASS_OF, TYPES_READ, Cause, CauseClass, OfficerCause, Severity, Status, alert_id
from schemas.events import EVENT_MODELS, Level
from schemas.fields import AnyId, Instant, Pseudonym, Version

__all__ = [
    "CLASS_OF",
    "ENDED_BY",
    "TYPES_READ",
    "Alert",
    "Cause",
    "CauseClass",
    "OfficerAlert",
    "OfficerCause",
    "Severity",
    "Status",
    "alert_id",
]

ENDED_BY: Final = (*EVENT_MODELS, "superseded", "policy_changed", "load")
"""What can end an alert: a type of event, another alert of its cause, another policy, an officer's load."""

AlertId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="The same for the same alert, in every replay.")]


def _known_end(text: str) -> str:
    if text not in ENDED_BY:
        raise ValueError("must be a type of event, superseded, policy_changed or load")
    return text


EndedBy = Annotated[str, AfterValidator(_known_end), WithJsonSchema({"type": "string", "enum": list(ENDED_BY)})]
PolicyId = Annotated[str, Field(pattern=r"^[^@]+@[^@]+$", description="The policy that judged, as name@version.")]

PolicyHash = Annotated[
    str, Field(pattern=r"^[0-9a-f]{12}$", description="What tells that policy from another of its name and version.")
]


class _AlertBase(BaseModel):
    """The common fields of alerts of cases and of officers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Version = Field(description="Version of the contract.")
    alert_id: AlertId
    instance: AnyId | None = Field(description="The hearing, check-in or course it is about, or null.")
    anchor_at: Instant = Field(description="The instant from which the deadline counts.")
    deadline_at: Instant = Field(description="When it came due.")
    status: Status = Field(description="raised and escalated stand; resolved and retracted have ended.")
    severity: Severity = Field(description="critical once it has been escalated.")
    raised_at: Instant = Field(description="When it was raised, by the clock of the partition.")
    escalated_at: Instant | None = Field(description="When it was escalated; null before.")
    ended_at: Instant | None = Field(description="When it ended; null while it stands.")
    ended_by: EndedBy | None = Field(description="What ended it; null while it stands.")
    office: AnyId | None = Field(description="The office, when known.")
    policy: PolicyId
    policy_hash: PolicyHash | None = None
    revision: int = Field(ge=1, description="1, 2, ... : the greatest of an alert_id is what holds.")
    evidence: tuple[AnyId, ...] = Field(description="Sorted ids of the events whose value is the anchor.")
    observed_at: Instant | None = Field(
        default=None, description="Wall clock of publishing; the only field that a replay may change."
    )


class Alert(_AlertBase):
    """One revision of an alert of a case: this record needs a human look."""

    case_id: Pseudonym = Field(description="Pseudonym of the case.")
    cause: Cause = Field(description="Why.")
    cause_class: CauseClass = Field(description="On whose side the cause lies.")
    officer_id: Pseudonym | None = Field(
        description="The officer of record, of a closed case too; null without an officer or with a stale assignment."
    )
    level: Level = Field(description="Level of supervision when published.")
    agency_causes: tuple[Cause, ...] | None = Field(
        description="For a cause on the person's side: what stands on the agency's and the record's; null for others."
    )


class OfficerAlert(_AlertBase):
    """One revision of an alert about an officer's docket, or about the policy itself."""

    officer_id: Pseudonym | None = Field(description="The officer; null for policy_review_overdue.")
    cause: OfficerCause = Field(description="Why.")
    open_cases: int | None = Field(
        default=None, ge=0, description="Open cases at liberty, at that instant; null for policy_review_overdue."
    )
    in_custody: int | None = Field(
        default=None, ge=0, description="Open cases in custody, at that instant; null for policy_review_overdue."
    )
    utilisation: float | None = Field(
        default=None,
        ge=0,
        description="Workload by capacity, at that instant; null without capacity and for policy_review_overdue.",
    )
