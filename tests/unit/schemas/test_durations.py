"""Durations of the policy."""

import pytest

from schemas.durations import Duration, parse_duration


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "duration"),
        [
            ("36h", Duration(milliseconds=129_600_000)),
            ("10d", Duration(milliseconds=864_000_000)),
            ("15m", Duration(milliseconds=900_000)),
            ("30s", Duration(milliseconds=30_000)),
            ("5bd", Duration(business_days=5)),
            ("0bd", Duration()),
            ("36500d", Duration(milliseconds=36_500 * 86_400_000)),
        ],
    )
    def test_it_is_read(self, text: str, duration: Duration) -> None:
        """The units are hours, days of 24 hours, minutes, seconds and business days."""
        assert duration == parse_duration(text)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("5bd", "5 business days"),
            ("1bd", "1 business day"),
            ("30d", "30 days"),
            ("1h", "1 hour"),
            ("90m", "90 minutes"),
            ("30s", "30 seconds"),
        ],
    )
    def test_it_has_words(self, text: str, words: str) -> None:
        """One has the singular."""
        assert words == parse_duration(text).words

    @pytest.mark.parametrize("text", ["", "5", "bd", "5 bd", "-5d", "1.5h", "5D", "5w", "5bd\n", "\u0665d", "1h30m"])
    def test_another_text_is_refused(self, text: str) -> None:
        """The message has every unit."""
        with pytest.raises(ValueError, match=r'^must be a duration such as "36h", "10d", "5bd", "15m" or "30s"$'):
            parse_duration(text)

    @pytest.mark.parametrize("text", ["36501d", "36501bd", "9999999999s"])
    def test_a_century_is_the_longest(self, text: str) -> None:
        """A longer one is a typing error, and no calendar counts so many business days."""
        with pytest.raises(ValueError, match=r'^must be at most "36500d"$'):
            parse_duration(text)

    @pytest.mark.parametrize(
        ("written", "text"),
        [("240h", "10d"), ("36h", "36h"), ("90m", "90m"), ("90s", "90s"), ("5bd", "5bd"), ("0d", "0s")],
    )
    def test_its_text_uses_the_largest_even_unit(self, written: str, text: str) -> None:
        """It reads back as the same duration."""
        assert text == parse_duration(written).text
        assert parse_duration(written) == parse_duration(text)

    def test_it_is_one_kind_or_the_other(self) -> None:
        """Elapsed time and business days do not mix in one duration."""
        with pytest.raises(ValueError, match="never both"):
            Duration(milliseconds=1, business_days=1)
        with pytest.raises(ValueError, match="never negative"):
            Duration(milliseconds=-1)

    def test_a_zero_duration_is_false(self) -> None:
        """`if duration` therefore asks whether it lasts."""
        assert not parse_duration("0h")
        assert parse_duration("1s")
