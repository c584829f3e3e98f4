"""Labels: every cause has some, and none is about a person's guilt."""

from zoneinfo import ZoneInfo

from schemas.causes import Cause, CauseClass, OfficerCause
from schemas.instants import LATEST_MS
from streams.web.labels import CAUSES, DOCKET_CAUSES, SIDES, age, instant, number, percent, readable
from tests.unit.web.alerts import DAY, NOW


class TestLabels:
    def test_everything_has_a_name(self) -> None:
        """A new cause needs one."""
        assert list(CAUSES) == list(Cause)
        assert list(SIDES) == list(CauseClass)
        assert list(DOCKET_CAUSES) == list(OfficerCause)

    def test_they_are_about_records(self) -> None:
        """No label is about a person."""
        found = " ".join(f"{name} {meaning}" for name, meaning in CAUSES.values()).lower()
        assert not {"abscond", "fugitive", "alien", "he ", "she ", "failed", "violat"} & {
            word for word in ("abscond", "fugitive", "alien", "he ", "she ", "failed", "violat") if word in found
        }

    def test_numbers(self) -> None:
        """An unknown value is a dash."""
        assert ["12,180.0", "-", "135%", "-"] == [number(12_180), number(None), percent(1.35), percent(None)]

    def test_instants_and_ages(self) -> None:
        """Instants are to the minute, in UTC; an age has the largest unit that fits."""
        assert ["2026-01-01 00:00 UTC", "-"] == [instant(NOW), instant(None)]
        ages = [age(NOW - gone, NOW) for gone in (0, 59 * 60_000, 3_600_000, DAY, 1_200 * DAY, -5)]
        assert ["0 min", "59 min", "1 h", "1 d", "1,200 d", "0 min"] == ages
        assert age(None, NOW) == age(NOW, None) == "-"

    def test_the_time_of_an_office_stands_beside_utc(self) -> None:
        """The date is shown where it differs; an office in UTC has one time."""
        atlanta, utc = ZoneInfo("America/New_York"), ZoneInfo("UTC")
        assert instant(NOW + 15 * 3_600_000, atlanta) == "2026-01-01 15:00 UTC (10:00 EST)"
        assert instant(NOW, atlanta) == "2026-01-01 00:00 UTC (2025-12-31 19:00 EST)"
        assert instant(NOW, utc) == "2026-01-01 00:00 UTC"
        assert readable("due at 2026-07-07T13:24:52.798Z", atlanta) == "due at 2026-07-07 13:24 UTC (09:24 EDT)"
        assert instant(LATEST_MS, ZoneInfo("Asia/Tokyo")) == "9999-12-31 23:59 UTC", "a date that never comes"

    def test_sentences_of_the_core(self) -> None:
        """Their instants are to the minute."""
        assert readable("counted from 2026-01-07T13:24:52.798Z on") == "counted from 2026-01-07 13:24 UTC on"
