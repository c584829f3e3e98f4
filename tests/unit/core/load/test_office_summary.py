"""Offices: the spread of loads, the officers needed, and the effect of each weight."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.loads import Load
from streams.core.load.office_record import Sensitivity, office_totals
from streams.core.load.office_rows import OfficeRow, staff_rows
from streams.core.load.office_summary import OfficeSummary, spread_of, summarise_offices
from streams.core.load.partials import PartialRow
from streams.core.officers.load_record import load_of
from streams.core.officers.state.registers import OfficerUpdate
from streams.core.officers.state.rules import OfficerRules
from streams.core.policy.rules import Rules
from tests.unit.core.officers.table import hour, rules

RULES = rules()


def office(loads: list[Load], cases: OfficeRow, rules: Rules = RULES) -> OfficeSummary:
    totals = office_totals([cases], staff_rows(loads, {}.get))
    return summarise_offices(totals, loads, rules, hour(1))[1]


def load(officer: str, low: int, office: str = "ATL", status: str = "active", **others: int) -> Load:
    updated = OfficerUpdate((0, 4, 0, "u", 0), office, status, None)  # type: ignore[arg-type]
    row = PartialRow(officer, open_cases=low, by_level=(0, 0, low, 0), **others)
    return load_of(officer, row, updated, OfficerRules(RULES), hour(1))


class TestSpread:
    def test_without_officers_there_is_none(self) -> None:
        """An office without officers has no spread."""
        assert spread_of([]) is None

    def test_between_two_officers_in_proportion(self) -> None:
        """Of 1 to 11 half have at most 6, nine tenths at most 10; of 1 to 10, as in Prometheus, 5.5 and 9.1."""
        odd, even = spread_of(range(1, 12)), spread_of(range(1, 11))
        assert odd is not None
        assert even is not None

        assert (odd.p50, odd.p90, odd.largest) == (6, 10, 11)
        assert (even.p50, even.p90, even.largest) == (5.5, pytest.approx(9.1), 10)

    @given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
    def test_no_quantile_is_above_the_largest(self, numbers: list[int]) -> None:
        """This holds for any number of officers."""
        spread = spread_of(numbers)
        assert spread is not None
        assert min(numbers) <= spread.p50 <= spread.p90 <= spread.largest == max(numbers)

    @pytest.mark.parametrize(
        ("numbers", "gini"),
        [([7, 7, 7], 0), ([0, 0], 0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25), ([1, 2, 3, 4, 5], 4 / 15)],
    )
    def test_gini_by_hand(self, numbers: list[int], gini: float) -> None:
        """Equal loads give 0; one of four with all of it gives 3/4."""
        spread = spread_of(numbers)
        assert spread is not None

        assert spread.gini == pytest.approx(gini)

    @given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
    def test_gini_is_half_the_relative_mean_difference(self, numbers: list[int]) -> None:
        """The formula by ranks gives the same as that by pairs."""
        spread = spread_of(numbers)
        assert spread is not None
        pairs = sum(abs(a - b) for a, b in product(numbers, numbers))
        expected = pairs / (2 * len(numbers) * sum(numbers)) if sum(numbers) else 0

        assert spread.gini == pytest.approx(expected, abs=1e-9)


class TestOffice:
    @pytest.mark.parametrize(("cases", "seconds"), [(1_700, 254), (10_156, 43)])
    def test_the_audit_s_yardstick(self, cases: int, seconds: int) -> None:
        """120 hours per month give 1,700 cases 4.2 minutes each and 10,156 cases 43 seconds."""
        summary = office([load("o1", cases)], OfficeRow("ATL", cases, by_level=(0, 0, cases, 0)))
        assert round((summary.record.minutes_per_case_month or 0) * 60) == seconds

    def test_by_hand(self) -> None:
        """60 and 180 cases of an hour are 240 h: two officers of 120 h are needed, and two are there."""
        summary = office([load("o1", 60), load("o2", 180)], OfficeRow("ATL", 240, 5, (0, 0, 240, 0)))

        assert (summary.record.officers_at_work, summary.officers_absent, summary.record.open_cases) == (2, 0, 240)
        assert (summary.record.workload_minutes_month, summary.record.capacity_minutes_month) == (240 * 60, 240 * 60)
        assert (summary.record.minutes_per_case_month, summary.record.officers_needed) == (60, 2)
        assert summary.cases is not None
        assert (summary.cases.p50, summary.cases.largest, summary.cases.gini) == (120, 180, 0.25)
        assert summary.utilisation is not None
        assert summary.utilisation.largest == 1.5

    def test_absent_officers_are_counted_apart(self) -> None:
        """No spread and no threshold counts them; the cases of a departed officer need officers all the same."""
        loads = [load("o1", 120), load("o2", 900, status="departed"), load("o3", 0, status="leave")]
        summary = office(loads, OfficeRow("ATL", 1_020, by_level=(0, 0, 1_020, 0)))

        assert (summary.record.officers_at_work, summary.officers_absent, summary.record.officers_needed) == (1, 1, 8.5)
        assert summary.record.minutes_per_case_month == pytest.approx(7_200 / 1_020)
        assert summary.officers_over == (1, 0)
        assert summary.cases is not None
        assert (summary.cases.p90, summary.cases.largest) == (120, 120)

    def test_a_threshold_counts_when_it_is_reached(self) -> None:
        """120 and 180 cases of an hour are 100 % and 150 % of 120 hours: both thresholds count, as in `raise`."""
        summary = office([load("o1", 119), load("o2", 120), load("o3", 180)], OfficeRow("ATL", 419))
        assert summary.officers_over == (2, 1)


class TestSensitivity:
    CASES = OfficeRow("ATL", 100, by_level=(0, 0, 100, 0), hearings_30d=10, bookings_30d=40)

    def test_a_quarter_of_each_weight_by_hand(self) -> None:
        """100 low cases, 10 hearings, 40 check-ins: 100 h + 10 h + 10 h of 120 h."""
        summary = office([load("o1", 100)], self.CASES)

        assert summary.record.officers_needed == 1
        assert summary.sensitivity == [
            Sensitivity("load.minutes_per_month.intensive", 1, 1),
            Sensitivity("load.minutes_per_month.standard", 1, 1),
            Sensitivity("load.minutes_per_month.low", 95 / 120, 145 / 120),
            Sensitivity("load.minutes_per_month.annual", 1, 1),
            Sensitivity("load.hearing_minutes", 117.5 / 120, 122.5 / 120),
            Sensitivity("load.check_in_minutes", 117.5 / 120, 122.5 / 120),
        ]

    def test_without_a_capacity_there_is_none(self) -> None:
        """The policy gives an officer no time for cases, and no officer is at work."""
        summary = office([], self.CASES, rules("[load]\ncapacity_hours_month = 0"))

        assert (summary.record.officers_needed, summary.sensitivity) == (None, [])
