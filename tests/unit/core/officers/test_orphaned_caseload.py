"""orphaned_caseload: an officer on leave or departed who still has open cases after some business days."""

from schemas.instants import to_ms
from tests.unit.core.officers.table import Table, hour, update, with_cases

WEEK = 7 * 24
TEN_DAYS = '[officers]\norphaned_after = "10h"'


class TestDeadline:
    def test_five_business_days_after_the_leave_began(self) -> None:
        """A leave since Monday 10:00 UTC comes due the next Monday, at the same local time of day."""
        table = Table().apply(update("o1", 10, "leave")).at(11, with_cases("o1", 1)).until(10 + WEEK)

        assert table.story("orphaned_caseload") == [("raised", 10 + WEEK)]
        alert = table.last("orphaned_caseload")
        assert (alert.anchor_at, alert.deadline_at, alert.raised_at) == (hour(10), hour(10 + WEEK), hour(10 + WEEK))
        assert alert.evidence == ["u-o1-10-leave-HQ-None"]

    def test_one_period_end_before_there_is_none(self) -> None:
        """One period end before the deadline no alert is raised."""
        table = Table().apply(update("o1", 10, "leave")).at(11, with_cases("o1", 1)).until(9 + WEEK)

        assert table.story("orphaned_caseload") == []

    def test_a_deadline_within_a_period_is_judged_at_its_end(self) -> None:
        """A deadline at 10:30 fires at the period end of 11:00."""
        table = Table(TEN_DAYS).apply(update("o1", 0.5, "departed")).at(1, with_cases("o1", 1)).until(12)

        alert = table.last("orphaned_caseload")
        assert (alert.deadline_at, alert.raised_at) == (hour(10.5), hour(11))

    def test_the_office_has_its_own_days(self) -> None:
        """Monday 02:00 UTC is still Sunday in Seattle: five business days later are Friday there, 18:00 local."""
        table = Table().apply(update("o1", 2, "leave", office="SEA")).at(3, with_cases("o1", 1)).until(6 * 24)

        assert table.last("orphaned_caseload").deadline_at == to_ms("2026-03-07T02:00:00Z")

    def test_the_local_time_of_day_stays(self) -> None:
        """Daylight saving begins in Atlanta in between: 05:00 local is an hour earlier in UTC."""
        table = Table().apply(update("o1", 10, "leave", office="ATL")).at(11, with_cases("o1", 1)).until(10 + WEEK)

        assert table.last("orphaned_caseload").deadline_at == hour(9 + WEEK)


class TestCases:
    def test_without_open_cases_there_is_none(self) -> None:
        """The alert comes with the first case."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "departed")).at(1, with_cases("o1", 0, assigned_30d=2)).until(20)
        assert table.story("orphaned_caseload") == []

        table.at(21, with_cases("o1", 1))
        assert table.story("orphaned_caseload") == [("raised", 21)]

    def test_a_case_in_custody_is_orphaned_too(self) -> None:
        """Its officer is absent, too."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "departed")).at(1, with_cases("o1", 0, in_custody=5)).until(11)
        table.at(12, with_cases("o1", 0))

        assert [("raised", 10), ("resolved", 12)] == table.story("orphaned_caseload")
        assert (0, 5) == (table.alerts[0].open_cases, table.alerts[0].in_custody)

    def test_it_ends_when_the_last_case_has_gone_and_may_come_back(self) -> None:
        """The load resolves it; the next case raises the same alert again as revision 3."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "departed")).at(1, with_cases("o1", 2)).until(12)
        table.at(13).until(15).at(16, with_cases("o1", 1))

        assert table.story("orphaned_caseload") == [("raised", 10), ("resolved", 13), ("raised", 16)]
        first, ended, again = [alert for alert in table.alerts if alert.cause == "orphaned_caseload"]
        assert ended.ended_by == "load"
        assert (again.alert_id, again.revision, again.raised_at, again.ended_at) == (first.alert_id, 3, hour(16), None)


class TestStatus:
    def test_a_return_resolves_it(self) -> None:
        """The officer is active again after the deadline."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "leave")).at(1, with_cases("o1", 2)).until(12)
        table.apply(update("o1", 12.5, "active")).until(13)

        ended = table.last("orphaned_caseload")
        assert (ended.status, ended.ended_by) == ("resolved", "officer_updated")

    def test_a_return_known_late_retracts_it(self) -> None:
        """A return before the deadline would have prevented the alert."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "leave")).at(1, with_cases("o1", 2)).until(12)
        table.apply(update("o1", 10, "active", recorded=12.5)).until(13)

        assert table.last("orphaned_caseload").status == "retracted"

    def test_a_nightly_repetition_changes_nothing(self) -> None:
        """The absence begins with the first officer_updated of it, however often it is repeated."""
        table = Table().apply(update("o1", 10, "leave")).at(11, with_cases("o1", 1))
        for night in range(1, 7):
            table.apply(update("o1", night * 24, "leave")).until(night * 24 + 1)
        table.until(10 + WEEK)

        assert table.story("orphaned_caseload") == [("raised", 10 + WEEK)]
        assert table.last("orphaned_caseload").anchor_at == hour(10)

    def test_departure_after_leave_is_the_same_absence(self) -> None:
        """The officer leaves for good during a leave, so the absence continues."""
        table = Table(TEN_DAYS).apply(update("o1", 0, "leave"), update("o1", 5, "departed")).at(6, with_cases("o1", 1))
        table.until(12)

        assert (table.story("orphaned_caseload"), table.last("orphaned_caseload").anchor_at) == (
            [("raised", 10)],
            hour(0),
        )

    def test_an_earlier_absence_supersedes(self) -> None:
        """A corrected beginning moves the anchor: the old alert ends as superseded, a new one is raised."""
        table = Table(TEN_DAYS).apply(update("o1", 2, "leave")).at(3, with_cases("o1", 1)).until(13)
        table.apply(update("o1", 1, "leave", recorded=13.5)).until(14)

        assert table.story("orphaned_caseload") == [("raised", 12), ("retracted", 14), ("raised", 14)]
        ended, new = table.alerts[-2:]
        assert (ended.ended_by, new.anchor_at, new.revision) == ("superseded", hour(1), 1)

    def test_an_officer_without_an_update_is_not_absent(self) -> None:
        """Without an officer_updated there is no status."""
        assert Table(TEN_DAYS).at(1, with_cases("o1", 1)).until(30).story("orphaned_caseload") == []
