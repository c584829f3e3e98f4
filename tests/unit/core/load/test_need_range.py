"""The officers needed when all weights change together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import load_policy, parse_policy
from streams.core.load.need_range import need_range
from streams.core.load.office_record import OfficeTotals
from streams.core.load.office_rows import OfficeRow
from streams.core.policy.rules import Rules

RULES = Rules(load_policy())


def totals(*by_level: int, hearings: int = 0, bookings: int = 0) -> OfficeTotals:
    row = OfficeRow("ATL", sum(by_level), by_level=by_level, hearings_30d=hearings, bookings_30d=bookings)
    return OfficeTotals.of("ATL", [row], [])


class TestRange:
    def test_one_weight_is_the_uniform_spread(self) -> None:
        """With one weight the tenth of the draws lies 20 % below, the nine tenths 20 % above."""
        found = need_range(totals(3_600, 0, 0, 0), RULES)
        assert found is not None
        middle = 3_600 * 240 / 7_200
        assert (found.p10, found.p90) == (pytest.approx(0.8 * middle, rel=0.01), pytest.approx(1.2 * middle, rel=0.01))

    def test_several_weights_even_out(self) -> None:
        """Six equal parts spread less than one part of their sum."""
        found = need_range(totals(30, 60, 120, 720, hearings=120, bookings=480), RULES)
        assert found is not None
        middle = 6 * 7_200 / 7_200
        assert 0.88 * middle < found.p10 < 0.94 * middle < middle < 1.06 * middle < found.p90 < 1.12 * middle

    def test_it_is_the_same_every_time(self) -> None:
        """The draws are seeded."""
        assert need_range(totals(1, 2, 3, 4), RULES) == need_range(totals(1, 2, 3, 4), RULES)

    @given(st.tuples(*[st.integers(0, 10_000)] * 4), st.integers(0, 5_000))
    def test_it_lies_around_the_need(self, by_level: tuple[int, int, int, int], hearings: int) -> None:
        """It lies within a quarter of the need on either side."""
        office = totals(*by_level, hearings=hearings)
        needed = office.record(RULES, 0).officers_needed
        found = need_range(office, RULES)
        assert needed is not None
        assert found is not None
        assert 0.75 * needed - 1e-9 <= found.p10 <= found.p90 <= 1.25 * needed + 1e-9

    def test_without_a_capacity_there_is_none(self) -> None:
        """No officer is at work, and the policy gives no capacity."""
        policy = 'name = "none"\nversion = "1"\nreview_by = 2030-01-01\n[load]\ncapacity_hours_month = 0\n'
        assert need_range(totals(1, 1, 1, 1), Rules(parse_policy(policy, "none"))) is None
