"""Makes the events of one case: one method for each type of event."""

from collections.abc import Callable
from typing import Literal

from schemas import hot
from streams.sources.generate.world import Channel, Level

__all__ = ["CaseFacts", "Custody", "Kind", "Reason"]

Address = Literal["valid", "missing", "undeliverable"]
Adjourner = Literal["court", "agency", "person", "unknown"]
Appearance = Literal["yes", "unknown"]
Canceller = Literal["agency", "person"]
Custody = Literal["none", "detained", "other"]
Kind = Literal["master", "individual", "custody", "other"]
Reason = Literal[
    "removed", "voluntary_departure", "relief_granted", "terminated", "died", "charging_document_canceled", "other"
]


class CaseFacts:
    """The events of one case, in the order they were said; what lies after the window is left unsaid.

    Every event is recorded the moment it happens; `recording` decides later when the feed really learned of it.

    Args:
        prefix: Put before every id.
        stem: The opaque part of the case's id.
        until: Last instant of the window.
    """

    def __init__(self, prefix: str, stem: str, until: int) -> None:
        self.case_id = f"{prefix}c-{stem}"
        self.events: list[hot.AnyEvent] = []
        self.source = ""
        self._until = until
        self._event_stem = f"{prefix}e-{stem}-"
        self._check_in_stem = f"{prefix}k-{stem}-"
        self._hearing_stem = f"{prefix}h-{stem}-"
        self._check_ins = 0
        self._hearings = 0

    def new_check_in_id(self) -> str:
        """An id for another check-in of this case."""
        self._check_ins += 1
        return f"{self._check_in_stem}{self._check_ins}"

    def new_hearing_id(self) -> str:
        """An id for another hearing of this case."""
        self._hearings += 1
        return f"{self._hearing_stem}{self._hearings}"

    def case_opened(self, at: int, office: str, level: Level, protected: bool) -> None:
        """The case begins."""
        self._add(hot.CaseOpened, at, office=office, level=level, protected=protected)

    def case_closed(self, at: int, reason: Reason) -> None:
        """The case ends."""
        self._add(hot.CaseClosed, at, reason=reason)

    def case_reopened(self, at: int) -> None:
        """The case goes on after all."""
        self._add(hot.CaseReopened, at)

    def supervision_changed(self, at: int, level: Level) -> None:
        """Contacts are due more or less often."""
        self._add(hot.SupervisionChanged, at, level=level)

    def custody_changed(self, at: int, custody: Custody) -> None:
        """Custody begins or ends."""
        self._add(hot.CustodyChanged, at, custody=custody)

    def address_changed(self, at: int, status: Address) -> None:
        """The address on record becomes good or bad."""
        self._add(hot.AddressChanged, at, status=status)

    def check_in_scheduled(self, at: int, check_in_id: str, due_at: int, channel: Channel) -> None:
        """A check-in is booked; the same id again: rebooked."""
        self._add(hot.CheckInScheduled, at, check_in_id=check_in_id, due_at=due_at, channel=channel)

    def check_in_completed(self, at: int, check_in_id: str | None, channel: Channel) -> None:
        """A check-in, on a booking or without one."""
        self._add(hot.CheckInCompleted, at, check_in_id=check_in_id, channel=channel)

    def check_in_missed(self, at: int, check_in_id: str) -> None:
        """A booking passed without a check-in."""
        self._add(hot.CheckInMissed, at, check_in_id=check_in_id)

    def check_in_cancelled(self, at: int, check_in_id: str, by: Canceller) -> None:
        """The booking is called off."""
        self._add(hot.CheckInCancelled, at, check_in_id=check_in_id, by=by)

    def hearing_scheduled(self, at: int, hearing_id: str, due_at: int, kind: Kind) -> None:
        """A hearing is set; the same id again: moved."""
        self._add(hot.HearingScheduled, at, hearing_id=hearing_id, due_at=due_at, kind=kind)

    def hearing_adjourned(self, at: int, hearing_id: str, by: Adjourner) -> None:
        """The hearing is put off."""
        self._add(hot.HearingAdjourned, at, hearing_id=hearing_id, by=by)

    def hearing_held(self, at: int, hearing_id: str, appeared: Appearance) -> None:
        """The hearing takes place."""
        self._add(hot.HearingHeld, at, hearing_id=hearing_id, appeared=appeared)

    def hearing_missed(self, at: int, hearing_id: str) -> None:
        """The hearing is decided in absence."""
        self._add(hot.HearingMissed, at, hearing_id=hearing_id)

    def hearing_cancelled(self, at: int, hearing_id: str) -> None:
        """The hearing will not take place."""
        self._add(hot.HearingCancelled, at, hearing_id=hearing_id)

    def order_rescinded(self, at: int, hearing_id: str) -> None:
        """Rescind an order that was made in absence."""
        self._add(hot.OrderRescinded, at, hearing_id=hearing_id)

    def officer_assigned(self, at: int, officer_id: str, office: str) -> None:
        """An officer gets the case."""
        self._add(hot.OfficerAssigned, at, officer_id=officer_id, office=office)

    def officer_unassigned(self, at: int) -> None:
        """The case has no officer any more."""
        self._add(hot.OfficerUnassigned, at)

    def assignment_acknowledged(self, at: int, officer_id: str) -> None:
        """The officer confirms to have it."""
        self._add(hot.AssignmentAcknowledged, at, officer_id=officer_id)

    def transferred_out(self, at: int, from_office: str, to_office: str) -> None:
        """The office sends the case to another."""
        self._add(hot.TransferredOut, at, from_office=from_office, to_office=to_office)

    def transferred_in(self, at: int, office: str) -> None:
        """The other office has received it."""
        self._add(hot.TransferredIn, at, office=office)

    def _add(self, make: Callable[..., hot.AnyEvent], at: int, **fields: str | int | None) -> None:
        # the callers above are typed; here one place fills in what every event has
        if at <= self._until:
            self.events.append(
                make(
                    v=1,
                    event_id=f"{self._event_stem}{len(self.events) + 1}",
                    occurred_at=at,
                    recorded_at=at,
                    source=self.source,
                    case_id=self.case_id,
                    **fields,
                )
            )
