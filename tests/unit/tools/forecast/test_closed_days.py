"""A holiday moves dates that are not booked yet to the next business day; weeks end on Tuesdays, at midnight UTC.

Memorial Day 2026 is Monday 25 May, day 85; Washington's Birthday is Monday 16 February, day -13.
"""

from collections.abc import Iterable
from typing import Any

from streams.core.policy.rules import Rules
from streams.tools.forecast.case_weeks import Week
from streams.tools.forecast.records import WeekAhead
from streams.tools.forecast.week_volumes import ClosedDays, WeekVolumes
from tests.builders import booked, checked_in, ms, opened
from tests.builders import policy as a_policy
from tests.unit.tools.forecast.test_forecasting import RULES, forecast

NOW = "day 79"
MONDAYS = [0, 0, 0, 0, 0, 0, 4]


def comes_on_mondays(first: int, last: int) -> Iterable[dict[str, Any]]:
    """One case that comes every Monday without a booking; days 1, 8, 15 ... are Mondays."""
    yield opened(f"day {first} 08:00")
    for day in range(first, last, 7):
        yield checked_in(f"day {day} 10:00")


def whole_of(events: Iterable[dict[str, Any]], rules: Rules = RULES) -> list[WeekAhead]:
    """Weeks of all offices together."""
    return forecast(events, NOW, rules)[0].offices[0].weeks


class TestClosedDays:
    def test_a_week_that_ends_with_a_holiday_brings_nothing_and_the_next_one_twice_as_much(self):
        """A check-in that would fall on Monday 25 May falls on Tuesday 26 May, in the week that begins then."""
        weeks = whole_of(comes_on_mondays(1, 79))
        assert [0, 2, 1, 1] == [week.check_ins.expected for week in weeks[:4]]

    def test_a_booked_date_is_not_moved(self):
        """It stands on the holiday, and is expected as other booked dates are."""
        weeks = whole_of([*comes_on_mondays(1, 79), booked("day 78 11:00", "day 85 10:00")])
        assert (1, 1) == (weeks[0].check_ins.booked, weeks[0].check_ins.kept)

    def test_an_office_that_works_on_holidays_moves_nothing(self):
        """On the holiday that the log holds the case came as on any other Monday."""
        weeks = whole_of(comes_on_mondays(-34, 79))
        assert [1, 1, 1, 1] == [week.check_ins.expected for week in weeks[:4]]

    def test_an_office_without_holidays_moves_nothing(self):
        """The policy says so."""
        rules = Rules(a_policy(offices={"ATL": {"tz": "UTC", "holidays": "none"}}))
        events = list(comes_on_mondays(1, 79))
        events[0] = opened("day 1 08:00", office="ATL")
        assert [1, 1, 1, 1] == [week.check_ins.expected for week in whole_of(events, rules)[:4]]

    def test_a_holiday_in_the_history_is_not_taken_for_the_usual(self):
        """Three usual weeks and one with the holiday: the mean of the four is 3/4 of a usual one."""
        closed = ClosedDays(RULES, ms("day 86"))
        ends = [ms(f"day {day}") for day in (65, 72, 79, 86)]
        counts = [MONDAYS, MONDAYS, MONDAYS, [0] * 7]
        weeks = [Week(end, {}, {"": (days, days)}, None) for end, days in zip(ends, counts, strict=True)]
        factors = WeekVolumes(weeks, 0, closed).factors("", ms("day 86"), 2)
        assert [2 / 0.75, 1 / 0.75] == factors

    def test_a_log_without_appointments_has_no_days(self):
        """Every week is as full as any."""
        closed = ClosedDays(RULES, ms(NOW))
        assert [1.0, 1.0] == WeekVolumes([Week(ms(NOW), {}, {}, None)], 0, closed).factors("", ms(NOW), 2)
