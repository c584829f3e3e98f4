"""The running counts of the cases of one officer, by office, and the row they make at an instant (CONTRACT.md §8).

Counts that time alone moves (what is due within a week, who was assigned within a month) are kept as instants, 8 bytes
each, asked by bisection; so a row is exact at any instant, and says until when it stays as it is.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `officer_counts.pxd` gives the types.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from schemas.alerts import Cause
from schemas.instants import AFTER_ALL_TIME
from streams.core.load.due_dates import DueDates
from streams.core.load.office_rows import counts_of
from streams.core.load.partials import PartialRow, sum_rows
from streams.core.load.restore_counts import NO_OFFICER, Arrival, OfficeRestoreCounts, OfficerRestoreCounts
from streams.core.policy.rules import CAUSE_INDEX, CAUSES
from streams.core.state.fact_key import FactKey
from streams.core.state.last_judged import LoadContribution
from streams.core.time.business_days import DAY_MS

__all__ = ["FindArrivals", "OfficeCounts", "OfficerCounts"]

_MONTH: Final = 30 * DAY_MS
_OVERDUE: Final = 1 << CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
_CAUSES: Final = len(CAUSES)

FindArrivals = Callable[[str], list[Arrival]]
"""Officer -> the arrivals of all cases that count for the officer."""

_ARRIVALS_KEPT: Final = 512
_LONG_AGO: Final = -AFTER_ALL_TIME
_NO_ROW: Final = PartialRow("")


class OfficeCounts:
    """The running counts of the cases of one officer in one office.

    Attributes:
        office: The office.
        cases: How many there are.
        row: What they were as of the last instant asked for.
        summed: What of them is in the office's sum.
    """

    __slots__ = (
        "arrivals",
        "by_cause",
        "by_level",
        "cases",
        "custody_bookings",
        "deadlines",
        "deadlines_7",
        "deadlines_until",
        "free_7",
        "free_30",
        "free_until",
        "hearings",
        "hearings_7",
        "hearings_30",
        "hearings_until",
        "held_7",
        "held_until",
        "in_custody",
        "in_transit",
        "latest",
        "liberty_bookings",
        "lost_track",
        "office",
        "overdue",
        "row",
        "summed",
    )

    def __init__(self, office: str) -> None:
        self.office = office
        self.by_level = [0, 0, 0, 0]
        self.in_custody = self.in_transit = self.overdue = self.lost_track = 0
        self.by_cause = [0] * _CAUSES
        self.liberty_bookings, self.custody_bookings, self.hearings = DueDates(), DueDates(), DueDates()
        self.deadlines = DueDates()  # the earliest of each case
        # what lies ahead, as the last row says it, and until when (ms) that holds
        self.free_7 = self.free_30 = self.held_7 = self.hearings_7 = self.hearings_30 = 0
        self.deadlines_7 = 0
        self.free_until = self.held_until = self.hearings_until = self.deadlines_until = AFTER_ALL_TIME
        self.cases = 0
        self.arrivals: list[Arrival] = []  # the latest of them, ascending; all of them while they are few
        self.latest: FactKey | None = None  # of the last of them; None where it is to be found again
        self.row = _NO_ROW
        self.summed: tuple[int, ...] | None = None

    def load(self, totals: OfficeRestoreCounts) -> None:
        """Load the totals of all the cases of an officer in an office; before anything else."""
        self.cases, self.in_transit = totals.cases, totals.in_transit
        for level, count in enumerate(totals.levels):
            self.by_level[level] = count
        self.in_custody = totals.cases - sum(totals.levels)
        for causes in totals.causes:
            self.count_causes(causes, 1)
        self.custody_bookings, self.liberty_bookings = DueDates.of(totals.held), DueDates.of(totals.free)
        self.hearings, self.deadlines = DueDates.of(totals.hearings), DueDates.of(totals.deadlines)
        self.free_until = self.held_until = self.hearings_until = self.deadlines_until = _LONG_AGO
        self.arrivals = totals.arrivals

    def count(self, case_id: str, counted: LoadContribution, deadline: int, sign: int) -> None:
        """Add a case with its earliest deadline (ms), 0 for none, (sign 1) or take it away (sign -1)."""
        if counted.at_liberty:
            self.by_level[counted.level] += sign
        else:
            self.in_custody += sign
        if counted.in_transit:
            self.in_transit += sign
        self.count_causes(counted.causes, sign)
        if sign > 0:
            self._exchange(counted.at_liberty, [], counted.bookings, [], counted.hearings)
            self._move_deadline(0, deadline)
        else:
            self._exchange(counted.at_liberty, counted.bookings, [], counted.hearings, [])
            self._move_deadline(deadline, 0)
        if counted.officer is not None and counted.since is not None:
            arrival = (counted.since, case_id, counted.office)
            if sign > 0:
                self._arrive(arrival)
            else:
                self._leave(arrival)
        self.cases += sign

    def renew(
        self,
        before: LoadContribution,
        causes: int,
        bookings: list[int],
        hearings: list[int],
        deadline_before: int,
        deadline: int,
    ) -> None:
        """Replace the causes, due dates and earliest deadline of a case that otherwise counts as before."""
        if before.causes != causes:
            self.count_causes(before.causes, -1)
            self.count_causes(causes, 1)
        self.renew_dates(
            before.at_liberty, before.bookings, bookings, before.hearings, hearings, deadline_before, deadline
        )

    def renew_dates(
        self,
        at_liberty: bool,
        old_bookings: list[int],
        bookings: list[int],
        old_hearings: list[int],
        hearings: list[int],
        deadline_before: int,
        deadline: int,
    ) -> None:
        """Replace due dates and earliest deadline of a case; see `PartitionCounts.renew_dates`."""
        self._exchange(at_liberty, old_bookings, bookings, old_hearings, hearings)
        self._move_deadline(deadline_before, deadline)

    def _move_deadline(self, before: int, after: int) -> None:
        if before != after:
            self.deadlines.move(before, after)
            self.deadlines_until = _LONG_AGO

    def _exchange(
        self,
        at_liberty: bool,
        old_bookings: list[int],
        bookings: list[int],
        old_hearings: list[int],
        hearings: list[int],
    ) -> None:
        if old_bookings != bookings:
            if at_liberty:
                self.liberty_bookings.exchange(old_bookings, bookings)
                self.free_until = _LONG_AGO
            else:
                self.custody_bookings.exchange(old_bookings, bookings)
                self.held_until = _LONG_AGO
        if old_hearings != hearings:
            self.hearings.exchange(old_hearings, hearings)
            self.hearings_until = _LONG_AGO

    def count_causes(self, causes: int, sign: int) -> None:
        """Add or take away the standing causes of one case."""
        if causes:
            self.lost_track += sign
            if causes & _OVERDUE:
                self.overdue += sign
            for place in range(_CAUSES):
                if causes >> place & 1:
                    self.by_cause[place] += sign

    def _arrive(self, arrival: Arrival) -> None:
        held = self.arrivals
        self.latest = None
        if len(held) == self.cases or (held and arrival > held[0]):
            if held and arrival < held[-1]:
                insort(held, arrival)
            else:
                held.append(arrival)  # most come in order, and a search touches memory that nothing else touches
            if len(held) > _ARRIVALS_KEPT:
                del held[0]

    def _leave(self, arrival: Arrival) -> None:
        held = self.arrivals
        self.latest = None
        if held and arrival >= held[0]:
            place = bisect_left(held, arrival)
            if place < len(held) and held[place] == arrival:
                del held[place]

    def make_row(self, name: str, c: int, assigned: int, unassigned: int, find_arrivals: FindArrivals) -> int:
        """Make the row as of an instant (ms); until when (ms) it stays as it is when nothing is counted."""
        if not self.cases:
            self.row = _NO_ROW
            return AFTER_ALL_TIME
        if c >= self.free_until:
            self.free_7, self.free_30, self.free_until = self.liberty_bookings.count_within(c)
        if c >= self.held_until:
            self.held_7, _, self.held_until = self.custody_bookings.count_within(c)
        if c >= self.hearings_until:
            self.hearings_7, self.hearings_30, self.hearings_until = self.hearings.count_within(c)
        if c >= self.deadlines_until:
            # in (c, c + 7 days], not in [c, c + 7 days)
            self.deadlines_7, self.deadlines_until = self.deadlines.within_week(c + 1)
            if self.deadlines_until != AFTER_ALL_TIME:
                self.deadlines_until -= 1
        if self.latest is None and name != NO_OFFICER:
            self.latest = self._latest_arrival(name, find_arrivals)
        levels = self.by_level
        self.row = PartialRow(
            name,
            levels[0] + levels[1] + levels[2] + levels[3],
            self.in_custody,
            (levels[0], levels[1], levels[2], levels[3]),
            self.free_7 + self.held_7,
            self.free_30,
            self.hearings_7,
            self.hearings_30,
            self.overdue,
            self.lost_track,
            tuple(self.by_cause),
            assigned,
            unassigned,
            self.office,
            self.latest,
            (),
            self.deadlines_7,
        )
        return min(self.free_until, self.held_until, self.hearings_until, self.deadlines_until)

    def ahead(self, bounds: list[int]) -> list[list[int]]:
        """Bookings, hearings and deadlines before each of these ascending instants (ms), from some instant on."""
        free, held = self.liberty_bookings.before_each(bounds), self.custody_bookings.before_each(bounds)
        bookings = [one + other for one, other in zip(free, held, strict=True)]
        ahead = [bounds[0] + 1, *bounds[1:]]  # a deadline at the clock has passed, as in make_row
        deadlines = self.deadlines.before_each(ahead)
        return [bookings, self.hearings.before_each(bounds), deadlines]

    def _latest_arrival(self, name: str, find_arrivals: FindArrivals) -> FactKey:
        if not self.arrivals:
            found = [arrival for arrival in find_arrivals(name) if arrival[2] == self.office]
            self.arrivals = sorted(found)[-_ARRIVALS_KEPT:]
        return self.arrivals[-1][0]

    def to_sum(self, name: str) -> tuple[int, ...]:
        """The counts that the last row of an officer adds to the office."""
        return counts_of(self.row, self.cases - self.in_transit if name == NO_OFFICER else 0, self.in_transit)


class OfficerCounts:
    """The running counts of one officer, by office; or of the cases that no officer has.

    Attributes:
        name: The officer.
        cells: The counts of each office.
        assigned, unassigned: When (ms) cases became, or ceased to be, the officer's in the last month, ascending.
        assigned_30d, unassigned_30d: How many these are, as of the last row.
        moves_until: Until when (ms) that holds.
        row: The row as of some instant; None when what it says was counted anew since.
        row_from, row_until: It holds from the one instant (ms) to the other.
        is_zero: Whether the last row was all zero.
        last_final_row: The row of the last final partial, where it was not all zero. `PartitionCounts` sets it and what
            follows.
        expiry_stretch: The earliest stretch among the expiries; one an officer is enough.
        is_stale, is_changed, is_unsummed: Whether its row may be another than that of the last final partial, of the
            last live one, and than what is summed for its offices.
    """

    __slots__ = (
        "assigned",
        "assigned_30d",
        "cells",
        "expiry_stretch",
        "is_changed",
        "is_stale",
        "is_unsummed",
        "is_zero",
        "last_final_row",
        "moves_until",
        "name",
        "row",
        "row_from",
        "row_until",
        "unassigned",
        "unassigned_30d",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells: dict[str, OfficeCounts] = {}
        self.assigned = array("q")
        self.unassigned = array("q")
        self.assigned_30d = self.unassigned_30d = 0
        self.moves_until = _LONG_AGO
        self.row: PartialRow | None = None
        self.row_from = self.row_until = 0
        self.is_zero = False
        self.last_final_row: PartialRow | None = None
        self.expiry_stretch = AFTER_ALL_TIME
        self.is_stale = self.is_changed = self.is_unsummed = False

    def load(self, totals: OfficerRestoreCounts) -> None:
        """Load the totals of all the cases of an officer; before anything else."""
        for office, cell in totals.cells.items():
            self.cell(office).load(cell)
        self.assigned, self.unassigned = array("q", sorted(totals.assigned)), array("q", sorted(totals.unassigned))

    def move(self, at: int, *, arrives: bool) -> None:
        """Note that a case became, or ceased to be, the officer's, as known at an instant (ms)."""
        moves = self.assigned if arrives else self.unassigned
        if moves and at < moves[-1]:
            insort(moves, at)
        else:
            moves.append(at)
        self.moves_until = _LONG_AGO

    def cell(self, office: str) -> OfficeCounts:
        """The counts of an office."""
        cell = self.cells.get(office)
        if cell is None:
            cell = self.cells[office] = OfficeCounts(office)
        return cell

    def make_row(self, c: int, find_arrivals: FindArrivals) -> None:
        """Make the row as of an instant (ms) not before the last one."""
        if c >= self.moves_until:
            self._expire_moves(c - _MONTH)
        name, cells, until = self.name, self.cells, self.moves_until
        assigned, unassigned = self.assigned_30d, self.unassigned_30d
        self.is_zero = not assigned and not unassigned
        if len(cells) == 1:  # nearly every officer has the cases of one office
            (cell,) = cells.values()
            until = min(until, cell.make_row(name, c, assigned, unassigned, find_arrivals))
            if cell.cases:
                self.row, self.is_zero = cell.row, False
            else:
                self.row = PartialRow(name, assigned_30d=assigned, unassigned_30d=unassigned)
        else:
            rows = []
            for cell in cells.values():
                until = min(until, cell.make_row(name, c, 0, 0, find_arrivals))
                if cell.cases:
                    rows.append(cell.row)
                    self.is_zero = False
            self.row = _row_of(name, rows, assigned, unassigned)
        self.row_from, self.row_until = c, until

    def _expire_moves(self, month_ago: int) -> None:
        until = AFTER_ALL_TIME
        for moves in (self.assigned, self.unassigned):
            if moves and moves[0] <= month_ago:
                del moves[: bisect_right(moves, month_ago)]
            if moves:
                until = min(until, moves[0] + _MONTH)
        self.assigned_30d, self.unassigned_30d, self.moves_until = len(self.assigned), len(self.unassigned), until


def _row_of(name: str, rows: list[PartialRow], assigned: int, unassigned: int) -> PartialRow:
    """The row of an officer out of those of the offices in which its cases lie."""
    if not rows:
        return PartialRow(name, assigned_30d=assigned, unassigned_30d=unassigned)
    row = sum_rows(name, rows)
    if not assigned and not unassigned:
        return row
    return replace(row, assigned_30d=assigned, unassigned_30d=unassigned)
