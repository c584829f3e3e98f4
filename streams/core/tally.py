"""What the cases of one partition add up to for each officer, kept exact as cases change (contract §8).

Counts that time alone moves (what is due within a week, who was assigned within a month) are kept as instants, 8 bytes
each, asked by bisection; so a row is exact at any instant, and is made again only when it can have changed.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Final, Self

from schemas.alerts import Cause
from streams.core.business_days import DAY_MS
from streams.core.census import Arrival, OfficerCensus
from streams.core.dues import NEVER, Dues
from streams.core.keys import Key
from streams.core.loads import PartialRow
from streams.core.rules import CAUSE_INDEX, CAUSES
from streams.core.state import LEVELS, Counted

__all__ = ["Tally"]

_MONTH: Final = 30 * DAY_MS
_OVERDUE: Final = 1 << CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
_PLACES: Final = range(len(CAUSES))

FindArrivals = Callable[[str], list[Arrival]]
"""Officer -> the arrivals of all cases that count for the officer."""

_ARRIVALS_KEPT: Final = 512


class _Officer:
    """The running counts of one officer."""

    __slots__ = (
        "arrivals",
        "assigned",
        "by_cause",
        "by_level",
        "cases",
        "custody_bookings",
        "hearings",
        "in_custody",
        "liberty_bookings",
        "lost_track",
        "overdue",
        "row",
        "row_from",
        "row_until",
        "unassigned",
    )

    def __init__(self) -> None:
        self.by_level = [0] * len(LEVELS)
        self.in_custody = self.overdue = self.lost_track = 0
        self.by_cause = [0] * len(CAUSES)
        self.liberty_bookings, self.custody_bookings, self.hearings = Dues(), Dues(), Dues()
        self.assigned = array("q")
        self.unassigned = array("q")
        self.cases = 0
        self.arrivals: list[Arrival] = []  # the latest of them, ascending; all of them while they are few
        self.row: PartialRow | None = None
        self.row_from = self.row_until = 0

    @classmethod
    def of(cls, census: OfficerCensus) -> Self:
        """What all the cases of an officer add up to."""
        made = cls()
        made.cases, made.by_level = census.cases, census.levels
        made.in_custody = census.cases - sum(census.levels)
        for causes in census.causes:
            made.count_causes(causes, 1)
        made.custody_bookings, made.liberty_bookings = Dues.of(census.held), Dues.of(census.free)
        made.hearings = Dues.of(census.hearings)
        made.assigned, made.unassigned = array("q", sorted(census.assigned)), array("q", sorted(census.unassigned))
        made.arrivals = census.arrivals
        return made

    def count(self, case_id: str, counted: Counted, sign: int) -> None:
        """Add a case (sign 1) or take it away (sign -1)."""
        if counted.at_liberty:
            self.by_level[counted.level] += sign
        else:
            self.in_custody += sign
        self.count_causes(counted.causes, sign)
        bookings = self.bookings(counted)
        arrival = (counted.since, case_id, counted.office)
        if sign > 0:
            bookings.exchange([], counted.bookings)
            self.hearings.exchange([], counted.hearings)
            self._arrive(arrival)
        else:
            bookings.exchange(counted.bookings, [])
            self.hearings.exchange(counted.hearings, [])
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


class Tally:
    """The officers of one partition.

    Args:
        find_arrivals: Asked when the latest arrivals of an officer have all left again.
    """

    def __init__(self, find_arrivals: FindArrivals) -> None:
        self._officers: dict[str, _Officer] = {}
        self._changed: set[str] = set()
        self._find_arrivals = find_arrivals
        self._rows: dict[str, PartialRow] = {}
        self._stale: set[str] = set()
        self._expiries: list[tuple[int, str]] = []

    def load(self, officers: Mapping[str, OfficerCensus]) -> None:
        """Take all cases at once, into a tally that has none."""
        for name, census in officers.items():
            self._officers[name] = _Officer.of(census)
            self._touch(name)

    def change(self, case_id: str, before: Counted | None, after: Counted | None) -> None:
        """Replace what a case counts."""
        if before is not None:
            self._touch(before.officer).count(case_id, before, -1)
        if after is not None:
            self._touch(after.officer).count(case_id, after, 1)

    def renew(self, before: Counted, causes: int, bookings: list[int], hearings: list[int]) -> None:
        """Replace the causes and due dates of a case that otherwise counts as before; most events change only them."""
        if before.causes == causes and before.bookings == bookings and before.hearings == hearings:
            return
        officer = self._touch(before.officer)
        if before.causes != causes:
            officer.count_causes(before.causes, -1)
            officer.count_causes(causes, 1)
        if before.bookings != bookings:
            officer.bookings(before).exchange(before.bookings, bookings)
        if before.hearings != hearings:
            officer.hearings.exchange(before.hearings, hearings)

    def move(self, at: int, before: str | None, after: str | None) -> None:
        """Note that a case changed officers, as known at an instant (ms)."""
        if before is not None:
            _insert_late(self._touch(before).unassigned, at)
        if after is not None:
            _insert_late(self._touch(after).assigned, at)

    def rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer that is not all zero, as of an instant (ms) not before the last one asked for.

        Only rows that can have changed since the last call are made anew; the others are the same objects.
        """
        self._expire(as_of)
        for name in self._stale:
            officer = self._officers.get(name)
            if officer is None:
                continue
            row = self._row(name, officer, as_of)
            if not _is_zero(row):
                self._rows[name] = row
                continue
            self._rows.pop(name, None)
            if officer.row_until == NEVER:
                del self._officers[name]
        self._stale.clear()
        return list(self._rows.values())

    def changed_rows(self, as_of: int) -> list[PartialRow]:
        """A row for every officer whose counts changed since the last call, all-zero rows included.

        Args:
            as_of: An instant (ms) not before the last one asked for; what time alone changed by then is among them.
        """
        self._expire(as_of)
        rows = []
        for name in sorted(self._changed):
            officer = self._officers.get(name)
            rows.append(PartialRow(name) if officer is None else self._row(name, officer, as_of))
        self._changed.clear()
        return rows

    def _expire(self, as_of: int) -> None:
        while self._expiries and self._expiries[0][0] <= as_of:
            name = heappop(self._expiries)[1]
            officer = self._officers.get(name)
            if officer is not None and officer.row_until <= as_of:  # else its row was made again since
                self._stale.add(name)
                self._changed.add(name)

    def _touch(self, name: str) -> _Officer:
        self._changed.add(name)
        self._stale.add(name)
        officer = self._officers.get(name)
        if officer is None:
            officer = self._officers[name] = _Officer()
        officer.row = None
        return officer

    def _row(self, name: str, officer: _Officer, c: int) -> PartialRow:
        if officer.row is not None and officer.row_from <= c < officer.row_until:
            return officer.row
        self._changed.add(name)
        free_7, free_30, until = officer.liberty_bookings.ahead(c)
        held_7, _, until_held = officer.custody_bookings.ahead(c)
        hearings_7, hearings_30, until_hearings = officer.hearings.ahead(c)
        until = min(until, until_held, until_hearings)
        for changes in (officer.assigned, officer.unassigned):
            gone = bisect_right(changes, c - _MONTH)
            if gone:
                del changes[:gone]
            if changes:
                until = min(until, changes[0] + _MONTH)
        since, office = self._latest_arrival(name, officer)
        by_level, by_cause = officer.by_level, officer.by_cause
        row = PartialRow(
            name,
            sum(by_level),
            officer.in_custody,
            (by_level[0], by_level[1], by_level[2], by_level[3]),
            free_7 + held_7,
            free_30,
            hearings_7,
            hearings_30,
            officer.overdue,
            officer.lost_track,
            tuple(by_cause),  # type: ignore[arg-type]  # as long as CAUSES
            len(officer.assigned),
            len(officer.unassigned),
            office,
            since,
        )
        officer.row, officer.row_from, officer.row_until = row, c, until
        if until != NEVER:
            heappush(self._expiries, (until, name))
        return row

    def _latest_arrival(self, name: str, officer: _Officer) -> tuple[Key | None, str | None]:
        if not officer.cases:
            return None, None
        if not officer.arrivals:
            officer.arrivals = sorted(self._find_arrivals(name))[-_ARRIVALS_KEPT:]
        since, _, office = officer.arrivals[-1]
        return since, office


def _insert_late(instants: "array[int]", at: int) -> None:
    """Keep them ascending; nearly always it is the latest of them."""
    if instants and at < instants[-1]:
        insort(instants, at)
    else:
        instants.append(at)


def _is_zero(row: PartialRow) -> bool:
    return not (row.open_cases or row.in_custody or row.lost_track or row.assigned_30d or row.unassigned_30d)
