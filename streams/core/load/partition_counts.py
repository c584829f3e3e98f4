"""The counts of one partition's cases for each officer and office, exact as cases change (CONTRACT.md §8).

It knows whose row may have become another since each of its readers asked, by an event or by time: what it costs grows
with them and with no other case.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `partition_counts.pxd` gives the types.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final

from schemas.instants import AFTER_ALL_TIME
from streams.core.load.calendar import CalendarRow, day_bounds
from streams.core.load.office_rows import OfficeRow, OfficeSum
from streams.core.load.officer_counts import FindArrivals, OfficerCounts
from streams.core.load.partials import PartialRow
from streams.core.load.restore_counts import NO_OFFICER, OfficerRestoreCounts
from streams.core.state.last_judged import LoadContribution

__all__ = ["PartitionCounts"]

_NEVER: Final = AFTER_ALL_TIME
_SHIFT: Final = 22  # a stretch is 2**22 ms, some seventy minutes


class PartitionCounts:
    """The officers and offices of one partition.

    Args:
        find_arrivals: Asked when the latest arrivals of an officer have all left again.
    """

    __slots__ = ("_changed", "_expiries", "_find_arrivals", "_officers", "_offices", "_order", "_stale", "_unsummed")

    def __init__(self, find_arrivals: FindArrivals) -> None:
        self._officers: dict[str, OfficerCounts] = {}
        self._find_arrivals = find_arrivals
        self._stale: list[OfficerCounts] = []
        self._changed: set[str] = set()
        self._unsummed: set[str] = set()
        self._expiries: dict[int, list[OfficerCounts]] = {}  # whose rows become others within a stretch of time
        self._order: list[int] = []  # the stretches, a heap
        self._offices: dict[str, OfficeSum] = {}

    def load(self, officers: Mapping[str, OfficerRestoreCounts]) -> None:
        """Load all cases at once. No case may be counted before."""
        for name, totals in officers.items():
            self._touch(name).load(totals)

    def change(
        self,
        case_id: str,
        before: LoadContribution | None,
        after: LoadContribution | None,
        deadline_before: int,
        deadline: int,
    ) -> None:
        """Replace what a case counts, and its earliest deadline (ms; 0 for none)."""
        if before is not None:
            self._touch(before.officer or NO_OFFICER).cell(before.office).count(case_id, before, deadline_before, -1)
        if after is not None:
            self._touch(after.officer or NO_OFFICER).cell(after.office).count(case_id, after, deadline, 1)

    def renew(
        self,
        before: LoadContribution,
        causes: int,
        bookings: list[int],
        hearings: list[int],
        deadline_before: int,
        deadline: int,
    ) -> None:
        """Replace causes, due dates and earliest deadline (ms; 0 for none) of a case; most events change only them."""
        if (
            deadline_before == deadline
            and before.causes == causes
            and before.bookings == bookings
            and before.hearings == hearings
        ):
            return
        cell = self._touch(before.officer or NO_OFFICER).cell(before.office)
        cell.renew(before, causes, bookings, hearings, deadline_before, deadline)

    def renew_dates(
        self,
        officer: str,
        office: str,
        at_liberty: bool,
        old_bookings: list[int],
        bookings: list[int],
        old_hearings: list[int],
        hearings: list[int],
        deadline_before: int,
        deadline: int,
    ) -> None:
        """Replace due dates and earliest deadline (ms; 0 for none) of a case that otherwise counts as before.

        Args:
            officer: Its officer of record, or `NO_OFFICER`.
            office: Its office.
            at_liberty: Whether custody is none.
            old_bookings: Due dates of its bookings until now (ms), ascending; empty where they stay.
            bookings: Those from now on.
            old_hearings: The same of its hearings.
            hearings: Those from now on.
            deadline_before: Its earliest deadline until now.
            deadline: That from now on.
        """
        cell = self._touch(officer).cell(office)
        cell.renew_dates(at_liberty, old_bookings, bookings, old_hearings, hearings, deadline_before, deadline)

    def move(self, at: int, before: str | None, after: str | None) -> None:
        """Note that a case changed officers, as known at an instant (ms)."""
        if before is not None:
            self._touch(before).move(at, arrives=False)
        if after is not None:
            self._touch(after).move(at, arrives=True)

    @property
    def next_change(self) -> int:
        """Until this instant (ms) the rows stay as at the last `final_rows`, if no case changes."""
        if self._stale:
            return -AFTER_ALL_TIME
        return self._order[0] << _SHIFT if self._order else AFTER_ALL_TIME

    def final_rows(self, as_of: int) -> list[PartialRow]:
        """The rows that are others than at the last call, all-zero rows included; at the first call, all that are not.

        Args:
            as_of: An instant (ms) not before the last one asked for.
        """
        self._expire(as_of)
        stale, self._stale = self._stale, []
        changed = []
        for officer in stale:
            officer.is_stale = False
            if officer.name == NO_OFFICER:
                continue
            row = self._row(officer, as_of)
            if not officer.is_zero:
                if row != officer.last_final_row:
                    officer.last_final_row = row
                    changed.append(row)
                continue
            if officer.last_final_row is not None:
                officer.last_final_row = None
                changed.append(row)
            if not officer.is_unsummed:
                self._forget(officer)
        return changed

    def all_final_rows(self) -> list[PartialRow]:
        """A row for every officer that is not all zero, as of the last `final_rows`."""
        return [officer.last_final_row for officer in self._officers.values() if officer.last_final_row is not None]

    def rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer that is not all zero, as of an instant (ms) not before the last one asked for."""
        self._expire(as_of)
        rows = []
        for officer in self._officers.values():
            row = self._row(officer, as_of) if officer.is_stale else officer.last_final_row
            if row is not None and not row.is_zero and officer.name != NO_OFFICER:
                rows.append(row)
        return rows

    def changed_rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer whose counts changed since the last call, all-zero rows included.

        Args:
            as_of: An instant (ms) not before the last one asked for; what time alone changed by then is among them.
        """
        self._expire(as_of)
        rows = []
        for name in sorted(self._changed):
            officer = self._officers.get(name)
            if name != NO_OFFICER:
                rows.append(PartialRow(name) if officer is None else self._row(officer, as_of))
            if officer is not None:
                officer.is_changed = False
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
            officer.is_unsummed = False
            self._row(officer, as_of)
            for office, cell in list(officer.cells.items()):
                counts = cell.to_sum(name)
                self._offices.setdefault(office, OfficeSum()).exchange(cell.summed, counts)
                cell.summed = counts
                if not cell.cases:
                    del officer.cells[office]
            if not officer.is_stale:
                self._forget(officer)
        rows = [self._offices[office].row(office) for office in sorted(self._offices)]
        return [row for row in rows if row is not None]

    def calendar_rows(self, as_of: int) -> list[CalendarRow]:
        """What lies ahead of every office that has cases, by name, day by day from an instant (ms) on.

        What it costs grows with officers, some microseconds each.
        """
        bounds = day_bounds(as_of)
        sums: dict[str, list[list[int]]] = {}
        for officer in self._officers.values():
            for office, cell in officer.cells.items():
                theirs = cell.ahead(bounds)
                known = sums.get(office)
                sums[office] = (
                    theirs
                    if known is None
                    else [
                        [held + new for held, new in zip(one, other, strict=True)]
                        for one, other in zip(known, theirs, strict=True)
                    ]
                )
        return [
            CalendarRow(office, *([after - before for before, after in pairwise(numbers)] for numbers in sums[office]))
            for office in sorted(sums)
        ]

    def _forget(self, officer: OfficerCounts) -> None:
        """Forget officers that have no case any more and whose row time alone cannot change."""
        if officer.is_zero and officer.row is not None and officer.row_until == _NEVER and not officer.cells:
            del self._officers[officer.name]

    def _expire(self, as_of: int) -> None:
        later: list[OfficerCounts] = []
        order = self._order
        while order and order[0] << _SHIFT <= as_of:
            stretch = heappop(order)
            for officer in self._expiries.pop(stretch):
                if officer.expiry_stretch != stretch:
                    continue  # an earlier one was scheduled since
                officer.expiry_stretch = _NEVER
                if officer.row is None:
                    continue  # it is stale already, and scheduled again when its row is made
                if officer.row_until > as_of:
                    later.append(officer)
                    continue
                self._mark(officer)
        for officer in later:
            self._schedule(officer)

    def _touch(self, name: str) -> OfficerCounts:
        officer = self._officers.get(name)
        if officer is None:
            officer = self._officers[name] = OfficerCounts(name)
        officer.row = None
        self._mark(officer)
        return officer

    def _mark(self, officer: OfficerCounts) -> None:
        if not officer.is_stale:
            officer.is_stale = True
            self._stale.append(officer)
        if not officer.is_changed:
            officer.is_changed = True
            self._changed.add(officer.name)
        if not officer.is_unsummed:
            officer.is_unsummed = True
            self._unsummed.add(officer.name)

    def _row(self, officer: OfficerCounts, c: int) -> PartialRow:
        if officer.row is None or not officer.row_from <= c < officer.row_until:
            if not officer.is_changed:
                officer.is_changed = True
                self._changed.add(officer.name)
            officer.make_row(c, self._find_arrivals)
            self._schedule(officer)
        assert officer.row is not None  # it was made
        return officer.row

    def _schedule(self, officer: OfficerCounts) -> None:
        stretch = officer.row_until >> _SHIFT
        if stretch >= officer.expiry_stretch or officer.row_until == _NEVER:
            return
        officer.expiry_stretch = stretch
        held = self._expiries.get(stretch)
        if held is None:
            held = self._expiries[stretch] = []
            heappush(self._order, stretch)
        held.append(officer)
