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

    @pytest.mark.parametrize("wrong", ["2026-10", "2026-W1", "2026-W00", "2026-W54", "2025-W53", "W10", "0000-W01"])
    def test_what_is_none(self, wrong: str):
        """Another form, or a week that the year does not have."""
        with pytest.raises(ValueError, match=r"such as 2026-W10|has no week"):
            IsoWeek.parse(wrong)

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
