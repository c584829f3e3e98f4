"""Business days computed independently of the core: the library's holidays, and days across clock changes."""

from datetime import date, timedelta

import holidays
import pytest

from schemas.durations import parse_duration
from schemas.instants import to_ms, to_text
from streams.sources.generate.workdays import BusinessDays, federal_holidays, is_business_day

ZONES = {"ATL": "America/New_York", "TLV": "Asia/Jerusalem", "CAI": "Africa/Cairo"}


def added(at: str, duration: str, office: str = "ATL") -> str:
    return to_text(BusinessDays(ZONES).add(to_ms(at), parse_duration(duration), office))


class TestHolidays:
    @pytest.mark.parametrize("year", range(2000, 2100))
    def test_observed(self, year):
        """The days off of every year are those of the holidays library."""
        known = holidays.country_holidays("US", years=range(year - 1, year + 2))
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
        off = [day for day in days if day.year == year and day.weekday() < 5 and day in known]
        assert off == [day for day in days if day.year == year and day.weekday() < 5 and not is_business_day(day)]

    def test_ten_or_eleven(self):
        """There are eleven since Juneteenth became one."""
        assert (10, 11) == (len(federal_holidays(2020)), len(federal_holidays(2021)))


class TestAdd:
    @pytest.mark.parametrize(
        ("at", "duration", "then"),
        [
            ("2026-03-07T10:00:00-05:00", "1bd", "2026-03-09T10:00:00-04:00"),  # Saturday; clocks change on Sunday
            ("2026-03-06T10:00:00-05:00", "1bd", "2026-03-09T10:00:00-04:00"),
            ("2026-03-06T10:00:00-05:00", "0bd", "2026-03-06T10:00:00-05:00"),
            ("2026-07-01T10:00:00-04:00", "5bd", "2026-07-09T10:00:00-04:00"),  # the 4th is observed on the 3rd
            ("2021-12-30T10:00:00-05:00", "1bd", "2022-01-03T10:00:00-05:00"),  # New Year is observed in 2021
            ("2026-03-06T23:30:00-05:00", "1bd", "2026-03-09T23:30:00-04:00"),  # already Saturday in UTC
            ("2026-03-06T10:00:00-05:00", "3d", "2026-03-09T11:00:00-04:00"),
        ],
    )
    def test_in_the_time_zone_of_the_office(self, at, duration, then):
        """Days are local days, and the time of day stays."""
        assert to_text(to_ms(then)) == added(at, duration)

    def test_a_time_that_does_not_exist(self):
        """Where clocks skip the time of day, the offset before the change counts."""
        assert "2026-03-27T00:30:00.000Z" == added("2026-03-26T02:30:00+02:00", "1bd", "TLV")

    def test_a_time_that_comes_twice(self):
        """Where a time of day comes twice, the first one counts, even from the second."""
        assert "2026-10-29T20:30:00.000Z" == added("2026-10-28T23:30:00+03:00", "1bd", "CAI")

    def test_unknown_office(self):
        """An office unknown to the policy has UTC."""
        assert "2026-03-09T23:30:00.000Z" == added("2026-03-06T23:30:00Z", "1bd", "XXX")

    def test_milliseconds(self):
        """No rounding changes the result."""
        assert "2026-03-09T14:00:00.001Z" == added("2026-03-06T15:00:00.001Z", "1bd")

    def test_zero(self):
        """A zero duration changes nothing, not even on a weekend."""
        assert "2026-03-07T15:00:00.000Z" == added("2026-03-07T15:00:00Z", "0d")
