"""What the cases of one partition add up to for each officer and office, exact as cases change (CONTRACT.md §8).

Counts that time alone moves (what is due within a week, who was assigned within a month) are kept as instants, 8 bytes
each, asked by bisection; so a row is exact at any instant, and is made again only when it can have changed.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Final, Self

from msgspec.structs import replace

from schemas.alerts import Cause
from streams.core.business_days import DAY_MS
from streams.core.census import NO_OFFICER, Arrival, CellCensus, OfficerCensus
from streams.core.dues import NEVER, Dues
from streams.core.keys import Key
from streams.core.loads import PartialRow, sum_rows
from streams.core.office_rows import OfficeRow, OfficeSum, counts_of
from streams.core.rules import CAUSE_INDEX, CAUSES
from streams.core.state import LEVELS, Counted

__all__ = ["Tally"]

_MONTH: Final = 30 * DAY_MS
_OVERDUE: Final = 1 << CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
_PLACES: Final = range(len(CAUSES))

FindArrivals = Callable[[str], list[Arrival]]
"""Officer -> the arrivals of all cases that count for the officer."""

_ARRIVALS_KEPT: Final = 512
_NO_ROW: Final = PartialRow("")
_SHIFT: Final = 22  # a stretch is 2**22 ms, some seventy minutes


class _Cell:
    """The running counts of the cases of one officer in one office.

    Attributes:
        row: What they were as of the last instant asked for.
        summed: What of them is in the office's sum.
    """

    __slots__ = (
        "arrivals",
        "by_cause",
        "by_level",
        "cases",
        "custody_bookings",
        "hearings",
        "in_custody",
        "in_transit",
        "liberty_bookings",
        "lost_track",
        "overdue",
        "row",
        "summed",
    )

    def __init__(self) -> None:
        self.by_level = [0] * len(LEVELS)
        self.in_custody = self.in_transit = self.overdue = self.lost_track = 0
        self.by_cause = [0] * len(CAUSES)
        self.liberty_bookings, self.custody_bookings, self.hearings = Dues(), Dues(), Dues()
        self.cases = 0
        self.arrivals: list[Arrival] = []  # the latest of them, ascending; all of them while they are few
        self.row = _NO_ROW
        self.summed: tuple[int, ...] | None = None

    @classmethod
    def of(cls, census: CellCensus) -> Self:
        """What all the cases of an officer in an office add up to."""
        made = cls()
        made.cases, made.by_level, made.in_transit = census.cases, census.levels, census.in_transit
        made.in_custody = census.cases - sum(census.levels)
        for causes in census.causes:
            made.count_causes(causes, 1)
        made.custody_bookings, made.liberty_bookings = Dues.of(census.held), Dues.of(census.free)
        made.hearings = Dues.of(census.hearings)
        made.arrivals = census.arrivals
        return made

    def count(self, case_id: str, counted: Counted, sign: int) -> None:
        """Add a case (sign 1) or take it away (sign -1)."""
        if counted.at_liberty:
            self.by_level[counted.level] += sign
        else:
            self.in_custody += sign
        if counted.in_transit:
            self.in_transit += sign
        self.count_causes(counted.causes, sign)
        bookings = self.bookings(counted)
        if sign > 0:
            bookings.exchange([], counted.bookings)
            self.hearings.exchange([], counted.hearings)
        else:
            bookings.exchange(counted.bookings, [])
            self.hearings.exchange(counted.hearings, [])
        if counted.officer is not None and counted.since is not None:
            arrival = (counted.since, case_id, counted.office)
            if sign > 0:
                self._arrive(arrival)
            else:
                self._leave(arrival)
        self.cases += sign

    def bookings(self, counted: Counted) -> Dues:
        """Where the bookings of such a case are counted."""
        return self.liberty_bookings if counted.at_liberty else self.custody_bookings

    def _arrive(self, arrival: Arrival) -> None:
        held = self.arrivals
        if len(held) == self.cases or (held and arrival > held[0]):
            if held and arrival < held[-1]:
                insort(held, arrival)
            else:
                held.append(arrival)  # most come in order, and a search touches memory that nobody else does
            if len(held) > _ARRIVALS_KEPT:
                del held[0]

    def _leave(self, arrival: Arrival) -> None:
        held = self.arrivals
        if held and arrival >= held[0]:
            place = bisect_left(held, arrival)
            if place < len(held) and held[place] == arrival:
                del held[place]

    def count_causes(self, causes: int, sign: int) -> None:
        """Add or take away the standing causes of one case."""
        if causes:
            self.lost_track += sign
            if causes & _OVERDUE:
                self.overdue += sign
            for place in _PLACES:
                if causes >> place & 1:
                    self.by_cause[place] += sign


class _Officer:
    """The running counts of one officer, by office; or of the cases that no officer has."""

    __slots__ = ("armed", "assigned", "cells", "row", "row_from", "row_until", "unassigned")

    def __init__(self) -> None:
        self.cells: dict[str, _Cell] = {}
        self.assigned = array("q")
        self.unassigned = array("q")
        self.row: PartialRow | None = None
        self.row_from = self.row_until = 0
        self.armed = NEVER  # the earliest stretch among the expiries; one an officer is enough

    @classmethod
    def of(cls, census: OfficerCensus) -> Self:
        """What all the cases of an officer add up to."""
        made = cls()
        made.cells = {office: _Cell.of(cell) for office, cell in census.cells.items()}
        made.assigned, made.unassigned = array("q", sorted(census.assigned)), array("q", sorted(census.unassigned))
        return made

    def cell(self, office: str) -> _Cell:
        """The counts of an office."""
        cell = self.cells.get(office)
        if cell is None:
            cell = self.cells[office] = _Cell()
        return cell


class Tally:
    """The officers and offices of one partition.

    Args:
        find_arrivals: Asked when the latest arrivals of an officer have all left again.
    """

    def __init__(self, find_arrivals: FindArrivals) -> None:
        self._officers: dict[str, _Officer] = {}
        self._changed: set[str] = set()
        self._find_arrivals = find_arrivals
        self._rows: dict[str, PartialRow] = {}
        self._stale: set[str] = set()
        self._unsummed: set[str] = set()
        self._expiries: dict[int, list[str]] = {}  # whose rows become others within a stretch of time
        self._order: list[int] = []  # the stretches, a heap
        self._offices: dict[str, OfficeSum] = {}

    def load(self, officers: Mapping[str, OfficerCensus]) -> None:
        """Take all cases at once, into a tally that has none."""
        for name, census in officers.items():
            self._officers[name] = _Officer.of(census)
            self._touch(name)

    def change(self, case_id: str, before: Counted | None, after: Counted | None) -> None:
        """Replace what a case counts."""
        if before is not None:
            self._touch(before.officer or NO_OFFICER).cell(before.office).count(case_id, before, -1)
        if after is not None:
            self._touch(after.officer or NO_OFFICER).cell(after.office).count(case_id, after, 1)

    def renew(self, before: Counted, causes: int, bookings: list[int], hearings: list[int]) -> None:
        """Replace the causes and due dates of a case that otherwise counts as before; most events change only them."""
        if before.causes == causes and before.bookings == bookings and before.hearings == hearings:
            return
        cell = self._touch(before.officer or NO_OFFICER).cells[before.office]
        if before.causes != causes:
            cell.count_causes(before.causes, -1)
            cell.count_causes(causes, 1)
        if before.bookings != bookings:
            cell.bookings(before).exchange(before.bookings, bookings)
        if before.hearings != hearings:
            cell.hearings.exchange(before.hearings, hearings)

    def move(self, at: int, before: str | None, after: str | None) -> None:
        """Note that a case changed officers, as known at an instant (ms)."""
        if before is not None:
            _insert_late(self._touch(before).unassigned, at)
        if after is not None:
            _insert_late(self._touch(after).assigned, at)

    @property
    def next_change(self) -> int:
        """No earlier than this (ms) a row becomes another than it was at the last `final_rows`, if no case changes."""
        if self._stale:
            return -NEVER
        return self._order[0] << _SHIFT if self._order else NEVER

    def final_rows(self, as_of: int) -> list[PartialRow]:
        """The rows that are others than at the last call, all-zero rows included; at the first call, all that are not.

        Args:
            as_of: An instant (ms) not before the last one asked for.
        """
        self._expire(as_of)
        self._stale.discard(NO_OFFICER)
        changed, rows = [], self._rows
        for name in self._stale:
            officer = self._officers.get(name)
            row = PartialRow(name) if officer is None else self._row(name, officer, as_of)
            if not row.is_zero:
                if row != rows.get(name):
                    rows[name] = row
                    changed.append(row)
                continue
            if rows.pop(name, None) is not None:
                changed.append(PartialRow(name))
            if officer is not None and name not in self._unsummed:
                self._forget(name, officer)
        self._stale.clear()
        return changed

    def all_final_rows(self) -> list[PartialRow]:
        """A row for every officer that is not all zero, as of the last `final_rows`."""
        return list(self._rows.values())

    def rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer that is not all zero, as of an instant (ms) not before the last one asked for."""
        self._expire(as_of)
        rows = dict(self._rows)
        for name in self._stale - {NO_OFFICER}:
            officer = self._officers.get(name)
            rows[name] = PartialRow(name) if officer is None else self._row(name, officer, as_of)
        return [row for row in rows.values() if not row.is_zero]

    def changed_rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer whose counts changed since the last call, all-zero rows included.

        Args:
            as_of: An instant (ms) not before the last one asked for; what time alone changed by then is among them.
        """
        self._expire(as_of)
        self._changed.discard(NO_OFFICER)
        rows = []
        for name in sorted(self._changed):
            officer = self._officers.get(name)
            rows.append(PartialRow(name) if officer is None else self._row(name, officer, as_of))
        self._changed.clear()
        return rows

    def office_rows(self, as_of: int) -> list[OfficeRow]:
        """A row for every office that has cases, by name, as of an instant (ms) not before the last one asked for.

        What it costs grows with the officers whose counts changed since the last call, not with cases.
        """
        self._expire(as_of)
        unsummed, self._unsummed = self._unsummed, set()
        for name in unsummed:
            officer = self._officers.get(name)
            if officer is None:
                continue
            self._row(name, officer, as_of)
            for office, cell in list(officer.cells.items()):
                unassigned = cell.cases - cell.in_transit if name == NO_OFFICER else 0
                counts = counts_of(cell.row, unassigned, cell.in_transit)
                self._offices.setdefault(office, OfficeSum()).exchange(cell.summed, counts)
                cell.summed = counts
                if not cell.cases:
                    del officer.cells[office]
            self._forget(name, officer)
        rows = (self._offices[office].row(office) for office in sorted(self._offices))
        return [row for row in rows if row is not None]

    def _forget(self, name: str, officer: _Officer) -> None:
        """Forget who has no case any more, and of whom time alone changes nothing."""
        if officer.row_until == NEVER and not officer.cells and officer.row is not None and officer.row.is_zero:
            del self._officers[name]

    def _expire(self, as_of: int) -> None:
        later: list[tuple[str, _Officer]] = []
        while self._order and self._order[0] << _SHIFT <= as_of:
            stretch = heappop(self._order)
            for name in self._expiries.pop(stretch):
                officer = self._officers.get(name)
                if officer is None or officer.armed != stretch:
                    continue  # an earlier one was armed since
                officer.armed = NEVER
                if officer.row is None:
                    continue  # it is stale already, and its row armed anew when it is made
                if officer.row_until > as_of:
                    later.append((name, officer))
                    continue
                self._stale.add(name)
                self._changed.add(name)
                self._unsummed.add(name)
        for name, officer in later:
            self._arm(name, officer)

    def _touch(self, name: str) -> _Officer:
        self._changed.add(name)
        self._stale.add(name)
        self._unsummed.add(name)
        officer = self._officers.get(name)
        if officer is None:
            officer = self._officers[name] = _Officer()
        officer.row = None
        return officer

    def _row(self, name: str, officer: _Officer, c: int) -> PartialRow:
        if officer.row is not None and officer.row_from <= c < officer.row_until:
            return officer.row
        self._changed.add(name)
        until, month_ago = NEVER, c - _MONTH
        for changes in (officer.assigned, officer.unassigned):
            if changes and changes[0] <= month_ago:
                del changes[: bisect_right(changes, month_ago)]
            if changes and changes[0] + _MONTH < until:
                until = changes[0] + _MONTH
        cells, assigned, unassigned = officer.cells, len(officer.assigned), len(officer.unassigned)
        if len(cells) == 1:  # nearly everybody
            ((office, cell),) = cells.items()
            until = min(until, self._make_row(name, office, cell, c, assigned, unassigned))
            row = cell.row if cell.cases else _row_of(name, [], assigned, unassigned)
        else:
            rows = []
            for office, cell in cells.items():
                until = min(until, self._make_row(name, office, cell, c))
                if cell.cases:
                    rows.append(cell.row)
            row = _row_of(name, rows, assigned, unassigned)
        officer.row, officer.row_from, officer.row_until = row, c, until
        self._arm(name, officer)
        return row

    def _arm(self, name: str, officer: _Officer) -> None:
        stretch = officer.row_until >> _SHIFT
        if stretch >= officer.armed or officer.row_until == NEVER:
            return
        officer.armed = stretch
        held = self._expiries.get(stretch)
        if held is None:
            held = self._expiries[stretch] = []
            heappush(self._order, stretch)
        held.append(name)

    def _make_row(self, name: str, office: str, cell: _Cell, c: int, assigned: int = 0, unassigned: int = 0) -> int:
        """Make the row of a cell; until when (ms) it stays as it is when nothing is counted."""
        if not cell.cases:
            cell.row = _NO_ROW
            return NEVER
        free_7, free_30, until = cell.liberty_bookings.ahead(c)
        held_7, _, until_held = cell.custody_bookings.ahead(c)
        hearings_7, hearings_30, until_hearings = cell.hearings.ahead(c)
        by_level, by_cause = cell.by_level, cell.by_cause
        cell.row = PartialRow(
            name,
            sum(by_level),
            cell.in_custody,
            (by_level[0], by_level[1], by_level[2], by_level[3]),
            free_7 + held_7,
            free_30,
            hearings_7,
            hearings_30,
            cell.overdue,
            cell.lost_track,
            tuple(by_cause),  # type: ignore[arg-type]  # as long as CAUSES
            assigned,
            unassigned,
            office,
            None if name == NO_OFFICER else self._latest_arrival(name, office, cell),
        )
        return min(until, until_held, until_hearings)

    def _latest_arrival(self, name: str, office: str, cell: _Cell) -> Key:
        if not cell.arrivals:
            found = [arrival for arrival in self._find_arrivals(name) if arrival[2] == office]
            cell.arrivals = sorted(found)[-_ARRIVALS_KEPT:]
        return cell.arrivals[-1][0]


def _row_of(name: str, rows: list[PartialRow], assigned: int, unassigned: int) -> PartialRow:
    """The row of an officer out of those of the offices in which its cases lie."""
    if not rows:
        return PartialRow(name, assigned_30d=assigned, unassigned_30d=unassigned)
    row = sum_rows(name, rows)
    if not assigned and not unassigned:
        return row
    return replace(row, assigned_30d=assigned, unassigned_30d=unassigned)


def _insert_late(instants: "array[int]", at: int) -> None:
    """Keep them ascending; nearly always it is the latest of them."""
    if instants and at < instants[-1]:
        insort(instants, at)
    else:
        instants.append(at)
