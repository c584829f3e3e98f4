import errno
from pathlib import Path

import pytest

from schemas.instants import to_ms
from streams.errors import UsageError
from streams.sources.converting import room_on_disk
from streams.sources.times.local_time import LocalTime
from tests.unit.sources.eoir_files import Release, convert, day


class TestLocalTime:
    ATLANTA = LocalTime("America/New_York")

    def test_a_day_begins_and_ends_by_local_time(self) -> None:
        """The days on which clocks change have 23 and 25 hours."""
        assert to_ms("2024-03-10T00:00:00-05:00") == self.ATLANTA.start(b"2024-03-10")
        assert to_ms("2024-03-10T23:59:59.999-04:00") == self.ATLANTA.end(b"2024-03-10")
        assert to_ms("2024-11-03T23:59:59.999-05:00") == self.ATLANTA.end(b"2024-11-03")

    @pytest.mark.parametrize("time", [b"0905", b"905", b"09:05", b"9:05", b"09:05:59"])
    def test_times_of_day_have_several_forms(self, time: bytes) -> None:
        """All of them are five past nine."""
        assert to_ms("2024-07-01T09:05:00-04:00") == self.ATLANTA.at(b"2024-07-01", time)

    def test_on_a_day_of_change_the_hour_counts(self) -> None:
        """A repeated hour is the first of the two."""
        assert to_ms("2024-11-03T00:30:00-04:00") == self.ATLANTA.at(b"2024-11-03", b"0030")
        assert to_ms("2024-11-03T01:30:00-04:00") == self.ATLANTA.at(b"2024-11-03", b"0130")
        assert to_ms("2024-11-03T09:00:00-05:00") == self.ATLANTA.at(b"2024-11-03", b"0900")

    @pytest.mark.parametrize("day", [b"2024-02-30", b"1899-12-31", b"2101-01-01", b""])
    def test_an_invalid_day_has_no_instants(self, day: bytes) -> None:
        """It is outside the calendar, or outside the centuries of a docket."""
        assert self.ATLANTA.start(day) is self.ATLANTA.end(day) is self.ATLANTA.at(day, b"0900") is None

    @pytest.mark.parametrize("time", [b"2460", b"9", b"noon", b""])
    def test_an_invalid_time_of_day_has_no_instant(self, time: bytes) -> None:
        """Only the day is used."""
        assert self.ATLANTA.at(b"2024-07-01", time) is None


class TestTimesOfARelease:
    def test_midnight_means_no_time(self, tmp_path: Path) -> None:
        """INPUT_TIME 0000 is known at the end of the day."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, INPUT_TIME="0000")
        (hearing,) = convert(release, tmp_path).of("hearing_scheduled")
        assert to_ms("2020-02-03T00:00:00-05:00") == hearing.occurred_at
        assert to_ms("2020-02-03T23:59:59.999-05:00") == hearing.recorded_at

    def test_an_invalid_time_keeps_the_day(self, tmp_path: Path) -> None:
        """The row is converted."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, INPUT_TIME="99:99")
        (hearing,) = convert(release, tmp_path).of("hearing_scheduled")
        assert to_ms("2020-02-03T23:59:59.999-05:00") == hearing.recorded_at

    def test_a_hearing_has_the_zone_of_its_own_court(self, tmp_path: Path) -> None:
        """It may differ from the zone of the case."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, BASE_CITY_CODE="BLM", ADJ_DATE=day("2020-06-15"))
        (hearing,) = convert(release, tmp_path).of("hearing_scheduled")
        assert to_ms("2020-02-03T09:15:00-06:00") == hearing.occurred_at


class TestRoom:
    def test_a_full_disk_is_one_sentence(self) -> None:
        """The sentence says what to do."""
        with (
            pytest.raises(UsageError, match="no room to sort or to write: No space left on device; point TMPDIR"),
            room_on_disk(),
        ):
            raise OSError(errno.ENOSPC, "No space left on device")
