"""The sums that cases and officers of one partition add to the records of their offices (CONTRACT.md §8).

A case counts for the office that its register names, with or without an officer. What depends on officers, who lie
in other partitions than their cases, is counted where they are: rows of both kinds travel apart and meet in
`streams.core.load.office_record`.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.loads import Load
from streams.core.load.calendar import CalendarRow
from streams.core.load.cause_counts import NO_CAUSES, CountsByCause, known_causes
from streams.core.load.partials import PartialRow, sum_known
from streams.core.policy.exact import exact

__all__ = [
    "ABSENT",
    "CALENDAR_KEY",
    "MOST_OFFICES",
    "OTHER_OFFICES",
    "CalendarPartial",
    "CalendarRow",
    "OfficePartial",
    "OfficeRow",
    "OfficeSum",
    "StaffRow",
    "bounded",
    "counts_of",
    "staff_rows",
    "sum_office_rows",
]

CALENDAR_KEY: Final = b"calendar:"
"""Begins the key of a message of what lies ahead; the number of the case partition follows."""

OTHER_OFFICES: Final = "(other)"
"""The row of the offices beyond those that get one of their own; no id can be this."""

ABSENT: Final = frozenset({"leave", "departed"})
"""Statuses of an officer who is not at work, and so has no capacity."""

_FIRST_CAUSE: Final = 11
_PAST_CAUSES: Final = _FIRST_CAUSE + len(NO_CAUSES)
_COUNTS: Final = _PAST_CAUSES + 3
MOST_OFFICES: Final = 1_000
"""Most offices of a partition with a row of their own: the rows must fit a message of the broker."""


class OfficeRow(Struct, array_like=True, gc=False, frozen=True):
    """The counts of the open cases of one office in one partition, with or without an officer.

    Attributes:
        office: The office that their register names.
        open_cases: Open cases at liberty.
        in_custody: Open cases in custody.
        by_level: Open cases at liberty: intensive, standard, low, annual.
        bookings_7d: Unsatisfied bookings due in [as_of, as_of + 7 d).
        bookings_30d: Those due in [as_of, as_of + 30 d), of cases at liberty only.
        hearings_7d, hearings_30d: Hearings still scheduled and due in these windows.
        lost_track: Cases with any standing alert.
        by_cause: Cases with a standing alert of each cause, in contract order, as the program that counted knows them.
        unassigned: Cases without an officer of record that are not in transit.
        in_transit: Cases that left an office and did not arrive at the other, also those that still have an officer.
        deadlines_7d: Cases with a deadline in (as_of, as_of + 7 d] of a cause that holds; None from an older program.
    """

    office: str
    open_cases: int = 0
    in_custody: int = 0
    by_level: tuple[int, int, int, int] = (0, 0, 0, 0)
    bookings_7d: int = 0
    bookings_30d: int = 0
    hearings_7d: int = 0
    hearings_30d: int = 0
    lost_track: int = 0
    by_cause: CountsByCause = NO_CAUSES
    unassigned: int = 0
    in_transit: int = 0
    deadlines_7d: int | None = None


class StaffRow(Struct, array_like=True, gc=False, frozen=True):
    """The sums that the officers of one partition add to an office.

    Attributes:
        office: The office.
        officers_at_work: Officers of this office whose status is active or unknown.
        capacity_minutes_month: What they have for cases, exact.
        officers_absent: Officers of this office on leave or departed who still have cases.
        with_absent: Open cases that lie in this office and whose officer of record is on leave or departed.
    """

    office: str
    officers_at_work: int = 0
    capacity_minutes_month: Decimal = Decimal(0)
    officers_absent: int = 0
    with_absent: int = 0


class OfficePartial(Struct, array_like=True, gc=False, frozen=True):
    """The absolute sums of one partition for all offices as of one instant; the newest replaces the one before.

    Attributes:
        partition: Its number.
        as_of: The instant (ms) of the counts.
        cases: Of a case partition, a row an office.
        staff: Of an officer partition, a row an office.
    """

    partition: int
    as_of: int
    cases: list[OfficeRow] = []
    staff: list[StaffRow] = []


class CalendarPartial(OfficePartial, array_like=True, gc=False, frozen=True):
    """What lies ahead of a case partition, in a message of its own: to a console of the release before, no rows.

    Attributes:
        calendar: A row an office.
    """

    calendar: list[CalendarRow] = []


class OfficeSum:
    """The running sum of an office's cases over the officers of a partition, and over those that have none."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Sequence[int] = [0] * _COUNTS

    def exchange(self, before: Sequence[int] | None, after: Sequence[int]) -> None:
        """Replace what one officer's cases count; both as `counts_of` gives them."""
        if before is None:
            self._counts = [held + new for held, new in zip(self._counts, after, strict=True)]
        else:
            self._counts = [held - old + new for held, old, new in zip(self._counts, before, after, strict=True)]

    def row(self, office: str) -> OfficeRow | None:
        """The row of the office; None when it has no case."""
        counts = self._counts
        return _row_of(office, counts, counts[22]) if counts[0] or counts[1] else None


def counts_of(row: PartialRow, unassigned: int, in_transit: int) -> tuple[int, ...]:
    """The counts that a row of one officer in one office adds to the office."""
    return (
        row.open_cases,
        row.in_custody,
        *row.by_level,
        row.bookings_7d,
        row.bookings_30d,
        row.hearings_7d,
        row.hearings_30d,
        row.lost_track,
        *row.by_cause,
        unassigned,
        in_transit,
        row.deadlines_ahead or 0,  # counted in this program, and so known
    )


def sum_office_rows(office: str, rows: Iterable[OfficeRow]) -> OfficeRow:
    """One row out of several: of the partitions of one office, or of all offices."""
    counts = [0] * _COUNTS
    deadlines: list[int | None] = []
    for row in rows:
        counts = [held + new for held, new in zip(counts, _counts(row), strict=True)]
        deadlines.append(row.deadlines_7d if row.open_cases or row.in_custody else 0)
    return _row_of(office, counts, sum_known(deadlines))


def bounded(rows: Sequence[OfficeRow], most: int = MOST_OFFICES) -> list[OfficeRow]:
    """At most `most` rows, so that they fit a message: the last one sums up the others."""
    if len(rows) <= most:
        return list(rows)
    return [*rows[: most - 1], sum_office_rows(OTHER_OFFICES, rows[most - 1 :])]


def staff_rows(loads: Iterable[Load], newest: Callable[[str], PartialRow | None]) -> list[StaffRow]:
    """The sums of officers, by office.

    Args:
        loads: The load of each officer.
        newest: The row that the load was made of; asked for those who are absent, since it tells where their cases lie.
    """
    at_work: dict[str, int] = {}
    capacity: dict[str, Decimal] = {}
    absent: dict[str, int] = {}
    left: dict[str, int] = {}
    for load in loads:
        if load.status in ABSENT:
            if load.office is not None and (load.open_cases or load.in_custody):
                absent[load.office] = absent.get(load.office, 0) + 1
            row = newest(load.officer_id)
            for office, cases in () if row is None else row.cases_by_office:
                left[office] = left.get(office, 0) + cases
        elif load.office is not None:
            at_work[load.office] = at_work.get(load.office, 0) + 1
            capacity[load.office] = capacity.get(load.office, Decimal(0)) + exact(load.capacity_minutes_month)
    return [
        StaffRow(
            office,
            at_work.get(office, 0),
            capacity.get(office, Decimal(0)),
            absent.get(office, 0),
            left.get(office, 0),
        )
        for office in sorted(at_work.keys() | absent.keys() | left.keys())
    ]


def _counts(row: OfficeRow) -> tuple[int, ...]:
    return (
        row.open_cases,
        row.in_custody,
        *row.by_level,
        row.bookings_7d,
        row.bookings_30d,
        row.hearings_7d,
        row.hearings_30d,
        row.lost_track,
        *known_causes(row.by_cause),
        row.unassigned,
        row.in_transit,
        row.deadlines_7d or 0,
    )


def _row_of(office: str, counts: Sequence[int], deadlines: int | None) -> OfficeRow:
    levels = counts[2:6]
    return OfficeRow(
        office,
        counts[0],
        counts[1],
        (levels[0], levels[1], levels[2], levels[3]),
        counts[6],
        counts[7],
        counts[8],
        counts[9],
        counts[10],
        tuple(counts[_FIRST_CAUSE:_PAST_CAUSES]),
        counts[_PAST_CAUSES],
        counts[_PAST_CAUSES + 1],
        deadlines,
    )
