"""One case: the rows of all tables in, its events out."""

from schemas import hot
from streams.sources.eoir.custody import write_address, write_custody
from streams.sources.eoir.event_writer import CaseEventWriter
from streams.sources.eoir.hearings import read_hearings, write_hearings
from streams.sources.eoir.judges import write_judges
from streams.sources.eoir.lifecycle import LifecycleEvents
from streams.sources.eoir.proceedings import last_hearings, read_proceedings, with_hearings
from streams.sources.eoir.rows import CaseRows
from streams.sources.eoir.tools import CaseFault, ConversionContext
from streams.sources.pseudonyms import Pseudonyms

__all__ = ["derive_case_events"]

_TABLE_OF_TAG = {
    b"c": "A_TblCase",
    b"p": "B_TblProceeding",
    b"s": "tbl_schedule",
    b"u": "tbl_CustodyHistory",
    b"m": "tbl_Court_Motions",
}


def derive_case_events(
    rows: CaseRows, names: Pseudonyms, source: str, context: ConversionContext
) -> list[hot.AnyEvent]:
    """The events of a case, in no particular order; none when nothing says where and when it was opened.

    Args:
        rows: Every row of the case.
        names: Makes pseudonyms.
        source: Id of the feed.
        context: Shared.
    """
    for tag, line in rows.repeated:
        context.report.skip(_TABLE_OF_TAG[tag], CaseFault.REPEATED, int(line))
    proceedings = read_proceedings(rows.proceedings.values(), rows.hearings.values(), context)
    if not proceedings:
        context.report.skip("cases", CaseFault.NO_PROCEEDING)
        return []
    first = proceedings[0]
    hearings = read_hearings(rows.hearings.values(), first.city, context)
    last = last_hearings(hearings)
    ended = with_hearings(proceedings, hearings, last, context)
    missed = {
        proceeding.row.number: last[proceeding.row.number, proceeding.row.completed]
        for proceeding in ended
        if proceeding.in_absentia and (proceeding.row.number, proceeding.row.completed) in last
    }
    scribe = CaseEventWriter(names, source, rows.number)
    lifecycle = LifecycleEvents(ended, list(rows.motions.values()), missed, scribe, context)
    lifecycle.write_events()
    write_hearings(hearings, {hearing.row.number for hearing in missed.values()}, scribe, context)
    write_judges(ended, hearings, lifecycle.arrivals, scribe, context)
    used = [proceeding.row for proceeding in ended]
    write_custody(rows, used, hearings, ended[0].begun, first.local, scribe, context)
    for case in rows.cases:
        write_address(case, rows.number, first.local, scribe)
    return scribe.events
