"""intake_too_fast: more cases within 30 days than a share of those open 30 days before, and than a minimum."""

import pytest

from tests.unit.core.officers.table import Table, hour, update, with_cases

MONTH = 30 * 24


class TestMinimum:
    @pytest.mark.parametrize(("assigned", "expected"), [(20, []), (21, [("raised", 1 + MONTH)])])
    def test_the_minimum_is_never_too_many(self, assigned: int, expected: list[tuple[str, int]]) -> None:
        """Without earlier open cases 20 are not too many, and 21 are."""
        table = Table().at(1).until(MONTH).at(1 + MONTH, with_cases("o1", 30, assigned_30d=assigned))

        assert table.story("intake_too_fast") == expected

    def test_it_ends_at_one_period_end(self) -> None:
        """It is raised and ended at once, without a number of periods or a lower threshold; each run is a new alert."""
        table = Table().at(1).until(MONTH).at(1 + MONTH, with_cases("o1", 30, assigned_30d=21)).until(3 + MONTH)
        table.at(4 + MONTH, with_cases("o1", 30, assigned_30d=20))
        table.at(5 + MONTH, with_cases("o1", 30, assigned_30d=22))

        assert table.story("intake_too_fast") == [("raised", 1 + MONTH), ("resolved", 4 + MONTH), ("raised", 5 + MONTH)]
        assert [alert.anchor_at for alert in table.alerts] == [hour(1 + MONTH), hour(1 + MONTH), hour(5 + MONTH)]
        assert table.alerts[1].ended_by == "load"


class TestShare:
    def test_a_sixth_of_those_open_30_days_before(self) -> None:
        """0.1667 of 300 open cases are 50.01: 50 are not too many, 51 are."""
        table = Table().at(1, with_cases("o1", 300)).until(1 + MONTH)
        table.at(2 + MONTH, with_cases("o1", 350, assigned_30d=50))
        assert table.story("intake_too_fast") == []

        table.at(3 + MONTH, with_cases("o1", 351, assigned_30d=51))
        assert table.story("intake_too_fast") == [("raised", 3 + MONTH)]

    def test_an_unchanged_row_is_compared_with_each_new_past(self) -> None:
        """The count of 30 days before decreased at hour 10, so the alert comes 30 days later without a change."""
        table = Table().at(1, with_cases("o1", 300)).until(9).at(10, with_cases("o1", 60)).until(20)
        table.at(21, with_cases("o1", 90, assigned_30d=30)).until(11 + MONTH)

        assert table.story("intake_too_fast") == [("raised", 10 + MONTH)]

    def test_a_change_after_a_long_quiet_time_counts_30_days_later(self) -> None:
        """A docket without changes for more than a month shrinks; a month later its intake is too much for it."""
        table = (
            Table().at(1, with_cases("o1", 300)).until(1 + MONTH).at(2 + MONTH, with_cases("o1", 300, assigned_30d=30))
        )
        table.until(9 + MONTH).at(10 + MONTH, with_cases("o1", 60, assigned_30d=30)).until(11 + 2 * MONTH)

        assert table.story("intake_too_fast") == [("raised", 10 + 2 * MONTH)]

    def test_the_past_of_a_restored_board_is_the_same(self) -> None:
        """A restart has the counts of all 30 days."""
        table = Table().at(1, with_cases("o1", 300)).until(9).at(10, with_cases("o1", 60)).until(20)
        table.at(21, with_cases("o1", 90, assigned_30d=30)).until(25 * 24).restart().until(11 + MONTH)

        assert table.story("intake_too_fast") == [("raised", 10 + MONTH)]

    def test_29_are_not_more_than_1_16_of_25(self) -> None:
        """The comparison is exact in decimal: 1.16 x 25 are 29, in floats a little less."""
        table = Table("[officers]\nintake = { per_open = 1.16, least = 1 }").at(1, with_cases("o1", 25)).until(MONTH)
        assert [] == table.at(1 + MONTH, with_cases("o1", 25, assigned_30d=29)).story("intake_too_fast")

        table.at(2 + MONTH, with_cases("o1", 25, assigned_30d=30))
        assert [("raised", 2 + MONTH)] == table.story("intake_too_fast")


class TestSilence:
    """No intake is too fast until 30 days after the first recorded event."""

    def test_a_docket_that_is_loaded_is_no_intake(self) -> None:
        """The cases open 30 days before are unknown: all cases of the first days are assigned within them."""
        table = Table().at(1, with_cases("o1", 300, assigned_30d=300)).until(MONTH)

        assert [] == table.story("intake_too_fast")

    def test_it_ends_30_days_after_the_first_event(self) -> None:
        """The first event is at the first period end here; an unchanged row is judged then."""
        table = Table().at(1, with_cases("o1", 30, assigned_30d=30)).until(3 + MONTH)

        assert [("raised", 1 + MONTH)] == table.story("intake_too_fast")

    def test_an_officer_event_can_be_the_first(self) -> None:
        """The log begins with it."""
        table = Table().apply(update("o2", 1)).at(1).until(4).at(5, with_cases("o1", 30, assigned_30d=30))

        assert [("raised", 1 + MONTH)] == table.until(2 + MONTH).story("intake_too_fast")

    def test_a_restart_does_not_restart_it(self) -> None:
        """The state has the beginning of the log."""
        table = Table().at(1, with_cases("o1", 30, assigned_30d=30)).until(20 * 24).restart()

        assert [("raised", 1 + MONTH)] == table.until(2 + MONTH).story("intake_too_fast")
