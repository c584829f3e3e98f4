"""The hearings of a case: set, put off, held, cancelled."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from streams.sources.eoir.codes import hearing_kind
from streams.sources.eoir.event_writer import CaseEventWriter
from streams.sources.eoir.rows import HearingRow
from streams.sources.eoir.tools import CaseFault, CaseNote, ConversionContext
from streams.sources.eoir.when import EventTimes, dated, due, entered

__all__ = ["Hearing", "read_hearings", "write_hearings"]

_TABLE = "tbl_schedule"


class Hearing(NamedTuple):
    """A row of the schedule that can be used.

    Attributes:
        row: As it was.
        city: Court.
        entered: When it was set.
        due_at: When it is to be held.
        settled: When its outcome, if it has one, came about.
    """

    row: HearingRow
    city: bytes
    entered: EventTimes
    due_at: int
    settled: EventTimes | None


def read_hearings(rows: Iterable[HearingRow], home: bytes, context: ConversionContext) -> Sequence[Hearing]:
    """The hearings that can be used, in the order they were set.

    Args:
        rows: Those of one case.
        home: Court of the case, for a row that names none.
        context: Shared.
    """
    hearings = [hearing for row in rows if (hearing := _read(row, home, context)) is not None]
    return sorted(hearings, key=lambda hearing: (hearing.entered.occurred, int(hearing.row.number)))


def write_hearings(
    hearings: Sequence[Hearing], missed: Collection[bytes], scribe: CaseEventWriter, context: ConversionContext
) -> None:
    """Write down what happened to the hearings.

    Args:
        hearings: Those of one case.
        missed: Numbers of those that were decided in absence: the order gives their outcome.
        scribe: Of the case.
        context: Shared.
    """
    for hearing in hearings:
        row = b"s" + hearing.row.number
        kind = hearing_kind(hearing.row.calendar, hearing.row.schedule)
        scribe.hearing_scheduled(row, hearing.entered, hearing.row.number, hearing.due_at, kind)
        if hearing.settled is not None and hearing.row.number not in missed:
            _write_outcome(hearing, row, hearing.settled, scribe, context)


def _write_outcome(
    hearing: Hearing, row: bytes, settled: EventTimes, scribe: CaseEventWriter, context: ConversionContext
) -> None:
    outcome = context.lookups.outcome(hearing.row.reason)
    if outcome is None:
        context.report.note(_TABLE, CaseNote.UNKNOWN_OUTCOME, int(hearing.row.line))
        outcome = "unknown"
    if outcome == "held":
        scribe.hearing_held(row, settled, hearing.row.number)
    elif outcome == "cancelled":
        scribe.hearing_cancelled(row, settled, hearing.row.number)
    else:
        scribe.hearing_adjourned(row, settled, hearing.row.number, outcome)


def _read(row: HearingRow, home: bytes, context: ConversionContext) -> Hearing | None:
    city = row.city if context.lookups.is_city(row.city) else home
    local = context.offices.local(city)
    set_on = entered(local, row.entered, row.entered_time)
    due_at = due(local, row.due, row.due_time)
    if set_on is None:
        context.report.skip(_TABLE, CaseFault.NO_ENTRY, int(row.line))
        return None
    if due_at is None:
        context.report.skip(_TABLE, CaseFault.NO_HEARING_DATE, int(row.line))
        return None
    if not row.reason:
        return Hearing(row, city, set_on, due_at, None)
    # the row was last touched when its outcome was typed in; before the day of the hearing means put off in advance
    typed = entered(local, row.updated, row.updated_time) or dated(local, row.due) or set_on
    recorded = max(typed.recorded, set_on.recorded)
    return Hearing(row, city, set_on, due_at, EventTimes(min(due_at, recorded), recorded))
