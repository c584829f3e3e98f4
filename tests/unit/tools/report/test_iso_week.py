"""A week of ISO 8601 in the time zone of an office."""

import pytest

from streams.tools.report.iso_week import IsoWeek
from tests.oracle.facts import instant, text


class TestIsoWeek:
    @pytest.mark.parametrize(("week", "monday", "sunday"), [
        ("2026-W10", "2026-03-02", "2026-03-08"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
    ])  # fmt: skip
    def test_days(self, week: str, monday: str, sunday: str):
        """Monday to Sunday; the first week of a year is the one with its first Thursday."""
        found = IsoWeek.parse(week)
        assert (week, monday, sunday) == (str(found), str(found.monday), str(found.sunday))

    @pytest.mark.parametrize("wrong", ["2026-10", "2026-W1", "2026-W00", "2026-W54", "2025-W53", "W10"])
    def test_what_is_none(self, wrong: str):
        """Another form, or a week that the year does not have."""
        with pytest.raises(ValueError, match=r"such as 2026-W10|has no week"):
            IsoWeek.parse(wrong)

    @pytest.mark.parametrize("week", ["0000-W01", "0001-W01", "1899-W52", "9999-W01", "9999-W52"])
    def test_year_without_room(self, week: str):
        """The weeks before and after it would have no date."""
        with pytest.raises(ValueError, match="the year must lie between 1900 and 9998"):
            IsoWeek.parse(week)

    @pytest.mark.parametrize("week", ["1900-W01", "9998-W52"])
    def test_first_and_last_year(self, week: str):
        """Eight weeks back and eight ahead of them have dates."""
        found = IsoWeek.parse(week)
        assert found.begins("Asia/Tokyo", -8) < found.begins("Pacific/Kiritimati", 8)

    def test_it_begins_with_the_local_midnight(self):
        """Clocks go forward in the week before 2026-W11: it has an hour less."""
        week = IsoWeek.parse("2026-W10")
        assert "2026-03-02T05:00:00.000Z" == text(week.begins("America/New_York"))
        assert "2026-03-09T04:00:00.000Z" == text(week.begins("America/New_York", 1))
        assert "2026-02-23T00:00:00.000Z" == text(week.begins("UTC", -1))

    @pytest.mark.parametrize(("moment", "week"), [
        ("2026-03-09T03:59:59Z", "2026-W09"),  # still Sunday evening in Atlanta
        ("2026-03-09T04:00:00Z", "2026-W10"),
        ("2026-03-16T03:59:59Z", "2026-W10"),
        ("2026-01-05T12:00:00Z", "2026-W01"),
        ("2026-01-03T12:00:00Z", "2025-W52"),
    ])  # fmt: skip
    def test_the_last_week_that_is_over(self, moment: str, week: str):
        """By the calendar of the office."""
        assert week == str(IsoWeek.before(instant(moment), "America/New_York"))
