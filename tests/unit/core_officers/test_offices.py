"""Offices: how loads are spread, how many officers they need, and what rests on each weight."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.loads import Load
from streams.core.loads import PartialRow
from streams.core.officer_loads import load_of
from streams.core.officer_registers import Updated
from streams.core.officer_rules import OfficerRules
from streams.core.offices import Adrift, Sensitivity, spread_of, summarise, summarise_offices
from tests.unit.core_officers.table import hour, rules

RULES = rules()


def load(officer: str, low: int, office: str = "ATL", status: str = "active", **others: int) -> Load:
    updated = Updated((0, 4, 0, "u", 0), office, status, None)  # type: ignore[arg-type]
    row = PartialRow(officer, open_cases=low, by_level=(0, 0, low, 0), **others)
    return load_of(officer, row, updated, OfficerRules(RULES), hour(1))


class TestSpread:
    def test_of_nobody_there_is_none(self) -> None:
        """No officers, no spread."""
        assert spread_of([]) is None

    def test_nearest_rank(self) -> None:
        """Of 1 to 10 half have at most 5, nine tenths at most 9: numbers that somebody has."""
        spread = spread_of(range(1, 11))
        assert spread is not None

        assert (spread.p50, spread.p90, spread.largest) == (5, 9, 10)

    @pytest.mark.parametrize(
        ("numbers", "gini"),
        [([7, 7, 7], 0), ([0, 0], 0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25), ([1, 2, 3, 4, 5], 4 / 15)],
    )
    def test_gini_by_hand(self, numbers: list[int], gini: float) -> None:
        """All the same 0; one of four has it all 3/4."""
        spread = spread_of(numbers)
        assert spread is not None

        assert spread.gini == pytest.approx(gini)

    @given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
    def test_gini_is_half_the_relative_mean_difference(self, numbers: list[int]) -> None:
        """What the ranks give is what all pairs give."""
        spread = spread_of(numbers)
        assert spread is not None
        pairs = sum(abs(a - b) for a, b in product(numbers, numbers))
        expected = pairs / (2 * len(numbers) * sum(numbers)) if sum(numbers) else 0

        assert spread.gini == pytest.approx(expected, abs=1e-9)


class TestOffice:
    def test_the_audit_s_yardstick(self) -> None:
        """120 hours a month give 1,700 cases 4.2 minutes each and 10,156 cases 43 seconds."""
        one, other = summarise_offices([load("o1", 1700), load("o2", 10_156, "WAS")], RULES)

        assert round(one.minutes_per_case_month or 0, 1) == 4.2
        assert round((other.minutes_per_case_month or 0) * 60) == 43

    def test_by_hand(self) -> None:
        """60 and 180 cases of an hour are 240 h: two officers of 120 h needed, and two there."""
        office = summarise([load("o1", 60, lost_track=2), load("o2", 180, in_custody=5)], RULES, office="ATL")

        assert (office.officers, office.at_work, office.open_cases, office.in_custody, office.lost_track) == (
            2,
            2,
            240,
            5,
            2,
        )
        assert (office.workload_minutes_month, office.capacity_minutes_month) == (240 * 60, 240 * 60)
        assert (office.minutes_per_case_month, office.officers_needed) == (60, 2)
        assert office.cases is not None
        assert (office.cases.p50, office.cases.largest, office.cases.gini) == (60, 180, 0.25)
        assert office.utilisation is not None
        assert office.utilisation.largest == 1.5

    def test_who_is_away_has_cases_and_no_time(self) -> None:
        """The cases of a departed officer need officers; an absent officer without cases is not there at all."""
        loads = [load("o1", 120), load("o2", 120, status="departed"), load("o3", 0, status="leave")]
        office = summarise(loads, RULES)

        assert (office.officers, office.at_work, office.officers_needed) == (2, 1, 2)
        assert office.minutes_per_case_month == 30

    def test_offices_by_name_and_the_unknown_last(self) -> None:
        """An office with nobody, only cases adrift, has a summary too."""
        nowhere = load_of("o9", PartialRow("o9", 1), None, OfficerRules(RULES), hour(1))
        offices = summarise_offices([nowhere, load("o1", 1, "WAS")], RULES, {"SEA": Adrift(3, 4)})

        assert [(o.office, o.officers, o.unassigned, o.in_transit) for o in offices] == [
            ("SEA", 0, 3, 4),
            ("WAS", 1, 0, 0),
            (None, 1, 0, 0),
        ]
        assert (offices[0].cases, offices[0].minutes_per_case_month, offices[0].officers_needed) == (None, None, 0)


class TestSensitivity:
    def test_a_quarter_of_each_weight_by_hand(self) -> None:
        """100 low cases, 10 hearings, 40 check-ins: 100 h + 10 h + 10 h of 120 h."""
        office = summarise([load("o1", 100, hearings_30d=10, bookings_30d=40)], RULES)

        assert office.officers_needed == 1
        assert office.sensitivity == [
            Sensitivity("load.minutes_per_month.intensive", 1, 1),
            Sensitivity("load.minutes_per_month.standard", 1, 1),
            Sensitivity("load.minutes_per_month.low", 95 / 120, 145 / 120),
            Sensitivity("load.minutes_per_month.annual", 1, 1),
            Sensitivity("load.hearing_minutes", 117.5 / 120, 122.5 / 120),
            Sensitivity("load.check_in_minutes", 117.5 / 120, 122.5 / 120),
        ]

    def test_without_a_capacity_nothing_can_be_said(self) -> None:
        """A policy under which an officer has no time for cases."""
        office = summarise([load("o1", 100)], rules("[load]\ncapacity_hours_month = 0"))

        assert (office.officers_needed, office.sensitivity) == (None, [])


class TestMoreOfficers:
    def test_minutes_with_more_officers(self) -> None:
        """Ten more officers for 10,156 cases of one: eleven times 43 seconds."""
        office = summarise([load("o1", 10_156)], RULES)

        assert office.minutes_per_case_with(10, RULES) == pytest.approx(11 * 7200 / 10_156)
        assert office.minutes_per_case_with(-2, RULES) == 0
        assert summarise([], RULES).minutes_per_case_with(1, RULES) is None
