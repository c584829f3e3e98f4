"""intake_too_fast: more cases taken in within 30 days than a share of those open 30 days before, and than a least."""

import pytest

from tests.unit.core_officers.table import Table, hour, with_cases

MONTH = 30 * 24


class TestLeast:
    @pytest.mark.parametrize(("assigned", "expected"), [(20, []), (21, [("raised", 1)])])
    def test_up_to_the_least_is_never_too_many(self, assigned: int, expected: list[tuple[str, int]]) -> None:
        """With nothing open before, 20 may come in and 21 may not."""
        table = Table().at(1, with_cases("o1", 30, assigned_30d=assigned))

        assert table.story("intake_too_fast") == expected

    def test_it_ends_at_one_period_end(self) -> None:
        """It is raised and ended at once, without periods and without a lower mark; each run is a new alert."""
        table = (
            Table().at(1, with_cases("o1", 30, assigned_30d=21)).until(3).at(4, with_cases("o1", 30, assigned_30d=20))
        )
        table.at(5, with_cases("o1", 30, assigned_30d=22))

        assert table.story("intake_too_fast") == [("raised", 1), ("resolved", 4), ("raised", 5)]
        assert [alert.anchor_at for alert in table.alerts] == [hour(1), hour(1), hour(5)]
        assert table.alerts[1].ended_by == "load"


class TestShare:
    def test_one_for_six_of_those_open_30_days_before(self) -> None:
        """Of 300 open cases 0.1667 are 50.01: 50 may come in, 51 may not."""
        table = Table().at(1, with_cases("o1", 300)).until(1 + MONTH)
        table.at(2 + MONTH, with_cases("o1", 350, assigned_30d=50))
        assert table.story("intake_too_fast") == []

        table.at(3 + MONTH, with_cases("o1", 351, assigned_30d=51))
        assert table.story("intake_too_fast") == [("raised", 3 + MONTH)]

    def test_a_row_that_stays_the_same_is_measured_against_each_new_past(self) -> None:
        """The cases of 30 days before fell at hour 10; so the alert comes 30 days later, no row changing then."""
        table = Table().at(1, with_cases("o1", 300)).until(9).at(10, with_cases("o1", 60)).until(20)
        table.at(21, with_cases("o1", 90, assigned_30d=30)).until(11 + MONTH)

        assert table.story("intake_too_fast") == [("raised", 21), ("resolved", 1 + MONTH), ("raised", 10 + MONTH)]

    def test_a_change_after_a_long_calm_counts_30_days_later(self) -> None:
        """A docket that stood still for more than a month shrinks; a month on, what came in is too much for it."""
        table = (
            Table().at(1, with_cases("o1", 300)).until(1 + MONTH).at(2 + MONTH, with_cases("o1", 300, assigned_30d=30))
        )
        table.until(9 + MONTH).at(10 + MONTH, with_cases("o1", 60, assigned_30d=30)).until(11 + 2 * MONTH)

        assert table.story("intake_too_fast") == [("raised", 10 + 2 * MONTH)]

    def test_the_past_of_a_restored_board_is_the_same(self) -> None:
        """A restart forgets nothing of the 30 days."""
        table = Table().at(1, with_cases("o1", 300)).until(9).at(10, with_cases("o1", 60)).until(20)
        table.at(21, with_cases("o1", 90, assigned_30d=30)).until(25 * 24).restart().until(11 + MONTH)

        assert table.story("intake_too_fast") == [("raised", 21), ("resolved", 1 + MONTH), ("raised", 10 + MONTH)]
