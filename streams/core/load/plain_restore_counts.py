"""The totals of the cases of a partition, counted at once: a restore of millions of cases waits for this.

Dates are not sorted here: the receiver sorts them once, not once a case.
"""

from array import array
from bisect import insort
from typing import Final

from streams.core.state.case_state import IN_TRANSIT, LEVELS, ON_DOCKET, CaseHead, Custody
from streams.core.state.fact_key import FactKey
from streams.core.state.packed_state import head_of, place_of

__all__ = ["ARRIVALS_KEPT", "NO_OFFICER", "Arrival", "OfficeRestoreCounts", "OfficerRestoreCounts", "RestoreCounts"]

Arrival = tuple[FactKey, str, str]
"""(key of the fact with which an assignment began, case_id, office)"""

ARRIVALS_KEPT: Final = 64
"""How many of the latest arrivals of an officer are kept. When all of these have left, all cases are searched."""

NO_OFFICER: Final = ""
"""In place of an officer, for cases without one. No id is empty."""

_NONE: Final = int(Custody.NONE)


class OfficeRestoreCounts:
    """The totals of one officer's cases in one office.

    Attributes:
        cases: How many there are.
        levels: How many of them are at liberty, by level.
        in_transit: How many of them left an office and did not arrive at the other.
        causes: Bit sets of the causes of standing alerts, one a case that has any.
        held, free: Due dates (ms) of unsatisfied bookings, of cases in custody and of those at liberty.
        hearings: Due dates (ms) of hearings still scheduled.
        deadlines: The earliest deadline (ms) of each case, but for those in `RestoreCounts.escalating`.
        arrivals: The latest, ascending; none of cases that no officer has.
    """

    __slots__ = ("arrivals", "cases", "causes", "deadlines", "free", "hearings", "held", "in_transit", "levels")

    def __init__(self) -> None:
        self.cases = self.in_transit = 0
        self.levels = [0] * len(LEVELS)
        self.causes: list[int] = []
        self.held, self.free, self.hearings, self.deadlines = array("q"), array("q"), array("q"), array("q")
        self.arrivals: list[Arrival] = []

    def count(self, case_id: str, since: FactKey | None, case: CaseHead, place: int) -> None:
        """Add a case whose assignment began with the fact of that key, if any."""
        self.cases += 1
        self.in_transit += place == IN_TRANSIT
        if case.custody.value == _NONE:
            self.levels[case.level] += 1
            self.free.extend(case.bookings_due)
        else:
            self.held.extend(case.bookings_due)
        if case.standing:
            self.causes.append(case.causes)
        self.hearings.extend(case.hearings_due)
        if case.next_timer and not case.escalates:
            self.deadlines.append(case.next_timer)
        if since is None:
            return
        arrivals, arrival = self.arrivals, (since, case_id, case.office or "")
        if len(arrivals) < ARRIVALS_KEPT or arrival > arrivals[0]:
            insort(arrivals, arrival)
            if len(arrivals) > ARRIVALS_KEPT:
                del arrivals[0]


class OfficerRestoreCounts:
    """The totals of one officer's cases.

    Attributes:
        cells: By the office in which they lie.
        assigned, unassigned: When (ms) cases became the officer's and ceased to be.
    """

    __slots__ = ("assigned", "cells", "unassigned")

    def __init__(self) -> None:
        self.cells: dict[str, OfficeRestoreCounts] = {}
        self.assigned, self.unassigned = array("q"), array("q")

    def cell(self, office: str) -> OfficeRestoreCounts:
        """The totals of the officer's cases in an office."""
        found = self.cells.get(office)
        if found is None:
            found = self.cells[office] = OfficeRestoreCounts()
        return found


class RestoreCounts:
    """The totals of all cases.

    Args:
        cases: Packed states by case id.

    Attributes:
        timers: When each must be judged though nothing happens (ms), 0 for never; in the order of the cases.
        largest: Bytes of the largest state.
        unregistered: For how many no case_opened was applied.
        standing: Those with alerts that stood when they were last judged.
        escalating: Those of them that may be waiting for an alert to become critical, and for no deadline.
        unplaced: Those that an older program packed, which did not say where they stand in their office's docket.
        officers: By officer; also those who only had cases, in the last 30 days; NO_OFFICER for cases that none has.

    Raises:
        msgspec.MsgspecError: A state is none, as far as it is looked at: in C, no further than what is counted.
        ValueError: It is one, packed in another way than this program packs it (in C only).
    """

    def __init__(self, cases: dict[str, bytes]) -> None:
        self.timers = array("q")
        self.largest = max(map(len, cases.values()), default=0)
        self.unregistered = 0
        self.standing: list[str] = []
        self.escalating: list[str] = []
        self.unplaced: list[str] = []
        self.officers: dict[str, OfficerRestoreCounts] = {}
        for case_id, packed in cases.items():
            self._add_case(case_id, head_of(packed), place_of(packed))

    def _add_case(self, case_id: str, case: CaseHead, place: int) -> None:
        self.timers.append(case.next_timer)
        if not place:
            self.unplaced.append(case_id)
        if not case.opened:
            self.unregistered += 1
        if case.standing:
            self.standing.append(case_id)
        if case.escalates:
            self.escalating.append(case_id)
        officer, since = case.assignment.value, case.assignment.since
        if case.counts and officer is not None and since is not None:
            self._officer(officer).cell(case.office or "").count(case_id, since, case, place)
        elif place >= ON_DOCKET:
            self._officer(NO_OFFICER).cell(case.office or "").count(case_id, None, case, place)
        for at, before, after in case.moves:
            if before is not None:
                self._officer(before).unassigned.append(at)
            if after is not None:
                self._officer(after).assigned.append(at)

    def _officer(self, name: str) -> OfficerRestoreCounts:
        found = self.officers.get(name)
        if found is None:
            found = self.officers[name] = OfficerRestoreCounts()
        return found
