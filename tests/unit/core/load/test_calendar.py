"""What lies ahead of an office day by day: appointments that are booked, and deadlines."""

import pytest

from streams.core.load.calendar import CALENDAR_DAYS, CalendarRow, bounded_calendar, day_bounds
from tests.builders import booked, custody, hearing_set, held, only
from tests.driver import Driver
from tests.unit.core.load.test_loads import of_x

DAY = 86_400_000
UNDER = only("hearing_unresolved", after="0bd", escalate_after="2d")


def row(office: str, **numbers: dict[int, int]) -> CalendarRow:
    """Make a row of these numbers by day, 0 on all others."""
    days = [
        [numbers.get(name, {}).get(day, 0) for day in range(CALENDAR_DAYS)]
        for name in ("check_ins", "hearings", "deadlines")
    ]
    return CalendarRow(office, *days)


class TestCalendar:
    @pytest.mark.parametrize("restarted", [False, True])
    def test_appointments_and_deadlines_on_their_days(self, restarted: bool) -> None:
        """By UTC day, the day of the clock first; of cases in custody too; a held hearing is no more ahead."""
        driver = Driver(UNDER).feed(
            *of_x("a"),
            *of_x("b"),
            booked("day 2", "day 10 23:00", case_id="a"),
            hearing_set("day 2", "day 12 09:00", case_id="a"),
            custody("day 2", "detained", case_id="b"),
            booked("day 2", "day 23 23:59", case_id="b"),
            hearing_set("day 2", "day 12 09:00", case_id="b"),
            held("day 9", "yes", case_id="b"),
        )
        driver.at("day 10 12:00")
        if restarted:
            driver.restart()
        (only_row,) = driver.partition.calendar_rows()
        assert row(only_row.office, check_ins={0: 1, 13: 1}, hearings={2: 1}, deadlines={2: 1}) == only_row

    def test_what_is_past_or_too_far_ahead_is_on_no_day(self) -> None:
        """Fourteen days, the rest of today among them."""
        driver = Driver(UNDER).feed(
            *of_x("a"), booked("day 2", "day 10 11:59", case_id="a"), hearing_set("day 2", "day 24", case_id="a")
        )
        (only_row,) = driver.at("day 10 12:00").partition.calendar_rows()
        assert row(only_row.office) == only_row

    @pytest.mark.parametrize("day", [10, 17, 40])
    def test_seven_days_from_midnight_are_those_of_the_office_record(self, day: int) -> None:
        """The same counts by another way."""
        driver = Driver(UNDER).feed(
            *(
                each
                for number in range(30)
                for each in (
                    *of_x(f"c-{number}"),
                    booked("day 2", f"day {10 + number}", case_id=f"c-{number}"),
                    hearing_set("day 2", f"day {11 + number % 9} 12:00", case_id=f"c-{number}"),
                )
            )
        )
        driver.at(f"day {day}")
        (office,) = driver.partition.office_rows()
        (ahead,) = driver.partition.calendar_rows()
        assert (office.bookings_7d, office.hearings_7d, office.deadlines_7d) == tuple(
            sum(numbers[:7]) for numbers in (ahead.check_ins, ahead.hearings, ahead.deadlines)
        )


class TestBounds:
    def test_the_first_day_is_what_is_left_of_it(self) -> None:
        """From an instant to the midnight after it, then whole days."""
        bounds = day_bounds(5 * DAY + 7)
        assert [5 * DAY + 7, 6 * DAY, 7 * DAY] == bounds[:3]
        assert CALENDAR_DAYS + 1 == len(bounds)
        assert [5 * DAY, 6 * DAY] == day_bounds(5 * DAY)[:2]

    def test_rows_fit_a_message(self) -> None:
        """The last row sums up the offices beyond 500."""
        rows = bounded_calendar([row(f"o-{number:03}", hearings={1: 1}) for number in range(700)])
        assert [500, "(other)", 201] == [len(rows), rows[-1].office, rows[-1].hearings[1]]
        assert rows[:3] == bounded_calendar(rows[:3])
