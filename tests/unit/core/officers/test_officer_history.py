"""Open cases of earlier period ends: exact for 30 days, and no longer than needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.officers.open_case_history import LOOK_BACK_MS, OpenCaseHistory
from tests.unit.core.officers.table import DAY, HOUR, hour


class TestOpenCases:
    def test_before_the_first_change_there_were_none(self) -> None:
        """Without a record no case was open."""
        history = OpenCaseHistory()
        assert (history.at(hour(0)), history.next_change(hour(0))) == (0, None)

        history.record(hour(5), 7)
        assert (history.at(hour(4)), history.at(hour(5)), history.at(hour(6))) == (0, 7, 7)

    def test_the_next_change_is_after_the_instant(self) -> None:
        """A change at the instant itself has happened."""
        history = OpenCaseHistory()
        history.record(hour(5), 7)
        history.record(hour(9), 8)

        assert [history.next_change(hour(n)) for n in (4, 5, 8, 9)] == [hour(5), hour(9), hour(9), None]

    @pytest.mark.parametrize("at", [-9_000_000_000_000, 253_402_297_200_000])
    def test_any_year_can_be_asked(self, at: int) -> None:
        """The years are those before 1970 up to 9999."""
        history = OpenCaseHistory()
        history.record(at, 1_000_000)

        assert (history.at(at), history.next_change(at - HOUR)) == (1_000_000, at)

    @given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), max_size=200))
    def test_thirty_days_are_exact(self, steps: list[tuple[int, int]]) -> None:
        """However many changes were pruned, the answers for 30 days are right."""
        history, changes, at = OpenCaseHistory(), [(hour(-1000), 0)], hour(0)
        for gap, count in steps:
            at += gap * HOUR // 4
            at -= at % 60_000
            history.record(at, count)
            changes.append((at, count))
            for back in (0, 1, 15 * DAY, LOOK_BACK_MS):
                assert history.at(at - back) == [n for when, n in changes if when <= at - back][-1]

    def test_a_long_life_takes_no_more_than_a_month(self) -> None:
        """Changes that no question can need are dropped."""
        history = OpenCaseHistory()
        for number in range(5000):
            history.record(hour(number), number % 7)

        assert len(history._changes) < 30 * 24 + 100
