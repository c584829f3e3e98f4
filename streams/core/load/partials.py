"""Load partials: what the cases of one partition add to each officer's load, exact as of one instant (CONTRACT.md §8).

A row is absolute, never a difference: it makes no error if a row is read twice, or is lost before a newer one comes. At
a period end a partition sends the rows that changed, and no partial when none did. A period therefore costs time for
the officers whose counts changed, not for all.

So a final partial builds on the final one before it, and `previous` says on which. A reader that has not read that one
has missed rows: it judges no period end until a whole partial comes. Case agents send a whole one when they take a
partition over, after every rebalance (so that a new reader of a partition soon has one), and at least every 6 hours.

A program from before partials had only changes refuses such a partial, because its `final` is no boolean: otherwise it
would take the officers that are not in it for gone. It also refuses a live partial that builds on a final one, because
it would judge by that partial's clock what it has not read. During a rolling upgrade the older workers therefore put
these partials into the dead letters, and their officers wait; the next owner continues from a whole one. This program
reads what older programs wrote.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from schemas.instants import BEFORE_ALL_TIME
from streams.core.load.cause_counts import NO_CAUSES, CountsByCause
from streams.core.state.fact_key import FactKey

__all__ = [
    "CHANGES",
    "LIVE_SINCE",
    "OfficerProgress",
    "Partial",
    "PartialRow",
    "sum_known",
    "sum_rows",
    "sum_what_judging_reads",
]

CHANGES: Final = 2
"""`final` of a partial that holds the rows which changed since the final one before."""

LIVE_SINCE: Final = 0
"""`final` of a live partial that builds on a final one."""


class PartialRow(Struct, array_like=True, gc=False, frozen=True):
    """The counts of the cases of one partition for one officer.

    Attributes:
        officer_id: The officer for whom they count.
        open_cases: Open cases at liberty.
        in_custody: Open cases in custody.
        by_level: Open cases at liberty: intensive, standard, low, annual.
        bookings_7d: Unsatisfied bookings due in [as_of, as_of + 7 d).
        bookings_30d: Those due in [as_of, as_of + 30 d), of cases at liberty only.
        hearings_7d, hearings_30d: Hearings still scheduled and due in these windows.
        overdue: Cases with a standing check_in_overdue.
        lost_track: Cases with any standing alert.
        by_cause: Cases with a standing alert of each cause, in contract order, as the program that counted knows them.
        assigned_30d, unassigned_30d: Cases that became, or ceased to be, the officer's in (as_of - 30 d, as_of].
        office: Office of the case whose assignment has the greatest since; None when no case counts.
        office_since: Key of that since.
        by_office: (office, its cases that count) where they lie in several; empty when all lie in `office`, and from
            an older program.
        deadlines_7d: Cases with a deadline in (as_of, as_of + 7 d] of a cause that holds; None from an older program,
            which did not count them.
    """

    officer_id: str
    open_cases: int = 0
    in_custody: int = 0
    by_level: tuple[int, int, int, int] = (0, 0, 0, 0)
    bookings_7d: int = 0
    bookings_30d: int = 0
    hearings_7d: int = 0
    hearings_30d: int = 0
    overdue: int = 0
    lost_track: int = 0
    by_cause: CountsByCause = NO_CAUSES
    assigned_30d: int = 0
    unassigned_30d: int = 0
    office: str | None = None
    office_since: FactKey | None = None
    by_office: tuple[tuple[str, int], ...] = ()
    deadlines_7d: int | None = None

    @property
    def deadlines_ahead(self) -> int | None:
        """`deadlines_7d`, and 0 where no case counts, whatever program wrote the row."""
        return self.deadlines_7d if self.open_cases or self.in_custody else 0

    @property
    def cases_by_office(self) -> tuple[tuple[str, int], ...]:
        """(office, how many of the cases lie in it), by office."""
        if self.by_office or self.office is None:
            return self.by_office
        return ((self.office, self.open_cases + self.in_custody),)

    @property
    def is_zero(self) -> bool:
        """Whether nothing counts for the officer."""
        return not (self.open_cases or self.in_custody or self.lost_track or self.assigned_30d or self.unassigned_30d)


class OfficerProgress(Struct, array_like=True, gc=False, frozen=True):
    """The progress of an officer partition. Every officer partition reads it, since judging begins at the first event.

    Attributes:
        partition: The officer partition.
        watermark: Its officer events recorded up to this instant (ms) are in.
        first: When the first event that it knows of became known (ms), of a case or of an officer; None before one did.
        judged: Up to this instant (ms) every period end is judged there; None where that is not settled.
    """

    partition: int
    watermark: int
    first: int | None
    judged: int | None

    def carried(self) -> "Partial":
        """As the message that carries it: a live partial without rows, older than all.

        A program that does not know of it takes it for that, and nothing follows.
        """
        return Partial(self.partition, BEFORE_ALL_TIME, False, [], officers=self)


class Partial(Struct, array_like=True, gc=False, frozen=True):
    """The rows of one partition as of one instant.

    Attributes:
        partition: The case partition they come from.
        as_of: The instant (ms) whose counts these are.
        final: At the end of a load period, when nothing recorded up to it can come any more: True when there is a row
            for every officer that is not all zero; CHANGES when there is one for every officer whose row is another
            than in `previous`, all-zero rows included. False for a live one, which holds the officers that changed.
        rows: One an officer.
        first: When the first event of the partition became known (ms): its recorded_at, or the clock when it came
            late. None before there is one, and from a program that did not say.
        previous: The instant (ms) of the final partial before this one; None when it needs none, or does not know.
        officers: In a message about an officer partition, how far that has come; nothing else of it counts.
    """

    partition: int
    as_of: int
    final: bool | int
    rows: list[PartialRow]
    first: int | None = None
    previous: int | None = None
    officers: OfficerProgress | None = None


def sum_rows(officer_id: str, rows: Sequence[PartialRow]) -> PartialRow:
    """One row for an officer out of those of several partitions; the office of the greatest since wins.

    Args:
        officer_id: The officer.
        rows: At least one.
    """
    if len(rows) == 1:
        return rows[0]
    office, since = _newest_office(rows)
    cases_by_office: dict[str, int] = {}
    for row in rows:
        for where, cases in row.cases_by_office:
            cases_by_office[where] = cases_by_office.get(where, 0) + cases
    return PartialRow(
        officer_id,
        sum([row.open_cases for row in rows]),
        sum([row.in_custody for row in rows]),
        tuple(map(sum, zip(*[row.by_level for row in rows], strict=True))),  # type: ignore[arg-type]  # four of them
        sum([row.bookings_7d for row in rows]),
        sum([row.bookings_30d for row in rows]),
        sum([row.hearings_7d for row in rows]),
        sum([row.hearings_30d for row in rows]),
        sum([row.overdue for row in rows]),
        sum([row.lost_track for row in rows]),
        tuple(map(sum, zip_longest(*[row.by_cause for row in rows], fillvalue=0))),
        sum([row.assigned_30d for row in rows]),
        sum([row.unassigned_30d for row in rows]),
        office,
        since,
        tuple(sorted(cases_by_office.items())) if len(cases_by_office) > 1 else (),
        sum_known([row.deadlines_ahead for row in rows]),
    )


def sum_known(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None when one of them is unknown."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def sum_what_judging_reads(officer_id: str, rows: Sequence[PartialRow]) -> PartialRow:
    """The same for the counts that officer alerts depend on; fast, for it runs for every officer and period end.

    Args:
        officer_id: The officer.
        rows: At least one.
    """
    if len(rows) == 1:
        return rows[0]
    open_cases = in_custody = intensive = standard = low = annual = bookings = hearings = assigned = 0
    for row in rows:
        levels = row.by_level
        open_cases += row.open_cases
        in_custody += row.in_custody
        intensive += levels[0]
        standard += levels[1]
        low += levels[2]
        annual += levels[3]
        bookings += row.bookings_30d
        hearings += row.hearings_30d
        assigned += row.assigned_30d
    office, since = _newest_office(rows)
    return PartialRow(
        officer_id,
        open_cases,
        in_custody,
        by_level=(intensive, standard, low, annual),
        bookings_30d=bookings,
        hearings_30d=hearings,
        assigned_30d=assigned,
        office=office,
        office_since=since,
    )


def _newest_office(rows: Sequence[PartialRow]) -> tuple[str | None, FactKey | None]:
    office, since = None, None
    for row in rows:
        if row.office is None or row.office_since is None:
            continue
        if office is None or since is None or (row.office_since, row.office) > (since, office):
            office, since = row.office, row.office_since
    return office, since
