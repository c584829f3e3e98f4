"""The events that producers send (CONTRACT.md §2): one Pydantic model a type; unknown fields are refused.

These models are what is published, as JSON Schema and AsyncAPI, and what words every refusal. The hot path reads with
`schemas.hot`, which is generated from them and proven to accept the same.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.fields import CourseId, EventId, Instant, OfficeId, Pseudonym, SourceId, Version

__all__ = [
    "EVENT_MODELS",
    "LAST_RANK",
    "MAX_CAPACITY_HOURS",
    "TOPIC_OF",
    "AddressChanged",
    "AssignmentAcknowledged",
    "BaseEvent",
    "CaseClosed",
    "CaseEvent",
    "CaseOpened",
    "CaseReopened",
    "CheckInCancelled",
    "CheckInCompleted",
    "CheckInMissed",
    "CheckInScheduled",
    "Clock",
    "CustodyChanged",
    "Event",
    "HearingAdjourned",
    "HearingCancelled",
    "HearingHeld",
    "HearingMissed",
    "HearingScheduled",
    "Level",
    "OfficerAssigned",
    "OfficerEvent",
    "OfficerUnassigned",
    "OfficerUpdated",
    "OrderRescinded",
    "SupervisionChanged",
    "TrainingCompleted",
    "TransferredIn",
    "TransferredOut",
]

MAX_CAPACITY_HOURS: Final = 744
"""No month has more hours."""

LAST_RANK: Final = 4
"""The rank of an event whose type says no other."""

Level = Literal["intensive", "standard", "low", "annual"]
Channel = Literal["office", "phone", "app", "home", "kiosk"]


class BaseEvent(BaseModel):
    """The fields of every event: its id, its feed, when it happened and when the source system learned of it."""

    rank: ClassVar[int] = LAST_RANK
    """Order of facts of one instant: the lowest rank comes first (CONTRACT.md §3)."""

    registers: ClassVar[tuple[str, ...]] = ()
    """The registers of a case that the event may set (CONTRACT.md §3)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    v: Version = Field(description="Version of the contract.")
    event_id: EventId = Field(description="Id of this event; the same event sent again has the same.")
    occurred_at: Instant = Field(description="When it happened; never later than recorded_at.")
    recorded_at: Instant = Field(description="When the source system learned of it; the log is ordered by it.")
    source: SourceId = Field(description="Id of the feed.")

    @model_validator(mode="after")
    def _happened_before_it_was_recorded(self) -> Self:
        if self.occurred_at > self.recorded_at:
            raise PydanticCustomError(
                "time_order", "must not be later than recorded_at: nothing is recorded before it happened"
            )
        return self


class CaseEvent(BaseEvent):
    """An event of a case; its key is the case_id."""

    case_id: Pseudonym = Field(description="Pseudonym of the case.")


class OfficerEvent(BaseEvent):
    """An event of an officer; its key is the officer_id."""

    officer_id: Pseudonym = Field(description="Pseudonym of the officer.")


class CaseOpened(CaseEvent):
    """An office opened a case."""

    type: Literal["case_opened"]
    rank: ClassVar[int] = 0
    registers: ClassVar[tuple[str, ...]] = ("level", "office")
    office: OfficeId = Field(description="Office that opened it.")
    level: Level = Field(description="Level of supervision.")
    protected: bool = Field(default=False, description="Whether its alerts go to the restricted topic only.")


class CaseClosed(CaseEvent):
    """The case was closed."""

    type: Literal["case_closed"]
    rank: ClassVar[int] = 1
    reason: Literal[
        "removed",
        "voluntary_departure",
        "relief_granted",
        "terminated",
        "died",
        "charging_document_canceled",
        "other",
    ] = Field(description="Reason for the closing.")


class CaseReopened(CaseEvent):
    """The closed case was opened again."""

    type: Literal["case_reopened"]
    rank: ClassVar[int] = 2


class SupervisionChanged(CaseEvent):
    """The level of supervision of the case changed."""

    type: Literal["supervision_changed"]
    registers: ClassVar[tuple[str, ...]] = ("level",)
    level: Level = Field(description="The new level.")


class CustodyChanged(CaseEvent):
    """The custody of the person began, changed or ended."""

    type: Literal["custody_changed"]
    custody: Literal["none", "detained", "other"] = Field(
        description="The new custody; `other` is one outside the agency."
    )


class AddressChanged(CaseEvent):
    """The status of the address on record changed. No event contains the address itself."""

    type: Literal["address_changed"]
    status: Literal["valid", "missing", "undeliverable"] = Field(description="Status of the address.")


class CheckInScheduled(CaseEvent):
    """The agency booked a check-in. A later event with the same id moves the booking."""

    type: Literal["check_in_scheduled"]
    rank: ClassVar[int] = 2
    registers: ClassVar[tuple[str, ...]] = ("booking[check_in_id]",)
    check_in_id: Pseudonym = Field(description="Id of the booking.")
    due_at: Instant = Field(description="When it is due.")
    channel: Channel = Field(description="Channel of the check-in.")


class CheckInCompleted(CaseEvent):
    """A check-in took place, booked or not."""

    type: Literal["check_in_completed"]
    check_in_id: Pseudonym | None = Field(default=None, description="Id of the booking, when there was one.")
    channel: Channel = Field(description="Channel of the check-in.")


class CheckInMissed(CaseEvent):
    """The agency recorded that the person did not come to a booking."""

    type: Literal["check_in_missed"]
    rank: ClassVar[int] = 1
    registers: ClassVar[tuple[str, ...]] = ("booking[check_in_id]",)
    check_in_id: Pseudonym = Field(description="Id of the booking.")


class CheckInCancelled(CaseEvent):
    """The agency or the person cancelled a booking."""

    type: Literal["check_in_cancelled"]
    rank: ClassVar[int] = 0
    registers: ClassVar[tuple[str, ...]] = ("booking[check_in_id]",)
    check_in_id: Pseudonym = Field(description="Id of the booking.")
    by: Literal["agency", "person"] = Field(description="Who cancelled.")


class HearingScheduled(CaseEvent):
    """The court scheduled a hearing. A later event with the same id moves the hearing."""

    type: Literal["hearing_scheduled"]
    rank: ClassVar[int] = 2
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")
    due_at: Instant = Field(description="When it is to be held.")
    kind: Literal["master", "individual", "custody", "other"] = Field(description="Coarse kind, never a court's code.")


class HearingAdjourned(CaseEvent):
    """A hearing was adjourned without a new date."""

    type: Literal["hearing_adjourned"]
    rank: ClassVar[int] = 0
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")
    by: Literal["court", "agency", "person", "unknown"] = Field(description="Who asked for it.")


class HearingHeld(CaseEvent):
    """A hearing took place."""

    type: Literal["hearing_held"]
    rank: ClassVar[int] = 1
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")
    appeared: Literal["yes", "unknown"] = Field(description="Whether the person is known to have come.")


class HearingMissed(CaseEvent):
    """The person missed a hearing, and the court decided in absence."""

    type: Literal["hearing_missed"]
    rank: ClassVar[int] = 1
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")


class HearingCancelled(CaseEvent):
    """A hearing will not take place."""

    type: Literal["hearing_cancelled"]
    rank: ClassVar[int] = 0
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")


class OrderRescinded(CaseEvent):
    """The court rescinded an order that it made in the person's absence."""

    type: Literal["order_rescinded"]
    rank: ClassVar[int] = 3
    registers: ClassVar[tuple[str, ...]] = ("hearing[hearing_id]",)
    hearing_id: Pseudonym = Field(description="Id of the hearing.")


class OfficerAssigned(CaseEvent):
    """The case has an officer from now on."""

    type: Literal["officer_assigned"]
    rank: ClassVar[int] = 3
    registers: ClassVar[tuple[str, ...]] = ("office",)
    officer_id: Pseudonym = Field(description="Pseudonym of the officer.")
    office: OfficeId = Field(description="Office of the assignment.")


class OfficerUnassigned(CaseEvent):
    """The case has no officer from now on."""

    type: Literal["officer_unassigned"]
    rank: ClassVar[int] = 2


class AssignmentAcknowledged(CaseEvent):
    """An officer confirmed the handover of the case."""

    type: Literal["assignment_acknowledged"]
    officer_id: Pseudonym = Field(description="Pseudonym of the officer.")


class TransferredOut(CaseEvent):
    """An office sent the case to another office."""

    type: Literal["transferred_out"]
    rank: ClassVar[int] = 0
    registers: ClassVar[tuple[str, ...]] = ("transfer",)
    from_office: OfficeId = Field(description="Office that sent it.")
    to_office: OfficeId = Field(description="Office that is to receive it.")


class TransferredIn(CaseEvent):
    """An office received the case."""

    type: Literal["transferred_in"]
    rank: ClassVar[int] = 1
    registers: ClassVar[tuple[str, ...]] = ("transfer", "office")
    office: OfficeId = Field(description="Office that received it.")


class OfficerUpdated(OfficerEvent):
    """The office, the status or the hours of an officer changed."""

    type: Literal["officer_updated"]
    office: OfficeId = Field(description="Office of the officer.")
    status: Literal["active", "leave", "departed"] = Field(description="Whether the officer is at work.")
    capacity_hours_month: Annotated[float, Field(ge=0, le=MAX_CAPACITY_HOURS)] | None = Field(
        default=None, description="Hours for cases a month; null means the policy's."
    )


class TrainingCompleted(OfficerEvent):
    """An officer completed a course."""

    type: Literal["training_completed"]
    course: CourseId = Field(description="Id of the course.")
    valid_until: Instant = Field(description="When the training expires.")


class Clock(BaseEvent):
    """The partition that carries this record gets no more events recorded before recorded_at."""

    type: Literal["clock"]


_CASES: Final = (CaseOpened, CaseClosed, CaseReopened, SupervisionChanged, CustodyChanged, AddressChanged)
_CHECK_INS: Final = (CheckInScheduled, CheckInCompleted, CheckInMissed, CheckInCancelled)
_HEARINGS: Final = (
    HearingScheduled,
    HearingAdjourned,
    HearingHeld,
    HearingMissed,
    HearingCancelled,
    OrderRescinded,
)
_REASSIGNMENTS: Final = (OfficerAssigned, OfficerUnassigned, AssignmentAcknowledged, TransferredOut, TransferredIn)
_OFFICERS: Final = (OfficerUpdated, TrainingCompleted)

Event = Annotated[
    CaseOpened
    | CaseClosed
    | CaseReopened
    | SupervisionChanged
    | CustodyChanged
    | AddressChanged
    | CheckInScheduled
    | CheckInCompleted
    | CheckInMissed
    | CheckInCancelled
    | HearingScheduled
    | HearingAdjourned
    | HearingHeld
    | HearingMissed
    | HearingCancelled
    | OrderRescinded
    | OfficerAssigned
    | OfficerUnassigned
    | AssignmentAcknowledged
    | TransferredOut
    | TransferredIn
    | OfficerUpdated
    | TrainingCompleted
    | Clock,
    Field(discriminator="type"),
]
"""Any event; its type distinguishes it."""


def _type_of(model: type[BaseEvent]) -> str:
    (name,) = model.model_fields["type"].annotation.__args__  # type: ignore[union-attr]  # a Literal of one
    return str(name)


_BY_TOPIC: Final = {
    "docket.cases": _CASES,
    "docket.check-ins": _CHECK_INS,
    "docket.hearings": _HEARINGS,
    "docket.reassignments": _REASSIGNMENTS,
    "docket.officers": _OFFICERS,
}

EVENT_MODELS: Final[Mapping[str, type[BaseEvent]]] = MappingProxyType(
    {_type_of(model): model for models in (*_BY_TOPIC.values(), (Clock,)) for model in models}
)
"""The model of each type."""

TOPIC_OF: Final[Mapping[str, str]] = MappingProxyType(
    {_type_of(model): topic for topic, models in _BY_TOPIC.items() for model in models}
)
"""The topic that carries a type; `clock` is not in it, for every input topic carries it."""
