"""The next days of an office: booked appointments, and deadlines at which alerts are raised unless events prevent them.

Sums of one case partition for the console; they are no part of the office record.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from streams.core.time.business_days import DAY_MS

__all__ = ["CALENDAR_DAYS", "CalendarRow", "bounded_calendar", "day_bounds", "sum_calendar"]

CALENDAR_DAYS: Final = 14
_OTHER_OFFICES: Final = "(other)"
_MOST_OFFICES: Final = 500
"""Rows must fit a message of the broker; 500 of them have at most some 250 kB."""


class CalendarRow(Struct, array_like=True, gc=False, frozen=True):
    """The next days of one office in one partition, a number a day; the first day is what is left of it.

    Attributes:
        office: The office that the cases' own records name.
        check_ins: Unsatisfied bookings due on the day.
        hearings: Hearings still scheduled, due on the day.
        deadlines: Cases whose earliest deadline of a cause that holds is on the day.
    """

    office: str
    check_ins: list[int]
    hearings: list[int]
    deadlines: list[int]


def day_bounds(as_of: int) -> list[int]:
    """The instant (ms), and after it the ends of its UTC day and of the days that follow: CALENDAR_DAYS spans."""
    midnight = as_of - as_of % DAY_MS
    return [as_of, *(midnight + day * DAY_MS for day in range(1, CALENDAR_DAYS + 1))]


def sum_calendar(office: str, rows: Iterable[CalendarRow]) -> CalendarRow:
    """One row out of several, of partitions or of offices."""
    sums = [[0] * CALENDAR_DAYS for _ in range(3)]
    for row in rows:
        for place, numbers in enumerate((row.check_ins, row.hearings, row.deadlines)):
            sums[place] = [held + new for held, new in zip(sums[place], numbers, strict=True)]
    return CalendarRow(office, *sums)


def bounded_calendar(rows: Sequence[CalendarRow]) -> list[CalendarRow]:
    """At most 500 rows: the last one sums up the others."""
    if len(rows) <= _MOST_OFFICES:
        return list(rows)
    return [*rows[: _MOST_OFFICES - 1], sum_calendar(_OTHER_OFFICES, rows[_MOST_OFFICES - 1 :])]
