"""Business days: `t ⊕ "nbd"` in an office's time zone (CONTRACT.md §6), compared with the oracle's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.durations import parse_duration
from schemas.policy import load_policy
from streams.core.policy.rules import Rules
from streams.core.time import business_days, day_steps, plain_day_steps
from tests.builders import policy
from tests.compiler import needs_compiler
from tests.oracle.facts import instant, text
from tests.oracle.later import is_business_day, is_federal_holiday, later

ZONES = policy(
    offices={
        "ATL": {"tz": "America/New_York"},
        "SEA": {"tz": "America/Los_Angeles"},
        "TLV": {"tz": "Asia/Jerusalem"},
        "CAI": {"tz": "Africa/Cairo"},
        "APW": {"tz": "Pacific/Apia"},
        "AMS": {"tz": "Europe/Amsterdam", "holidays": "NL"},
        "MUC": {"tz": "Europe/Berlin", "holidays": "DE-BY", "closed": ["2026-05-15"]},
        "DUB": {"tz": "UTC", "holidays": "none", "closed": ["2026-12-25"]},
        "NYC": {"tz": "America/New_York", "closed": ["2026-12-24"]},
    }
)
RULES = Rules(ZONES)
with pytest.MonkeyPatch.context() as patch:
    patch.setattr(business_days, "BusinessDayCache", plain_day_steps.BusinessDayCache)
    RULES_IN_PYTHON = Rules(ZONES)


def plus(moment: str, duration: str, office: str = "nowhere") -> str:
    """`moment ⊕ duration` by the core, compiled and in Python; the oracle must agree."""
    at, length = instant(moment), parse_duration(duration)
    by_core = RULES.plus(at, length, office)
    assert later(at, length, office, ZONES) == by_core
    assert [by_core, by_core] == [RULES_IN_PYTHON.plus(at, length, office), RULES.plus(at, length, office)]
    return text(by_core)


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_them():
    """Otherwise Python is compared with itself here."""
    assert day_steps.BusinessDayCache is not plain_day_steps.BusinessDayCache


class TestWeekends:
    def test_in_the_week(self):
        """Wednesday plus one business day is Thursday, at the same time of day."""
        assert "2026-03-05T10:00:00.000Z" == plus("2026-03-04T10:00:00Z", "1bd")

    def test_friday(self):
        """Friday plus one is Monday."""
        assert "2026-03-09T10:00:00.000Z" == plus("2026-03-06T10:00:00Z", "1bd")

    def test_saturday(self):
        """Saturday 10:00 plus one is Monday 10:00, as the contract says."""
        assert "2026-03-09T10:00:00.000Z" == plus("2026-03-07T10:00:00Z", "1bd")

    def test_sunday(self):
        """Sunday plus one is Monday, too."""
        assert "2026-03-09T10:00:00.000Z" == plus("2026-03-08T10:00:00Z", "1bd")

    def test_five(self):
        """Five business days are a week."""
        assert "2026-03-10T10:00:00.000Z" == plus("2026-03-03T10:00:00Z", "5bd")

    def test_none(self):
        """0bd is the instant itself, even on a Saturday."""
        assert "2026-03-07T10:00:00.001Z" == plus("2026-03-07T10:00:00.001Z", "0bd")

    def test_milliseconds_stay(self):
        """The time of day is kept to the millisecond."""
        assert "2026-03-05T23:59:59.999Z" == plus("2026-03-04T23:59:59.999Z", "1bd")


class TestHolidays:
    @pytest.mark.parametrize(
        ("eve", "next_business_day"),
        [
            ("2025-12-31", "2026-01-02"),  # New Year's Day
            ("2026-01-16", "2026-01-20"),  # Martin Luther King, Jr., a Monday
            ("2026-02-13", "2026-02-17"),  # Washington's Birthday, a Monday
            ("2026-05-22", "2026-05-26"),  # Memorial Day, a Monday
            ("2026-06-18", "2026-06-22"),  # Juneteenth, a Friday
            ("2026-07-02", "2026-07-06"),  # Independence Day, a Saturday, observed on Friday
            ("2026-09-04", "2026-09-08"),  # Labor Day, a Monday
            ("2026-10-09", "2026-10-13"),  # Columbus Day, a Monday
            ("2026-11-10", "2026-11-12"),  # Veterans Day, a Wednesday
            ("2026-11-25", "2026-11-27"),  # Thanksgiving, a Thursday; the Friday after it is none
            ("2026-12-24", "2026-12-28"),  # Christmas, a Friday
        ],
    )
    def test_each_of_2026(self, eve, next_business_day):
        """Every holiday of 5 U.S.C. 6103(a) is skipped."""
        assert f"{next_business_day}T10:00:00.000Z" == plus(f"{eve}T10:00:00Z", "1bd")

    def test_new_year_observed_in_the_old_year(self):
        """A New Year's Day on a Saturday is observed on 31 December."""
        assert "2022-01-03T10:00:00.000Z" == plus("2021-12-30T10:00:00Z", "1bd")

    def test_a_holiday_on_a_sunday(self):
        """A holiday on a Sunday is observed on Monday."""
        assert "2027-07-06T10:00:00.000Z" == plus("2027-07-02T10:00:00Z", "1bd")

    def test_juneteenth_before_2021(self):
        """19 June was a business day before 2021."""
        assert "2020-06-19T10:00:00.000Z" == plus("2020-06-18T10:00:00Z", "1bd")

    def test_juneteenth_2021(self):
        """In 2021 it fell on a Saturday and was observed on Friday the 18th."""
        assert "2021-06-21T10:00:00.000Z" == plus("2021-06-17T10:00:00Z", "1bd")

    def test_inauguration_day(self):
        """Inauguration Day is not in 6103(a)."""
        assert "2029-01-19" == plus("2029-01-18T10:00:00Z", "1bd")[:10]
        assert not is_federal_holiday(date(2037, 1, 20))


class TestIsHoliday:
    @pytest.mark.parametrize(
        ("moment", "office", "is_holiday"),
        [
            ("2026-05-25T03:59:59Z", "ATL", False),  # still Sunday evening there
            ("2026-05-25T04:00:00Z", "ATL", True),  # Memorial Day
            ("2026-05-26T03:59:59Z", "ATL", True),
            ("2026-05-26T04:00:00Z", "ATL", False),
            ("2026-05-24T15:00:00Z", "ATL", False),  # a Sunday
            ("2026-05-25T12:00:00Z", "DUB", False),
            ("2026-12-25T12:00:00Z", "DUB", True),  # closed by the policy
            ("2026-07-03T12:00:00Z", "nowhere", True),  # Independence Day as observed
            ("9999-12-31T00:00:00Z", "ATL", False),
        ],
    )
    def test_the_local_day_counts(self, moment, office, is_holiday):
        """Holidays and closed days of the office's calendar, in its zone."""
        assert is_holiday == RULES.is_holiday(instant(moment), office)


class TestHolidaysOfAnOffice:
    @pytest.mark.parametrize(
        ("office", "eve", "next_business_day"),
        [
            ("AMS", "2026-04-24", "2026-04-28"),  # the King's birthday, a Monday
            ("AMS", "2026-07-02", "2026-07-03"),  # Independence Day is not observed there
            ("MUC", "2026-06-03", "2026-06-05"),  # Corpus Christi, of the region
            ("MUC", "2026-05-13", "2026-05-18"),  # Ascension, and the Friday that the policy lists
            ("DUB", "2026-03-16", "2026-03-17"),  # none at all
            ("DUB", "2026-12-24", "2026-12-28"),  # only the day that the policy lists
            ("NYC", "2026-12-23", "2026-12-28"),  # a day more than those of the United States
        ],
    )
    def test_they_are_skipped(self, office, eve, next_business_day):
        """The holidays of its country or region and the days that the policy lists are skipped, and no others."""
        assert f"{next_business_day}T10:00:00.000Z" == plus(f"{eve}T10:00:00Z", "1bd", office)

    def test_every_day_of_five_years(self):
        """The oracle agrees."""
        start, two = instant("2023-01-01T12:00:00Z"), parse_duration("2bd")
        for day in range(5 * 366):
            for office in ("AMS", "MUC", "DUB", "NYC"):
                at = start + day * 86_400_000
                assert later(at, two, office, ZONES) == RULES.plus(at, two, office), (text(at), office)

    @pytest.mark.parametrize("year", [1899, 2200, 4100, 9900])
    def test_years_without_a_calendar_have_only_weekends(self, year):
        """Easter is computed up to 4099: a later due date must not end a worker."""
        plus(f"{year}-03-01T10:00:00Z", "60bd", "AMS")

    def test_an_office_without_a_calendar_keeps_its_hash(self):
        """An upgrade judges nothing anew."""
        assert "06be0c9695db" == load_policy().hash


class TestZones:
    def test_local_day(self):
        """03:30 UTC on Saturday is Friday night in Atlanta: one business day later is Monday night."""
        assert "2026-01-13T03:30:00.000Z" == plus("2026-01-10T03:30:00Z", "1bd", "ATL")

    def test_unknown_office(self):
        """An office that the policy does not know is in UTC."""
        assert "2026-01-12T03:30:00.000Z" == plus("2026-01-10T03:30:00Z", "1bd", "XXX")

    def test_daylight_saving_begins(self):
        """10:00 in Atlanta stays 10:00 when the clocks go forward."""
        assert "2026-03-09T14:00:00.000Z" == plus("2026-03-06T15:00:00Z", "1bd", "ATL")

    def test_daylight_saving_ends(self):
        """10:00 stays 10:00 when the clocks go back, too."""
        assert "2026-11-02T15:00:00.000Z" == plus("2026-10-30T14:00:00Z", "1bd", "ATL")

    def test_a_time_that_does_not_exist(self):
        """Friday 02:30 does not exist in Tel Aviv on 27 March 2026: fold 0 is the offset before the gap."""
        assert "2026-03-27T00:30:00.000Z" == plus("2026-03-26T00:30:00Z", "1bd", "TLV")

    def test_a_time_that_comes_twice(self):
        """Thursday 23:30 comes twice in Cairo on 29 October 2026: fold 0 is the first."""
        assert "2026-10-29T20:30:00.000Z" == plus("2026-10-28T20:30:00Z", "1bd", "CAI")

    def test_from_the_second_time(self):
        """From the second of the two the result has the same local time of day."""
        assert "2026-10-30T21:30:00.000Z" == plus("2026-10-29T21:30:00Z", "1bd", "CAI")

    def test_a_day_that_did_not_exist(self):
        """Apia skipped Friday 30 December 2011: its noon is, by fold 0, a day after Thursday noon."""
        assert "2011-12-30T22:00:00.000Z" == plus("2011-12-29T22:00:00Z", "1bd", "APW")

    def test_every_hour_of_three_years(self):
        """The core and the oracle agree at every hour of three years, in every zone."""
        start = instant("2020-12-25T00:30:00Z")
        for hour in range(0, 3 * 365 * 24, 5):
            for office in ("ATL", "SEA", "TLV", "CAI"):
                at, three = start + hour * 3_600_000, parse_duration("3bd")
                assert later(at, three, office, ZONES) == RULES.plus(at, three, office), (text(at), office)


class TestCalendar:
    def test_the_holidays_library_agrees(self):
        """The hand-written business days of 1990 to 2090 equal those of the library that the core uses."""
        day, one = date(1990, 1, 1), parse_duration("1bd")
        while day.year < 2090:
            at = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 1000
            tomorrow = day + timedelta(days=1)
            is_next = RULES.plus(at, one, None) == at + 86_400_000
            assert is_business_day(tomorrow) == is_next, tomorrow
            day = tomorrow

    def test_the_end_of_the_calendar(self):
        """A due date at the end of the year 9999 raises no error."""
        assert RULES.plus(instant("9999-12-31T23:59:59Z"), parse_duration("10bd"), "ATL") > instant(
            "9999-12-31T23:59:59Z"
        )

    @pytest.mark.parametrize("count", [1, 250, 251, 500, 5_000, 27_000])
    def test_long_durations(self, count):
        """Counting year by year equals counting day by day, across the ends of years and decades."""
        for moment in ("1990-01-01T10:00:00Z", "1990-07-04T23:30:00Z", "1991-12-31T12:00:00Z"):
            plus(moment, f"{count}bd", "ATL")

    @pytest.mark.parametrize("year", [9846, 9900, 9950, 9986, 9987])
    def test_the_longest_duration_at_the_end_of_the_calendar(self, year):
        """It raises no error either, although no calendar reaches so far."""
        at = instant(f"{year}-06-01T12:00:00Z")
        assert RULES.plus(at, parse_duration("36500bd"), "ATL") > at + 36_499 * 86_400_000

    def test_two_durations(self):
        """Elapsed days come first, then business days: Thursday plus two days is Saturday, plus one is Monday."""
        assert "2026-03-09T10:00:00.000Z" == plus(plus("2026-03-05T10:00:00Z", "2d"), "1bd")
