from datetime import date

import pytest

from schemas.instants import to_ms
from streams.sources.times.timestamps import DayFirstError, Timestamp, TimestampReader, shape_of

NEW_YORK = "America/New_York"
NEVER = "is a date that was never set (of the year 1 or 9999, or midnight of 1900-01-01 or 1970-01-01)"


class TestKnownForms:
    @pytest.mark.parametrize(
        "text",
        [
            "2024-03-01T14:00:00Z",
            "2024-03-01T09:00:00-05:00",
            "2024-03-01T14:00:00.000+0000",
            "2024-03-01 09:00:00",
            "2024-03-01 09:00",
            "2024-03-01 9:00",
            "2024/03/01 09:00:00",
            "2024-03-01 14:00:00 UTC",
            "2024-03-01 14:00:00 +0000",
            "20240301T090000",
            "01/Mar/24 9:00 AM",
            "1/mar/2024 09:00",
            "01-MAR-2024 09:00:00",
            "03/01/2024 09:00:00",
            "3/1/2024 9:00 AM",
            "3/1/24 9:00",
            "03/01/2024, 9:00:00 a.m.",
            "1709301600",
            "1709301600.000",
            "1709301600000",
            " 2024-03-01 09:00:00 ",
        ],
    )
    def test_they_are_recognised(self, text: str) -> None:
        """They are ISO 8601, ServiceNow, Jira, the United States, and seconds and milliseconds since 1970."""
        moment = TimestampReader(NEW_YORK).fact(text)
        assert isinstance(moment, Timestamp), moment
        assert to_ms("2024-03-01T14:00:00Z") == moment.at

    @pytest.mark.parametrize(
        ("text", "hour"), [("3/1/2024 12:00 AM", "05"), ("3/1/2024 12:00 PM", "17"), ("3/1/2024 1:00 PM", "18")]
    )
    def test_noon_and_midnight_of_a_12_hour_clock(self, text: str, hour: str) -> None:
        """12 AM begins the day."""
        moment = TimestampReader(NEW_YORK).fact(text)
        assert isinstance(moment, Timestamp)
        assert to_ms(f"2024-03-01T{hour}:00:00Z") == moment.at

    def test_a_pattern_with_an_offset_needs_no_zone(self) -> None:
        """%z gives it."""
        reader = TimestampReader(NEW_YORK, "%d/%m/%y %H:%M %z")
        assert Timestamp(to_ms("2024-07-01T09:05:00+02:00"), to_ms("2024-07-01T09:05:00+02:00")) == reader.fact(
            "01/07/24 09:05 +0200"
        )

    def test_day_first_is_not_guessed(self) -> None:
        """The guess would be wrong for twelve days of each month."""
        with pytest.raises(DayFirstError, match=r"log\.timestamp_format"):
            TimestampReader(NEW_YORK).fact("13/04/2024 09:00")


class TestUnreadable:
    @pytest.mark.parametrize(
        ("text", "shape"),
        [
            ("soon", "AAAA"),
            ("2024-02-30 09:00", "9999-99-99 99:99"),
            ("01.03.2024 09:00", "99.99.9999 99:99"),
            ("13/40/2024", "99/99/9999"),
            ("3/1/2024 13:00 PM", "9/9/9999 99:99 AA"),
            ("x" * 50, "A" * 32 + "..."),
        ],
    )
    def test_the_shape_is_reported_and_not_the_value(self, text: str, shape: str) -> None:
        """The report has the key that would read it."""
        found = TimestampReader(NEW_YORK).fact(text)
        assert (
            f"is no date and time of a known form; its shape is {shape}: name its form in log.timestamp_format" == found
        )

    def test_a_value_that_does_not_fit_the_pattern(self) -> None:
        """The report names the pattern."""
        found = TimestampReader(NEW_YORK, "%d/%m/%Y").fact("2024-03-01")
        assert "does not fit log.timestamp_format; its shape is 9999-99-99" == found

    def test_only_a_few_shapes_are_distinguished(self) -> None:
        """A report does not have one line per value."""
        reader = TimestampReader(NEW_YORK)
        assert 6 == len({reader.fact("a" * length) for length in range(1, 30)})

    def test_a_shape_is_digits_and_letters(self) -> None:
        """The characters between them stay."""
        assert "99/AAA/99 9:99 AA" == shape_of("01/Mar/24 9:00 AM")


class TestBounds:
    @pytest.mark.parametrize(
        "text",
        ["0001-01-01 00:00:00", "1900-01-01", "1970-01-01 00:00:00", "9999-12-31 23:59:59", "0001-01-01T00:00:00Z"],
    )
    def test_a_date_that_was_never_set_is_ignored(self, text: str) -> None:
        """This holds for a fact and for a deadline."""
        reader = TimestampReader(NEW_YORK)
        assert NEVER == reader.fact(text) == reader.due(text)

    def test_an_artificial_log_may_begin_in_1970(self) -> None:
        """Any time of its first day except the first instant is valid."""
        moment = TimestampReader(NEW_YORK).fact("1970-01-01 09:30:00")
        assert isinstance(moment, Timestamp)
        assert to_ms("1970-01-01T14:30:00Z") == moment.at

    def test_0_seconds_since_1970_in_another_zone_is_ignored_too(self) -> None:
        """It was still 1969 there."""
        assert str(TimestampReader(NEW_YORK).fact("1969-12-31 19:00:00")).startswith("is a date that was never set")

    def test_the_bounds_of_the_mapping(self) -> None:
        """They are days in the mapping's zone, both included."""
        reader = TimestampReader(NEW_YORK, earliest=date(2020, 1, 1), latest=date(2020, 12, 31))
        assert "lies before log.earliest (2020-01-01)" == reader.fact("2019-12-31 23:59:59")
        assert isinstance(reader.fact("2020-01-01 00:00"), Timestamp)
        assert isinstance(reader.fact("2020-12-31 23:59:59"), Timestamp)
        assert "lies after log.latest (2020-12-31)" == reader.fact("2021-01-01")

    def test_no_fact_is_in_the_future(self) -> None:
        """A deadline may be, within limits."""
        reader = TimestampReader(NEW_YORK, present=to_ms("2024-01-01T00:00:00Z"))
        assert "lies after the present (log.latest can name another day)" == reader.fact("2924-03-01")
        assert isinstance(reader.due("2031-03-01"), Timestamp)
        assert "lies after the year 2199" == reader.due("2924-03-01")


class TestRepeatedHour:
    def test_the_hour_that_comes_twice_has_two_instants(self) -> None:
        """They are the first one, and the second one an hour later; any other hour has one."""
        assert Timestamp(to_ms("2024-11-03T05:10:00Z"), to_ms("2024-11-03T06:10:00Z")) == TimestampReader(
            NEW_YORK
        ).fact("2024-11-03 01:10:00")
        assert Timestamp(to_ms("2024-11-03T07:10:00Z"), to_ms("2024-11-03T07:10:00Z")) == TimestampReader(
            NEW_YORK
        ).fact("2024-11-03 02:10:00")

    def test_the_skipped_hour_in_spring_has_one(self) -> None:
        """No time occurs twice there."""
        moment = TimestampReader(NEW_YORK).fact("2024-03-10 02:30:00")
        assert isinstance(moment, Timestamp)
        assert moment.at == moment.again
