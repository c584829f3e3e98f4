"""Instants: accepted texts, refused texts with their messages, and written texts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import instants
from schemas.instants import LATEST_MS, to_ms, to_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = 1_773_057_600_000  # 2026-03-09T12:00:00Z


class TestToMs:
    @pytest.mark.parametrize(
        ("text", "ms"),
        [
            ("2026-03-09T12:00:00Z", NOON),
            ("2026-03-09t12:00:00z", NOON),
            ("2026-03-09 12:00:00Z", NOON),
            ("2026-03-09T12:00:00.5Z", NOON + 500),
            ("2026-03-09T12:00:00.12Z", NOON + 120),
            ("2026-03-09T12:00:00.123456789Z", NOON + 123),
            ("2026-03-09T08:00:00-04:00", NOON),
            ("2026-03-09T17:45:00+05:45", NOON),
            ("2026-03-09T12:00:00-00:00", NOON),
            ("2026-03-10T11:59:00+23:59", NOON),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("9999-12-31T23:59:59.999Z", LATEST_MS),
        ],
    )
    def test_an_instant_is_utc_milliseconds(self, text: str, ms: int) -> None:
        """Every form of RFC 3339 with an offset is read, the second time as the first."""
        assert [ms, ms] == [to_ms(text), to_ms(text)]

    def test_further_digits_are_truncated(self) -> None:
        """.9999999 is .999, never the next second."""
        assert to_ms("2026-03-09T12:00:59.9999999Z") == NOON + 59_999

    @pytest.mark.parametrize(
        "text",
        ["2026-03-09T12:00:00", "2026-03-09T12:00:00.123", "2026-03-09 12:00", "2026-03-09", "2026-03-09T12"],
    )
    def test_a_naive_instant_needs_an_offset(self, text: str) -> None:
        """A text without an offset is no instant."""
        with pytest.raises(
            ValueError, match=r"^must be an instant with an offset from UTC, such as 2026-03-09T15:00:00Z$"
        ):
            to_ms(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "2026-03-09T12:00Z",
            "2026-03-09T12:00:00+0500",
            "2026-03-09T12:00:00+05",
            "2026-03-09T12:00:00.Z",
            "2026-03-09T12:00:00,5Z",
            "2026-3-9T12:00:00Z",
            "20260309T120000Z",
            " 2026-03-09T12:00:00Z",
            "2026-03-09T12:00:00Z\n",
            "2026-03-09T12:00:00 Z",
            "2026-W11-1T12:00:00Z",
            "+2026-03-09T12:00:00Z",
            "2026-03-09T12:00:00Zulu",
            "\u0662026-03-09T12:00:00Z",
            "2026-03-09T12:00:0\u0660Z",
        ],
    )
    def test_another_form_is_refused(self, text: str) -> None:
        """Only RFC 3339 with ASCII digits is accepted."""
        with pytest.raises(ValueError, match=r"^must be an RFC 3339 instant, such as 2026-03-09T15:00:00Z$"):
            to_ms(text)

    @pytest.mark.parametrize(
        "text",
        [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "2026-03-09T24:00:00Z",
            "2026-03-09T12:60:00Z",
            "0000-01-01T00:00:00Z",
        ],
    )
    def test_a_date_outside_the_calendar_is_refused(self, text: str) -> None:
        """There is no 29 February 2026, no 24:00, no year 0."""
        with pytest.raises(ValueError, match=r"^must be a date and time that exists, such as 2026-03-09T15:00:00Z$"):
            to_ms(text)

    def test_a_leap_second_is_refused(self) -> None:
        """UTC milliseconds cannot represent it."""
        with pytest.raises(ValueError, match=r"^must have seconds from 00 to 59, such as 2026-03-09T15:00:00Z$"):
            to_ms("2016-12-31T23:59:60Z")

    @pytest.mark.parametrize("text", ["2026-03-09T12:00:00+24:00", "2026-03-09T12:00:00-05:60"])
    def test_an_offset_beyond_a_day_is_refused(self, text: str) -> None:
        """RFC 3339 has offsets from -23:59 to +23:59."""
        with pytest.raises(ValueError, match=r"^must have an offset from -23:59 to \+23:59, such as"):
            to_ms(text)

    @pytest.mark.parametrize("text", ["1900-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
    def test_an_instant_beyond_the_calendar_in_utc_is_refused(self, text: str) -> None:
        """The ends of the calendar are checked as a whole, even when both halves were seen before."""
        to_ms("2026-03-09T00:00:00+05:00")
        to_ms("2026-03-09T00:00:59-05:00")
        with pytest.raises(
            ValueError, match=r"^must lie in the years 1900 to 9999 of UTC, such as 2026-03-09T15:00:00Z$"
        ):
            to_ms(text)

    @pytest.mark.parametrize("text", ["1899-12-31T23:59:59.999Z", "1899-12-30T00:00:00Z", "0300-01-01T00:00:00+01:00"])
    def test_an_instant_before_1900_is_refused(self, text: str) -> None:
        """No case is so old: a watermark that begins there would have to pass a century of load periods."""
        with pytest.raises(ValueError, match=r"^must lie in the years 1900 to 9999 of UTC, such as"):
            to_ms(text)

    def test_the_first_instant_is_accepted(self) -> None:
        """The bound itself is valid."""
        assert instants.EARLIEST_MS == to_ms("1900-01-01T00:00:00Z") == to_ms("1899-12-31T23:00:00-01:00")

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+05:00"])
    def test_a_date_that_was_never_set_is_named(self, text: str) -> None:
        """It is the zero time of Go and .NET."""
        with pytest.raises(ValueError, match=r"1900 to 9999 .* \(0001-01-01 is how Go and \.NET write a date that was"):
            to_ms(text)

    def test_a_refused_text_is_not_cached(self) -> None:
        """A refusal leaves no half behind that would make the next wrong text pass."""
        for text in ("2031-02-29T00:00:00Z", "2026-03-09T12:00:60Z"):
            with pytest.raises(ValueError, match=r"^must"):
                to_ms(text)
        assert "2031-02-29T" not in instants._DAYS
        assert "60" not in instants._SECONDS

    def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The caches have a limit for any number of instants."""
        monkeypatch.setattr(instants, "_PIECES_KEPT", 8)
        tables = (instants._DAYS, instants._TAILS, instants._dates)
        for table in tables:
            table.clear()
        for minute in range(100):
            ms = NOON + minute * 60_001
            assert ms == to_ms(to_text(ms))
        assert max(map(len, tables)) <= 8

    def test_truncated_digits_are_not_cached(self) -> None:
        """A feed with microseconds fills no cache, and the digits are still checked."""
        instants._TAILS.clear()
        for microsecond in range(1000):
            assert to_ms(f"2026-03-09T12:00:00.123{microsecond:03d}+00:00") == NOON + 123
        assert set(instants._TAILS) == {".123+00:00"}
        for text in ("2026-03-09T12:00:00.12345x6Z", "2026-03-09T12:00:00.123456", "2026-03-09T12:00:00,123456Z"):
            with pytest.raises(ValueError, match=r"^must be an"):
                to_ms(text)

    @given(st.timedeltas(timedelta(days=-25_500), timedelta(days=2_932_000)))
    def test_it_agrees_with_the_standard_library(self, since: timedelta) -> None:
        """The value is milliseconds since 1970, truncated."""
        assert since // timedelta(milliseconds=1) == to_ms((EPOCH + since).isoformat())


class TestToText:
    @pytest.mark.parametrize(
        ("ms", "text"),
        [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (NOON + 61_007, "2026-03-09T12:01:01.007Z"),
            (LATEST_MS, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ],
    )
    def test_it_has_three_decimals_and_a_z(self, ms: int, text: str) -> None:
        """docketwatch writes instants in this form only."""
        assert text == to_text(ms)

    def test_a_deadline_after_the_calendar_is_its_last_instant(self) -> None:
        """A case due in the year 9999 must not end a worker."""
        assert to_text(LATEST_MS) == to_text(LATEST_MS + 864_000_000)
        assert to_text(-(10**17)) == "0001-01-01T00:00:00.000Z"

    @given(st.integers(instants.EARLIEST_MS, LATEST_MS))
    def test_what_is_written_is_read_back(self, ms: int) -> None:
        """The value is unchanged."""
        assert ms == to_ms(to_text(ms))
