"""The life of a case: opened, moved from court to court, decided, ordered in absence, reopened.

A case has one proceeding or several. One that leaves (change of venue, transfer) goes on in the next; one that is
decided closes the case when no other is pending; one that comes after a decision has reopened the case.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from streams.sources.eoir.codes import REOPENING_MOTIONS
from streams.sources.eoir.event_writer import CaseEventWriter
from streams.sources.eoir.hearings import Hearing
from streams.sources.eoir.proceedings import Ending, Proceeding
from streams.sources.eoir.rows import MotionRow
from streams.sources.eoir.tools import CaseNote, ConversionContext
from streams.sources.eoir.when import EventTimes, dated

__all__ = ["LifecycleEvents"]

_GRANTED = b"G"
_UNKNOWN_COURT = b"UNKNOWN"


class _OrderWithinDay(IntEnum):
    """The order of facts within one day."""

    LEAVE = 0
    END = 1
    MOTION = 2
    BEGIN = 3
    END_AT_ONCE = 4


class _Step(NamedTuple):
    at: int
    turn: _OrderWithinDay
    place: int
    when: EventTimes


class LifecycleEvents:
    """Derives the events of one case.

    Args:
        proceedings: In the order they began; at least one.
        motions: Those of the case.
        missed: The hearing at which each proceeding (by number) was decided in absence, where there is one.
        scribe: Of the case.
        context: Shared.
    """

    def __init__(
        self,
        proceedings: Sequence[Proceeding],
        motions: Sequence[MotionRow],
        missed: Mapping[bytes, Hearing],
        scribe: CaseEventWriter,
        context: ConversionContext,
    ) -> None:
        self.arrivals: list[int] = []
        self._proceedings, self._motions, self._missed = proceedings, motions, missed
        self._scribe, self._tools = scribe, context
        self._pending = {0}
        self._is_closed = False
        self._orders: list[bytes] = []  # hearings decided in absence, the orders standing
        self._city = b""

    def write_events(self) -> None:
        """Write it all down; `arrivals` then holds the instants at which a court received the case."""
        self._open()
        for step in sorted(self._steps()):
            if step.turn is _OrderWithinDay.LEAVE:
                self._leave(step.place)
            elif step.turn is _OrderWithinDay.MOTION:
                self._bring_back(b"m" + self._motions[step.place].number, step.when)
            elif step.turn is _OrderWithinDay.BEGIN:
                self._begin(step.place)
            else:
                self._end(step.place)

    def _open(self) -> None:
        first = self._proceedings[0]
        came = first.row.arrived and self._tools.lookups.is_city(first.row.previous_city)
        self._city = first.row.previous_city if came else first.city
        charged = dated(first.local, first.row.charged)
        # the charging document comes first; the court learns of the case when it is entered
        occurred = first.begun.occurred if charged is None else min(charged.occurred, first.begun.occurred)
        self._scribe.case_opened(b"p" + first.row.number, EventTimes(occurred, first.begun.recorded), self._city)
        self._arrive(first)

    def _steps(self) -> list[_Step]:
        steps = []
        for index, proceeding in enumerate(self._proceedings):
            if index:
                steps.append(_Step(proceeding.begun.occurred, _OrderWithinDay.BEGIN, index, proceeding.begun))
            ended = proceeding.ended
            if ended is None:
                continue
            if proceeding.ending is Ending.LEFT:
                steps.append(_Step(ended.occurred, _OrderWithinDay.LEAVE, index, ended))
            elif ended.occurred <= proceeding.begun.occurred:
                steps.append(_Step(proceeding.begun.occurred, _OrderWithinDay.END_AT_ONCE, index, ended))
            else:
                steps.append(_Step(ended.occurred, _OrderWithinDay.END, index, ended))
        local = self._proceedings[-1].local
        for index, motion in enumerate(self._motions):
            when = dated(local, motion.completed)
            if when is not None and motion.decision == _GRANTED and _may_reopen(motion):
                steps.append(_Step(when.occurred, _OrderWithinDay.MOTION, index, when))
        return steps

    def _begin(self, index: int) -> None:
        proceeding = self._proceedings[index]
        self._pending.add(index)
        self._bring_back(b"p" + proceeding.row.number, proceeding.begun)
        self._arrive(proceeding)

    def _arrive(self, proceeding: Proceeding) -> None:
        if proceeding.city != self._city:
            self._scribe.transferred_in(b"p" + proceeding.row.number, proceeding.arrived, proceeding.city)
            self.arrivals.append(proceeding.arrived.occurred)
            self._city = proceeding.city

    def _leave(self, index: int) -> None:
        proceeding = self._proceedings[index]
        self._pending.discard(index)
        ended = proceeding.ended
        following = self._proceedings[index + 1] if index + 1 < len(self._proceedings) else None
        if ended is None or (following is not None and following.city == proceeding.city):
            return  # another room of the same court
        if following is not None:
            # entered at the new court before the old one had completed it: it had left by then
            ended = EventTimes(min(ended.occurred, following.arrived.occurred), ended.recorded)
            to_city = following.city
        else:
            to_city = proceeding.row.transfer_to
            if not self._tools.lookups.is_city(to_city):
                self._tools.report.note("B_TblProceeding", CaseNote.UNKNOWN_COURT, int(proceeding.row.line))
                to_city = _UNKNOWN_COURT
            if to_city == proceeding.city:
                return
        self._scribe.transferred_out(b"p" + proceeding.row.number, ended, proceeding.city, to_city)

    def _end(self, index: int) -> None:
        proceeding = self._proceedings[index]
        self._pending.discard(index)
        row, ended = b"p" + proceeding.row.number, proceeding.ended
        if ended is None:
            return
        if proceeding.in_absentia:
            self._order(proceeding, row, ended)
            if proceeding.reason == "removed" and not self._tools.closes_in_absentia:
                return  # reversible, and the person is still to be found
        if self._pending:
            self._tools.report.note("B_TblProceeding", CaseNote.STILL_PENDING, int(proceeding.row.line))
        elif not self._is_closed:
            self._scribe.case_closed(row, ended, proceeding.reason)
            self._is_closed = True

    def _order(self, proceeding: Proceeding, row: bytes, ended: EventTimes) -> None:
        hearing = self._missed.get(proceeding.row.number)
        if hearing is None:
            self._tools.report.note("B_TblProceeding", CaseNote.MISSED_UNSCHEDULED, int(proceeding.row.line))
        number = row if hearing is None else hearing.row.number
        self._scribe.hearing_missed(row, ended, number)
        self._orders.append(number)

    def _bring_back(self, row: bytes, when: EventTimes) -> None:
        """A motion was granted, or a proceeding began: what was decided before does not stand."""
        for number in self._orders:
            self._scribe.order_rescinded(row, when, number)
        self._orders.clear()
        if self._is_closed:
            self._scribe.case_reopened(row, when)
            self._is_closed = False


def _may_reopen(motion: MotionRow) -> bool:
    # a release without REC_TYPE does not say what was asked for; granted after the end, it can only be this
    return not motion.motion or motion.motion in REOPENING_MOTIONS
