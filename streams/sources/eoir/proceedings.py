"""The proceedings of a case that can be used: where and when each began, and how it ended."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from streams.sources.eoir.codes import LEAVES, Reason, reason_of_completion
from streams.sources.eoir.hearings import Hearing
from streams.sources.eoir.rows import HearingRow, ProceedingRow
from streams.sources.eoir.tools import CaseFault, CaseNote, ConversionContext
from streams.sources.eoir.when import EventTimes, dated
from streams.sources.times.local_time import LocalTime

__all__ = ["Ending", "Proceeding", "last_hearings", "read_proceedings", "with_hearings"]

_TABLE = "B_TblProceeding"


class Ending(Enum):
    """How a proceeding ended."""

    PENDING = auto()
    LEFT = auto()
    DECIDED = auto()


class Proceeding(NamedTuple):
    """A row of B_TblProceeding that can be used.

    Attributes:
        row: As it was.
        city: Court.
        local: Its clock.
        begun: When the court entered it.
        arrived: When the court received it.
        ending: How it ended, if it did.
        ended: When.
        reason: Why the case was closed by it, if it was.
        in_absentia: Whether it was decided in absence.
    """

    row: ProceedingRow
    city: bytes
    local: LocalTime
    begun: EventTimes
    arrived: EventTimes
    ending: Ending = Ending.PENDING
    ended: EventTimes | None = None
    reason: Reason = "other"
    in_absentia: bool = False


def read_proceedings(
    rows: Collection[ProceedingRow], hearings: Collection[HearingRow], context: ConversionContext
) -> list[Proceeding]:
    """The proceedings that can be used, in the order they began, their ends not yet known.

    Args:
        rows: Those of one case.
        hearings: Those of the case: they name a court where the proceeding does not.
        context: Shared.
    """
    found = [proceeding for row in rows if (proceeding := _read(row, hearings, context)) is not None]
    return sorted(found, key=lambda proceeding: (proceeding.begun.occurred, int(proceeding.row.number)))


def last_hearings(hearings: Sequence[Hearing]) -> Mapping[tuple[bytes, bytes], Hearing]:
    """The last hearing of each proceeding (by number) on each day."""
    last: dict[tuple[bytes, bytes], Hearing] = {}
    for hearing in sorted(hearings, key=lambda hearing: hearing.due_at):
        last[hearing.row.proceeding, hearing.row.due] = hearing
    return last


def with_hearings(
    proceedings: Sequence[Proceeding],
    hearings: Sequence[Hearing],
    last: Mapping[tuple[bytes, bytes], Hearing],
    context: ConversionContext,
) -> Sequence[Proceeding]:
    """The same proceedings with their ends, and known as soon as their first hearing was.

    Args:
        proceedings: Those of one case.
        hearings: In the order they were set.
        last: The last of each proceeding on each day: a decision falls when the hearing of that day is held.
        context: Shared.
    """
    first: dict[bytes, Hearing] = {}
    for hearing in hearings:
        first.setdefault(hearing.row.proceeding, hearing)
    return [
        _with_end(_known_by_hearing(proceeding, first.get(proceeding.row.number)), last, context)
        for proceeding in proceedings
    ]


def _known_by_hearing(proceeding: Proceeding, first: Hearing | None) -> Proceeding:
    """INPUT_DATE has no time of day, but a hearing of that day shows that the proceeding was in by then."""
    begun = proceeding.begun
    if first is None or first.entered.recorded >= begun.recorded:
        return proceeding
    return proceeding._replace(begun=EventTimes(begun.occurred, max(begun.occurred, first.entered.recorded)))


def _read(row: ProceedingRow, hearings: Collection[HearingRow], context: ConversionContext) -> Proceeding | None:
    cities = (row.city, *(hearing.city for hearing in hearings if hearing.proceeding == row.number))
    city = next((city for city in cities if context.lookups.is_city(city)), None)
    if city is None:
        context.report.skip(_TABLE, CaseFault.NO_CITY, int(row.line))
        return None
    local = context.offices.local(city)
    begun = dated(local, row.entered) or dated(local, row.charged)
    if begun is None:
        context.report.skip(_TABLE, CaseFault.NO_START, int(row.line))
        return None
    received = dated(local, row.arrived) or begun
    arrived = EventTimes(received.occurred, max(received.recorded, begun.recorded))
    return Proceeding(row, city, local, begun, arrived)


def _with_end(
    proceeding: Proceeding, last: Mapping[tuple[bytes, bytes], Hearing], context: ConversionContext
) -> Proceeding:
    row = proceeding.row
    leaves = row.completion in LEAVES or bool(row.venue_granted and not row.decision and not row.completion)
    day = row.completed or (row.venue_granted if leaves else b"")
    ended = dated(proceeding.local, day)
    if ended is None:
        if row.decision or row.completion:
            context.report.note(_TABLE, CaseNote.UNDATED_DECISION, int(row.line))
        return proceeding
    if leaves:
        return proceeding._replace(ending=Ending.LEFT, ended=ended)
    hearing = last.get((row.number, day))
    if hearing is not None:
        ended = EventTimes(hearing.due_at, max(hearing.due_at, ended.recorded))
    return proceeding._replace(
        ending=Ending.DECIDED, ended=ended, reason=_reason(row, context), in_absentia=row.absentia == b"Y"
    )


def _reason(row: ProceedingRow, context: ConversionContext) -> Reason:
    if not row.decision:
        return "removed" if row.absentia == b"Y" and not row.completion else reason_of_completion(row.completion)
    reason = context.lookups.reason(row.case_type, row.decision)
    if reason is None:
        context.report.note(_TABLE, CaseNote.UNKNOWN_DECISION, int(row.line))
        return "other"
    return reason
