"""Custody and address of a case: when detained, when released, when a new address was given."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.sources.eoir.codes import custody_by_adjournment
from streams.sources.eoir.event_writer import CaseEventWriter
from streams.sources.eoir.hearings import Hearing
from streams.sources.eoir.rows import CaseRow, CaseRows, ProceedingRow
from streams.sources.eoir.tools import CaseNote, ConversionContext
from streams.sources.eoir.when import EventTimes, dated
from streams.sources.times.local_time import LocalTime

__all__ = ["write_address", "write_custody"]

_NEVER = b"N"
_DETAINED = b"D"


class _CustodyStay(NamedTuple):
    """A time in custody; a release with nothing known of its beginning is one too."""

    detained: EventTimes | None
    released: EventTimes | None
    row: bytes
    table: str
    line: int


def write_address(case: CaseRow, number: bytes, local: LocalTime, scribe: CaseEventWriter) -> None:
    """Write down that a new address was given."""
    when = dated(local, case.address_changed)
    if when is not None:
        scribe.address_changed(b"c" + number, when)


def write_custody(
    rows: CaseRows,
    proceedings: Iterable[ProceedingRow],
    hearings: Sequence[Hearing],
    opened: EventTimes,
    local: LocalTime,
    scribe: CaseEventWriter,
    context: ConversionContext,
) -> None:
    """Write down custody, from the best source there is.

    That is the custody history; else the dates of the case; else those of its proceedings; else what adjournments say
    of a docket that was moved. A case that is detained and has no date at all has been so since it was opened.

    Args:
        rows: The rows of the case.
        proceedings: Those that can be used.
        hearings: Those that can be used.
        opened: When the case was.
        local: Clock of its court.
        scribe: Of the case.
        context: Shared.
    """
    for spells in (_from_history(rows, local), _from_case(rows, local), _from_proceedings(proceedings, local)):
        if spells:
            _write_stays(spells, scribe, context)
            return
    moved = False
    for hearing in hearings:
        custody = custody_by_adjournment(hearing.row.reason)
        if custody is not None and hearing.settled is not None:
            scribe.custody_changed(b"s" + hearing.row.number, hearing.settled, custody)
            moved = True
    if not moved and any(case.custody == _DETAINED for case in rows.cases):
        scribe.custody_changed(b"c" + rows.number, opened, "detained")


def _write_stays(spells: Sequence[_CustodyStay], scribe: CaseEventWriter, context: ConversionContext) -> None:
    begins = {spell.detained.occurred for spell in spells if spell.detained is not None}
    for spell in spells:
        released = spell.released
        if spell.detained is not None and released is not None and released.occurred <= spell.detained.occurred:
            if released.occurred < spell.detained.occurred:
                context.report.note(spell.table, CaseNote.RELEASED_FIRST, spell.line)
                released = None
            else:
                continue  # taken and let go on one day
        if spell.detained is not None:
            scribe.custody_changed(spell.row, spell.detained, "detained")
        # let go and taken again on one day is a move between two places of custody
        if released is not None and released.occurred not in begins:
            scribe.custody_changed(spell.row, released, "none")


def _from_history(rows: CaseRows, local: LocalTime) -> Sequence[_CustodyStay]:
    return [
        _CustodyStay(
            dated(local, row.detained),
            dated(local, row.released),
            b"u" + row.number,
            "tbl_CustodyHistory",
            int(row.line),
        )
        for row in rows.custody.values()
        if row.custody != _NEVER and (dated(local, row.detained) or dated(local, row.released))
    ]


def _from_case(rows: CaseRows, local: LocalTime) -> Sequence[_CustodyStay]:
    return [
        _CustodyStay(
            dated(local, row.detained), dated(local, row.released), b"c" + rows.number, "A_TblCase", int(row.line)
        )
        for row in rows.cases
        if row.custody != _NEVER and (dated(local, row.detained) or dated(local, row.released))
    ]


def _from_proceedings(proceedings: Iterable[ProceedingRow], local: LocalTime) -> Sequence[_CustodyStay]:
    spells: dict[tuple[EventTimes | None, EventTimes | None], _CustodyStay] = {}
    for row in proceedings:
        detained, released = dated(local, row.detained), dated(local, row.released)
        if detained or released:
            # every proceeding of a case repeats the same dates
            spells.setdefault(
                (detained, released),
                _CustodyStay(detained, released, b"p" + row.number, "B_TblProceeding", int(row.line)),
            )
    return list(spells.values())
