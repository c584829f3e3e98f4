"""Assignments: the judge stands in for the officer, the court for the office."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.sources.eoir.event_writer import CaseEventWriter
from streams.sources.eoir.hearings import Hearing
from streams.sources.eoir.proceedings import Proceeding
from streams.sources.eoir.tools import CaseNote, ConversionContext
from streams.sources.eoir.when import EventTimes

__all__ = ["write_judges"]

_JUDGE_CHANGED = b"64"


class _JudgeSeen(NamedTuple):
    """A judge is seen with the case."""

    occurred: int
    order: int
    row: bytes
    when: EventTimes
    judge: bytes
    city: bytes


def write_judges(
    proceedings: Sequence[Proceeding],
    hearings: Sequence[Hearing],
    arrivals: Sequence[int],
    scribe: CaseEventWriter,
    context: ConversionContext,
) -> None:
    """Write down an assignment whenever the judge or the court is not the one before.

    The judge of a hearing is the judge of the case from the moment the hearing was set. The row of a proceeding names
    only its latest judge: it counts where no hearing names one, and after an adjournment for a change of judge.

    Args:
        proceedings: In the order they began.
        hearings: In the order they were set.
        arrivals: Instants at which a court received the case: who had it before has it no more.
        scribe: Of the case.
        context: Shared.
    """
    seats = [
        _JudgeSeen(
            hearing.entered.occurred, order, b"s" + hearing.row.number, hearing.entered, hearing.row.judge, hearing.city
        )
        for order, hearing in enumerate(hearings)
        if hearing.row.judge
    ]
    for proceeding in proceedings:
        seats.extend(_latest(proceeding, hearings, len(seats), context))
    before: tuple[bytes, bytes] | None = None
    since = -1
    for seat in sorted(seats):
        is_stale = any(since < arrival <= seat.occurred for arrival in arrivals)
        if is_stale or (seat.judge, seat.city) != before:
            scribe.officer_assigned(seat.row, seat.when, seat.judge, seat.city)
            before, since = (seat.judge, seat.city), seat.occurred


def _latest(
    proceeding: Proceeding, hearings: Sequence[Hearing], order: int, context: ConversionContext
) -> Sequence[_JudgeSeen]:
    judge = proceeding.row.judge
    own = [hearing for hearing in hearings if hearing.row.proceeding == proceeding.row.number and hearing.row.judge]
    row = b"p" + proceeding.row.number
    if not judge or (own and own[-1].row.judge == judge):
        return ()
    if not own:
        arrived = proceeding.arrived
        return (_JudgeSeen(arrived.occurred, order, row, arrived, judge, proceeding.city),)
    last = own[-1]
    if last.row.reason == _JUDGE_CHANGED and last.settled is not None:
        return (_JudgeSeen(last.settled.occurred, order, row, last.settled, judge, proceeding.city),)
    context.report.note("B_TblProceeding", CaseNote.UNDATED_JUDGE, int(proceeding.row.line))
    return ()
