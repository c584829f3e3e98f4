"""The history of the alerts: cases by day and side, alerts by week, and what changes it later."""

from typing import Any

from schemas.instants import to_text
from streams.web.tables.daily_alert_counts import ANY_SIDE, DailyAlertCounts, WeekCounts
from streams.web.tables.daily_changes import DailyChanges
from streams.web.tables.output_tables import OutputTables
from tests.unit.web.alerts import DAY, NOW, alert

TODAY = NOW // DAY


def at(days_ago: float) -> str:
    """The instant so many days before the morning of today."""
    return to_text(NOW - int(days_ago * DAY))


def history(*records: bytes, restricted: tuple[bytes, ...] = ()) -> DailyAlertCounts:
    tables = OutputTables()
    for rows, is_restricted in ((records, False), (restricted, True)):
        for row in rows:
            put(tables, row, is_restricted=is_restricted)
    return tables.alert_history


def put(tables: OutputTables, row: bytes, **where: Any) -> None:
    key = row.partition(b'"alert_id": "')[2].partition(b'"')[0]
    tables.update_alert(key, row, is_restricted=where.get("is_restricted", False))


def ended(key: str, raised: float, gone: float, **changes: Any) -> bytes:
    changes = {"status": "resolved", "ended_at": at(gone), "ended_by": "event", **changes}
    return alert(key, raised_at=at(raised), **changes)


class TestCases:
    def test_a_case_counts_from_the_day_of_its_alert_to_the_day_before_its_end(self) -> None:
        """The state at the end of a day counts."""
        counts = history(ended("1", 5, 2), alert("2", raised_at=at(3)))
        assert [0, 1, 1, 2, 1, 1, 1] == counts.cases(ANY_SIDE, TODAY, 7)

    def test_an_alert_that_began_and_ended_within_a_day_counts_for_no_day(self) -> None:
        """No day ended with it."""
        assert [0, 0, 0] == history(ended("1", 0.9, 0.1)).cases(ANY_SIDE, TODAY, 3)

    def test_a_case_counts_once_however_many_alerts_it_has(self) -> None:
        """Overlapping alerts are one span; on two sides it counts on both."""
        counts = history(
            ended("1", 6, 3, case_id="c-1"),
            alert("2", case_id="c-1", cause="check_in_overdue", raised_at=at(4)),
            ended("3", 5, 4, case_id="c-1", cause="in_transit"),
        )
        assert [0, 1, 1, 1, 1, 1, 1, 1] == counts.cases(ANY_SIDE, TODAY, 8)
        assert [0, 1, 1, 1, 0, 0, 0, 0] == counts.cases("agency", TODAY, 8)
        assert [0, 0, 0, 1, 1, 1, 1, 1] == counts.cases("person", TODAY, 8)

    def test_a_later_revision_replaces_the_one_before(self) -> None:
        """An alert that ended counts no longer, from the day of its end on."""
        tables = OutputTables()
        put(tables, alert("1", raised_at=at(3)))
        put(tables, ended("1", 3, 1))
        assert [0, 1, 1, 0, 0] == tables.alert_history.cases(ANY_SIDE, TODAY, 5)
        tables.update_alert(b"1", None, is_restricted=False)
        assert [0, 0, 0, 0, 0] == tables.alert_history.cases(ANY_SIDE, TODAY, 5)

    def test_a_case_that_becomes_protected_counts_once(self) -> None:
        """Its alert moves to another topic; totals include it for every role."""
        counts = history(alert("1", raised_at=at(2)), restricted=(alert("1", raised_at=at(2), revision=2),))
        assert [0, 1, 1, 1] == counts.cases(ANY_SIDE, TODAY, 4)


class TestWeeks:
    def test_alerts_raised_beside_alerts_ended(self) -> None:
        """Weeks begin on Monday; 2026-01-01 is a Thursday, so this week has four days so far."""
        monday = TODAY - 3
        counts = history(ended("1", 10, 2), ended("2", 4, 1), alert("3", raised_at=at(0)))
        assert [WeekCounts(monday - 7, 2, 0), WeekCounts(monday, 1, 2)] == counts.weeks(TODAY, 2)
        assert [WeekCounts(monday, 1, 2)] == counts.weeks(TODAY + 3, 1)
        assert [WeekCounts(monday + 7, 0, 0)] == counts.weeks(TODAY + 4, 1)


class TestBound:
    def test_what_lies_long_ago_is_kept_as_one_change(self) -> None:
        """The days of a long log do not grow for ever, and later counts stay right."""
        changes = DailyChanges()
        for day in range(5_000):
            changes.add(day, 1)
        assert len(changes._changes) <= 2_001
        assert [4_999, 5_000, 5_000] == changes.until(4_998, 5_000)
