"""The state of one case: the registers of CONTRACT.md §3, what stands, what it counts for; a few hundred bytes packed.

A case at rest is the msgpack of `CaseState` (`streams.core.state.packed_state`), the same bytes that its changelog
record carries. It is unpacked when an event or a deadline touches it and packed again after it was judged.
"""

from enum import IntEnum
from typing import Final

import msgspec
from msgspec import Struct

from streams.core.state.fact_key import FactKey
from streams.core.state.repetitions import Repetitions
from streams.core.state.standing_record import EndedAlert, StandingRecord
from streams.core.state.statements import Register

__all__ = [
    "CHECK_IN",
    "CLOSED",
    "CUSTODIES",
    "FIRST_IS_ASSIGNMENT",
    "HEARING",
    "IN_TRANSIT",
    "LEVELS",
    "OFFICE_IS_ASSIGNMENT",
    "ON_DOCKET",
    "PLACE",
    "SETTLED_IS_CONTACT",
    "Appointment",
    "AppointmentStatus",
    "CaseHead",
    "CaseState",
    "Custody",
    "Latest",
    "Lifecycle",
    "Move",
    "StandingAlert",
    "Transfer",
]

LEVELS: Final = ("intensive", "standard", "low", "annual")
"""Levels of supervision; a state holds the index."""

CHECK_IN: Final = "check-in:"
HEARING: Final = "hearing:"
"""What the id of an appointment stands behind in `CaseState.repetitions`."""


class Lifecycle(IntEnum):
    """Values of the lifecycle register."""

    NOTHING = 0
    OPEN = 1
    CLOSED = 2


class Custody(IntEnum):
    """Values of the custody register."""

    NONE = 0
    DETAINED = 1
    OTHER = 2


CUSTODIES: Final = {"none": Custody.NONE, "detained": Custody.DETAINED, "other": Custody.OTHER}


class AppointmentStatus(IntEnum):
    """Which kind of event holds the register of a booking or a hearing."""

    UNKNOWN = 0
    SCHEDULED = 1
    MISSED = 2
    CANCELLED = 3
    CANCELLED_BY_PERSON = 4
    ADJOURNED = 5
    HELD = 6
    RESCINDED = 7


# what every event asks of them, as plain numbers: a member of an enumeration is looked up in Python each time
_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)
_MISSED: Final = int(AppointmentStatus.MISSED)
_CANCELLED_BY_PERSON: Final = int(AppointmentStatus.CANCELLED_BY_PERSON)


class Appointment(Struct, array_like=True, gc=False):
    """The register of one booking (check-in) or hearing.

    Attributes:
        status: Which kind of event won.
        key: Its key; None while only a completed check-in named this id.
        due: Due date (ms) of the winning scheduled event; None when it was never scheduled.
        scheduled: Key of that event; None when it is `key` itself or there is none.
        completed: Greatest occurred_at (ms) of a completed check-in naming this id.
    """

    status: int = AppointmentStatus.UNKNOWN
    key: FactKey | None = None
    due: int | None = None
    scheduled: FactKey | None = None
    completed: int | None = None

    @property
    def scheduled_key(self) -> FactKey | None:
        """Key of the winning scheduled event, or None."""
        return self.key if self.status == _SCHEDULED else self.scheduled

    @property
    def is_missed(self) -> bool:
        """Whether it counts as missed: recorded so, or cancelled by the person when it was due already."""
        if self.status == _CANCELLED_BY_PERSON:
            return self.key is not None and self.due is not None and self.key[0] >= self.due
        return self.status == _MISSED


class Latest(Struct, array_like=True, gc=False, frozen=True):
    """The greatest occurred_at of some kinds of event, and the ids of the events that occurred then.

    Attributes:
        at: Milliseconds.
        ids: Their ids, a line each; nearly always one.
    """

    at: int
    ids: str


class Transfer(Struct, array_like=True, gc=False):
    """The event that holds the transfer register.

    Attributes:
        key: Its key.
        arrived: True for a transferred_in, False for a transferred_out.
        office: Where it went: the office of the transferred_in, to_office of the transferred_out.
    """

    key: FactKey
    arrived: bool
    office: str


class StandingAlert(StandingRecord, array_like=True, gc=False):
    """An alert of a case that stands.

    Attributes:
        level: That of the last record published; None where a program that did not keep it wrote, as below.
        agency: Bit set of the causes in its `agency_causes`.
        policy: name@version in it.
        policy_hash: Of that policy; empty where a program that did not keep it wrote.
    """

    level: int | None = None
    agency: int = 0
    policy: str = ""
    policy_hash: str = ""


CLOSED: Final = 16
ON_DOCKET: Final = 32
IN_TRANSIT: Final = 48
"""Where a case stands in the docket of its office: not in it, for it is closed or was never opened; in it; in it,
but it left another office and did not arrive."""

PLACE: Final = 48
"""The bits of `CaseState.shared` that say so."""

OFFICE_IS_ASSIGNMENT: Final = 2
FIRST_IS_ASSIGNMENT: Final = 4
SETTLED_IS_CONTACT: Final = 8
"""The bits of `CaseState.shared` that say that `office_key` is the key of the assignment, `first_assignment` too, and
that `last_settled` is `last_contact`; each is left out of a packed state then."""

Move = tuple[int, str | None, str | None]
"""(instant at which it became known, officer before, officer after)."""


class CaseHead(Struct, array_like=True, gc=False):
    """The first fields of a case's state: what a restore needs of it, read in half the time of the whole.

    Attributes:
        next_timer: The next instant (ms) at which time alone changes what stands, 0 for none. It comes first so
            that it can be read without unpacking the rest.
        standing: Alerts that stand.
        counts: Whether it is open and has an officer of record.
        bookings_due, hearings_due: Due dates (ms) of unsatisfied bookings and of hearings still scheduled, ascending.
        moves: Changes of the officer of record, of the last 30 days before it was last judged.
    """

    next_timer: int = 0
    opened: bool = False
    counts: bool = False
    level: int = 0
    office: str | None = None
    assignment: Register[str | None] = msgspec.field(default_factory=lambda: Register(None))
    custody: Register[int] = msgspec.field(default_factory=lambda: Register(int(Custody.NONE)))
    standing: list[StandingAlert] = []
    bookings_due: list[int] = []
    hearings_due: list[int] = []
    moves: list[Move] = []

    @property
    def causes(self) -> int:
        """Bit set of the causes of the standing alerts."""
        causes = 0
        for alert in self.standing:
            causes |= 1 << alert.cause
        return causes

    @property
    def escalates(self) -> bool:
        """Whether an alert stands that did not become critical yet, so that `next_timer` may be its escalation."""
        return any(alert.escalated_at is None for alert in self.standing)


class CaseState(CaseHead, array_like=True, gc=False):
    """Everything docketwatch knows of one case; attributes as CONTRACT.md §3 names them, and some more.

    Attributes:
        ended: Alerts that ended and may come back.
        bookings, hearings: The appointments that a judging looks at; the others are archived.
        archived, archived_count: Those, packed, and their number (see `streams.core.state.archive`).
        archived_due: Latest due date (ms) of a booking among them that counts as something scheduled, or None.
        shared: Which fields are not packed because another one holds the same, and the case's place in its office's
            docket: one of `CLOSED`, `ON_DOCKET` and `IN_TRANSIT`, or 0 in a state packed before there was one. It
            fits one byte, and nearly always is the last, so that it can be read without unpacking the rest.
        repetitions: Events that changed nothing; packed only when there are any. The archive has those of archived
            appointments.
    """

    protected: bool = False
    level_key: FactKey | None = None
    transfer: Transfer | None = None
    office_key: FactKey | None = None
    lifecycle: Register[int] = msgspec.field(default_factory=lambda: Register(int(Lifecycle.NOTHING)))
    address_is_bad: Register[bool] = msgspec.field(default_factory=lambda: Register(False))
    first_assignment: FactKey | None = None
    ack: dict[str, int] = {}
    arrived: dict[str, int] = {}
    bookings: dict[str, Appointment] = {}
    hearings: dict[str, Appointment] = {}
    archived: bytes = b""
    archived_count: int = 0
    archived_due: int | None = None
    last_contact: Latest | None = None
    last_unnamed: int | None = None
    last_settled: Latest | None = None
    agency_cancelled: Latest | None = None
    ended: list[EndedAlert] = []
    shared: int = 0
    repetitions: Repetitions = {}
