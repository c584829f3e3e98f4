"""The numbers of charts: equal in the drawing, the sentence and the table."""

from decimal import Decimal
from typing import Final

import msgspec

from schemas.policy import load_policy
from streams.core.load.calendar import CALENDAR_DAYS, CalendarRow
from streams.core.load.office_rows import CalendarPartial, OfficePartial, OfficeRow, StaffRow
from streams.core.policy.rules import Rules
from streams.web.pages.chart_content import (
    caseloads,
    change_since,
    day_text,
    days_ahead,
    lost_track_days,
    raised_and_ended,
)
from streams.web.pages.chart_elements import spark_points
from streams.web.pages.trends import tile_trends
from streams.web.totals import count
from tests.unit.web.alerts import DAY, NOW, alert, load, tables_of
from tests.unit.web.test_daily_alert_counts import ended, history

TODAY = NOW // DAY
RULES: Final = Rules(load_policy(None))
encode: Final = msgspec.json.Encoder().encode


class TestLostTrack:
    def test_ninety_days_by_side(self) -> None:
        """The newest day is first in the table and last in the drawing."""
        daily = history(ended("1", 40, 2), ended("2", 1, 0, cause="check_in_overdue", case_id="c-1"))
        content = lost_track_days(daily, TODAY)
        lines = {each["name"]: each["data"] for each in content.options["series"]}
        assert [("any side", 90), ("agency", 90), ("record", 90), ("person", 90)] == [
            (name, len(data)) for name, data in lines.items()
        ]
        assert [1, 0, 1, 0] == lines["any side"][-4:]
        assert [0, 0, 1, 0] == lines["person"][-4:]
        assert content.rows[1] == ["2025-12-31", "1", "0", "0", "1"]
        assert len(content.rows) == 90
        assert content.sentence.startswith("0 cases now (0 agency, 0 record, 0 person; ")
        assert content.sentence.endswith("0 on 2025-10-04, at most 1.")

    def test_colour_is_not_the_only_difference_of_sides(self) -> None:
        """Each line has a stroke of its own."""
        kinds = [str(each["lineStyle"]["type"]) for each in lost_track_days(history(), TODAY).options["series"]]
        assert len(set(kinds)) == len(kinds)


class TestTiles:
    def test_the_line_and_the_change_of_each(self) -> None:
        """The ends of two days and now; the other days are unknown."""
        tables = tables_of(
            alert("1", raised_at="2025-12-01T00:00:00.000Z"),
            alert("2", raised_at="2025-12-31T00:00:00.000Z"),
            alert("3", raised_at="2026-01-01T00:00:00.000Z"),
            alert("4", raised_at="2026-01-01T00:00:00.000Z"),
        )
        for days_ago, unassigned, open_cases in ((2, 3, 40), (1, 3, 50), (0, 1, 60)):
            as_of = NOW - days_ago * DAY
            row = OfficeRow("ATL", open_cases=open_cases, by_level=(0, open_cases, 0, 0), unassigned=unassigned)
            people = StaffRow("ATL", officers_at_work=2, capacity_minutes_month=Decimal(14_400))
            tables.update_offices(b"cases:0", encode(OfficePartial(0, as_of, [row])))
            tables.update_offices(b"officers:0", encode(OfficePartial(0, as_of, staff=[people])))
            for officer in range(2):
                used = 1.5 if officer <= days_ago else 0.5
                tables.update_load(load(f"o-{officer}", as_of=as_of, utilisation=used).json())
        past = tile_trends(tables, RULES, count(tables, RULES), NOW)

        assert ([1, 2, 4], "+2 since yesterday") == (past.lost_track.numbers[-3:], past.lost_track.change)
        assert ([3, 3, 1], "-2 since yesterday") == (past.unassigned.numbers, past.unassigned.change)
        assert ([2, 2, 1], "-1 since yesterday") == (past.over.numbers, past.over.change)
        assert ([360.0, 288.0, 240.0], "-48.0 since yesterday") == (past.minutes.numbers, past.minutes.change)
        assert 3 == len(past.needed.numbers)
        assert past.needed.change == change_since(past.needed.numbers[1], past.needed.numbers[2], 2)
        assert past.needed.change.startswith("+")


class TestWeeks:
    def test_raised_beside_ended(self) -> None:
        """There are thirteen weeks; the current one has its own sentence."""
        content = raised_and_ended(history(ended("1", 10, 2), ended("2", 11, 9)), TODAY)
        assert content.rows[:2] == [["2025-12-29", "0", "1"], ["2025-12-22", "1", "1"]]
        assert len(content.rows) == 13
        assert content.sentence == "This week 0 raised and 1 ended; in the 12 weeks before 2 raised and 1 ended."


def calendar(partition: int, as_of: int, office: str, hearings: dict[int, int]) -> CalendarPartial:
    none = [0] * CALENDAR_DAYS
    days = [hearings.get(day, 0) for day in range(CALENDAR_DAYS)]
    return CalendarPartial(partition, as_of, calendar=[CalendarRow(office, none, days, [2, *none[1:]])])


class TestDaysAhead:
    def test_the_sum_of_the_partitions_by_day(self) -> None:
        """A partition whose clock is a day behind began a day earlier."""
        partials = [
            calendar(0, NOW + 5, "ATL", {0: 1, 13: 7}),
            calendar(1, NOW - 5, "ATL", {0: 40, 1: 2, 13: 4}),
            calendar(2, NOW, "SEA", {2: 5}),
        ]
        content = days_ahead(partials)
        assert content is not None
        assert content.rows[0] == ["2026-01-01", "0", "3", "4"]
        assert content.rows[2] == ["2026-01-03", "0", "5", "0"]
        assert [content.rows[12][2], content.rows[13][2]] == ["4", "7"]
        assert content.sentence.startswith("0 check-ins and 19 hearings are booked. 4 cases have a deadline")
        of_sea = days_ahead(partials, ["SEA"])
        assert of_sea is not None
        assert sum(int(day[2]) for day in of_sea.rows) == 5

    def test_before_any_is_published(self) -> None:
        """As with a worker of the release before."""
        assert days_ahead([]) is None


class TestCaseloads:
    def test_a_box_for_each_office_beside_what_the_audit_found(self) -> None:
        """Officers at work only; 0 is drawn at 1, for the axis is logarithmic, and said as 0."""
        loads = [load(f"o-{cases}", open_cases=cases) for cases in (0, 100, 200, 300, 1_800)]
        loads += [load("o-x", office="WAS", open_cases=10_156), load("o-y", open_cases=9_000, status="leave")]
        content = caseloads(loads)
        assert content.rows == [
            ["ATL", "5", "0", "100", "200", "300", "1,800"],
            ["WAS", "1", *["10,156"] * 5],
        ]
        series = content.options["series"][0]
        assert content.options["yAxis"]["data"] == ["ATL", "WAS"]
        assert series["data"] == [[1.0, 100, 200, 300, 1_800], [10_156] * 5]
        assert [1_700, 10_000] == [each["xAxis"] for each in series["markLine"]["data"]]
        assert content.sentence.startswith("The officer with the most open cases has 10,156. 2 of 6 officers at work")

    def test_before_the_first_load(self) -> None:
        """There is no load yet."""
        assert caseloads([]).rows == []


class TestWords:
    def test_a_change_since_yesterday(self) -> None:
        """The change has its sign; an unknown change is not shown."""
        assert ["+12 since yesterday", "-1,200 since yesterday", "as yesterday", "", ""] == [
            change_since(before, after) for before, after in ((3, 15), (1_300, 100), (4, 4), (None, 4), (4, None))
        ]
        assert ["+0.4 since yesterday", "as yesterday"] == [change_since(1.0, after, 1) for after in (1.4, 1.01)]

    def test_days(self) -> None:
        """They are ISO dates."""
        assert day_text(TODAY) == "2026-01-01"


class TestSparkline:
    def test_the_largest_is_at_the_top(self) -> None:
        """The line runs from left to right; a flat line is in the middle, and one number gives none."""
        assert spark_points([0, 5, 10]) == "0.0,22.0 48.0,12.0 96.0,2.0"
        assert spark_points([3, 3]) == "0.0,12.0 96.0,12.0"
        assert spark_points([3]) == ""
