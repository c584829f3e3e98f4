"""Writes down the events of one case: ids become pseudonyms here, and nothing else of a row gets through."""

from typing import Literal

from schemas import hot
from streams.sources.eoir.codes import Kind, Reason
from streams.sources.eoir.when import EventTimes
from streams.sources.pseudonyms import Pseudonyms

__all__ = ["CaseEventWriter"]


class CaseEventWriter:
    """The events of one case, in the order they were written down.

    The `row` of every method is the table's tag and the number of the row that tells of the event; with the event's
    type it makes the event_id.

    Args:
        names: Makes pseudonyms.
        source: Id of the feed.
        case: IDNCASE.
    """

    def __init__(self, names: Pseudonyms, source: str, case: bytes) -> None:
        self.events: list[hot.AnyEvent] = []
        self._names, self._source = names, source
        self._case_id = names.case(case)
        self._hearing_ids: dict[bytes, str] = {}

    def case_opened(self, row: bytes, when: EventTimes, city: bytes) -> None:
        """A case was opened; the tables know no level of supervision, so it is the one that asks for least."""
        self.events.append(
            hot.CaseOpened(
                v=1,
                event_id=self._names.event(b"case_opened\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                office=city.decode(),
                level="annual",
            )
        )

    def case_closed(self, row: bytes, when: EventTimes, reason: Reason) -> None:
        """A case was closed."""
        self.events.append(
            hot.CaseClosed(
                v=1,
                event_id=self._names.event(b"case_closed\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                reason=reason,
            )
        )

    def case_reopened(self, row: bytes, when: EventTimes) -> None:
        """A closed case was opened again."""
        self.events.append(
            hot.CaseReopened(
                v=1,
                event_id=self._names.event(b"case_reopened\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
            )
        )

    def custody_changed(self, row: bytes, when: EventTimes, custody: Literal["none", "detained"]) -> None:
        """Custody began or ended."""
        self.events.append(
            hot.CustodyChanged(
                v=1,
                event_id=self._names.event(b"custody_changed\0%b\0%b" % (row, custody.encode())),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                custody=custody,
            )
        )

    def address_changed(self, row: bytes, when: EventTimes) -> None:
        """A new address was given; it is not read."""
        self.events.append(
            hot.AddressChanged(
                v=1,
                event_id=self._names.event(b"address_changed\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                status="valid",
            )
        )

    def hearing_scheduled(self, row: bytes, when: EventTimes, hearing: bytes, due_at: int, kind: Kind) -> None:
        """A hearing was set."""
        self.events.append(
            hot.HearingScheduled(
                v=1,
                event_id=self._names.event(b"hearing_scheduled\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
                due_at=due_at,
                kind=kind,
            )
        )

    def hearing_adjourned(
        self, row: bytes, when: EventTimes, hearing: bytes, by: Literal["court", "agency", "person", "unknown"]
    ) -> None:
        """A hearing was put off."""
        self.events.append(
            hot.HearingAdjourned(
                v=1,
                event_id=self._names.event(b"hearing_adjourned\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
                by=by,
            )
        )

    def hearing_held(self, row: bytes, when: EventTimes, hearing: bytes) -> None:
        """A hearing took place; the tables have no field that says who came."""
        self.events.append(
            hot.HearingHeld(
                v=1,
                event_id=self._names.event(b"hearing_held\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
                appeared="unknown",
            )
        )

    def hearing_missed(self, row: bytes, when: EventTimes, hearing: bytes) -> None:
        """A hearing was decided in absence."""
        self.events.append(
            hot.HearingMissed(
                v=1,
                event_id=self._names.event(b"hearing_missed\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
            )
        )

    def hearing_cancelled(self, row: bytes, when: EventTimes, hearing: bytes) -> None:
        """A hearing had been entered by mistake."""
        self.events.append(
            hot.HearingCancelled(
                v=1,
                event_id=self._names.event(b"hearing_cancelled\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
            )
        )

    def order_rescinded(self, row: bytes, when: EventTimes, hearing: bytes) -> None:
        """Write that an order in absence was rescinded."""
        self.events.append(
            hot.OrderRescinded(
                v=1,
                event_id=self._names.event(b"order_rescinded\0%b\0%b" % (row, hearing)),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                hearing_id=self._hearing_id(hearing),
            )
        )

    def officer_assigned(self, row: bytes, when: EventTimes, judge: bytes, city: bytes) -> None:
        """A judge has the case."""
        self.events.append(
            hot.OfficerAssigned(
                v=1,
                event_id=self._names.event(b"officer_assigned\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                officer_id=self._names.officer(judge),
                office=city.decode(),
            )
        )

    def transferred_out(self, row: bytes, when: EventTimes, from_city: bytes, to_city: bytes) -> None:
        """A court sent the case to another."""
        self.events.append(
            hot.TransferredOut(
                v=1,
                event_id=self._names.event(b"transferred_out\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                from_office=from_city.decode(),
                to_office=to_city.decode(),
            )
        )

    def transferred_in(self, row: bytes, when: EventTimes, city: bytes) -> None:
        """A court received the case."""
        self.events.append(
            hot.TransferredIn(
                v=1,
                event_id=self._names.event(b"transferred_in\0" + row),
                occurred_at=when.occurred,
                recorded_at=when.recorded,
                source=self._source,
                case_id=self._case_id,
                office=city.decode(),
            )
        )

    def _hearing_id(self, hearing: bytes) -> str:
        known = self._hearing_ids.get(hearing)
        if known is None:
            known = self._hearing_ids[hearing] = self._names.hearing(hearing)
        return known
