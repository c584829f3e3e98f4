"""Loads as series: those of each officer, up to a limit; spreads and totals of each office."""

import random
from decimal import Decimal

import pytest

from streams.core.load.office_rows import OfficeRow, StaffRow
from streams.metrics.families import PREFIX
from streams.metrics.offices import NO_OFFICE, OTHER_OFFICES, OfficeLabels, utilisation_bounds
from tests.unit.metrics.metric_samples import (
    RULES,
    case_stats,
    collector,
    exposition,
    key,
    load,
    officer_stats,
    samples,
    view,
)


class TestOfficeNames:
    def test_an_invented_office_shares_a_label(self) -> None:
        """A feed with invented offices adds at most a hundred of them."""
        names = OfficeLabels(["ATL", "SEA"], [f"X-{n:03}" for n in range(500)])
        labels = {names[f"X-{n:03}"] for n in range(500)}

        assert len(labels) == 99
        assert names["X-097"] == "X-097"
        assert names["X-098"] == OTHER_OFFICES
        assert names["ATL"] == "ATL"

    def test_a_missing_office_has_no_label(self) -> None:
        """An empty one has none either."""
        names = OfficeLabels([], ["ATL"])
        assert [names[None], names[""]] == [NO_OFFICE, NO_OFFICE]


class TestEachOfficer:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("open_cases", 1_700),
            ("lost_track_cases", 3),
            ("deadlines_7d", 8),
            ("workload_seconds", 540_000),
            ("utilisation_ratio", 1.25),
            ("time_per_case_seconds", 252),
        ],
    )
    def test_it_has_base_units(self, name: str, value: float) -> None:
        """The units are seconds, not minutes."""
        exported = samples(collector(view(officers={0: officer_stats(load(deadlines_7d=8))})))
        assert exported[key(f"officer_{name}", officer="o-1", office="ATL")] == pytest.approx(value)

    def test_an_unknown_value_has_no_sample(self) -> None:
        """An officer without a case has no time per case; an older worker does not count deadlines."""
        idle = load(open_cases=0, minutes_per_case_month=None, utilisation=None)
        exported = samples(collector(view(officers={0: officer_stats(idle)})))

        assert key("officer_time_per_case_seconds", officer="o-1", office="ATL") not in exported
        assert key("officer_deadlines_7d", officer="o-1", office="ATL") not in exported
        assert exported[key("officer_open_cases", officer="o-1", office="ATL")] == 0
        assert exported[key("time_per_case_seconds_gcount", office="ATL")] == 0
        assert exported[key("caseload_cases_gcount", office="ATL")] == 1

    def test_the_number_of_officers_is_limited(self) -> None:
        """Those with the most open cases have series; the number of the others is exported; totals have all."""
        officers = {0: officer_stats(*(load(f"o-{n}", open_cases=n) for n in range(1, 11)))}
        exported = samples(collector(view(officers=officers), most_officers=3))

        assert {dict(labels)["officer"] for name, labels in exported if name == "officer_open_cases"} == {
            "o-8", "o-9", "o-10",
        }  # fmt: skip
        assert exported[key("officer_series_omitted")] == 7
        assert exported[key("caseload_cases_gcount", office="ATL")] == 10

    def test_they_can_be_switched_off(self) -> None:
        """Then no metric names an officer."""
        text = exposition(collector(view(officers={0: officer_stats(load("o-named"))}), most_officers=0))
        assert "o-named" not in text
        assert f'{PREFIX}office_officers_beyond{{mark="overloaded",office="ATL"}} 1.0' in text


LOADS = (
    load("o-1", open_cases=1_700),
    load("o-2", open_cases=300, minutes_per_case_month=24.0, utilisation=0.9, office="SEA"),
    load("o-3", open_cases=1_300, status="leave", minutes_per_case_month=0.0, utilisation=None),
    load("o-4", open_cases=0, status="departed", minutes_per_case_month=None, utilisation=None),
    load("o-5", open_cases=100, minutes_per_case_month=72.0, utilisation=1.0),
)
OFFICERS = {
    0: officer_stats(*LOADS[:2], staff=[StaffRow("ATL", 1, Decimal(7_200)), StaffRow("SEA", 1, Decimal("249.5"))]),
    1: officer_stats(*LOADS[2:], staff=[StaffRow("ATL", 1, Decimal(7_200), 1, 1_300)]),
}
CASES = {
    0: case_stats(
        offices=[OfficeRow("ATL", 120, 7, (0, 20, 100, 0), 1, 2, 3, 10, 6, (1, 0, 0, 0, 0, 0, 0, 0, 5), 40, 0, 4)]
    ),
    1: case_stats(
        offices=[
            OfficeRow("ATL", 30, 0, (30, 0, 0, 0), unassigned=2, in_transit=9, deadlines_7d=1),
            OfficeRow("SEA", 1),
        ]
    ),
}


class TestSpread:
    @pytest.mark.parametrize(
        ("name", "labels", "value"),
        [
            ("caseload_cases_bucket", {"office": "ATL", "le": "25.0"}, 0),
            ("caseload_cases_bucket", {"office": "ATL", "le": "100.0"}, 1),
            ("caseload_cases_bucket", {"office": "ATL", "le": "1700.0"}, 2),
            ("caseload_cases_gsum", {"office": "ATL"}, 1_800),
            ("caseload_cases_max", {"office": "ATL"}, 1_700),
            ("utilisation_ratio_bucket", {"office": "SEA", "le": "0.9"}, 1),
            ("utilisation_ratio_max", {"office": "ATL"}, 1.25),
            ("time_per_case_seconds_bucket", {"office": "ATL", "le": "240.0"}, 0),
            ("time_per_case_seconds_bucket", {"office": "ATL", "le": "300.0"}, 1),
            ("workload_seconds_gcount", {"office": "SEA"}, 1),
            ("office_officers_beyond", {"office": "ATL", "mark": "overloaded"}, 2),
            ("office_officers_beyond", {"office": "ATL", "mark": "critical"}, 0),
            ("officer_at_work", {"office": "ATL", "officer": "o-3"}, 0),
            ("officer_at_work", {"office": "ATL", "officer": "o-5"}, 1),
        ],
    )
    def test_it_is_that_of_officers_at_work(self, name: str, labels: dict[str, str], value: float) -> None:
        """It is summed over partitions; no absent officer is in a spread or beyond a threshold."""
        assert samples(collector(view(officers=OFFICERS)))[key(name, **labels)] == value


class TestOffice:
    @pytest.mark.parametrize(
        ("name", "labels", "value"),
        [
            ("office_open_cases", {"level": "standard"}, 20),
            ("office_open_cases", {"level": "intensive"}, 30),
            ("office_in_custody_cases", {}, 7),
            ("office_unassigned_cases", {}, 42),
            ("office_in_transit_cases", {}, 9),
            ("office_with_absent_cases", {}, 1_300),
            ("office_lost_track_cases", {}, 6),
            ("office_lost_track_cause_cases", {"cause": "no_contact"}, 5),
            ("office_bookings_7d", {}, 1),
            ("office_hearings_7d", {}, 3),
            ("office_hearings_30d", {}, 10),
            ("office_deadlines_7d", {}, 5),
            ("office_officers_at_work", {}, 2),
            ("office_officers_absent", {}, 1),
            ("office_capacity_seconds", {}, 14_400 * 60),
            ("office_workload_seconds", {"weight": "load.minutes_per_month.standard"}, 144_000),
            ("office_workload_seconds", {"weight": "load.hearing_minutes"}, 36_000),
            ("office_workload_seconds", {"weight": "load.check_in_minutes"}, 1_800),
        ],
    )
    def test_it_counts_every_open_case(self, name: str, labels: dict[str, str], value: float) -> None:
        """The case may have an officer or none; cases and officers of an office are in several partitions."""
        exported = samples(collector(view(cases=CASES, officers=OFFICERS)))
        assert exported[key(name, office="ATL", **labels)] == value

    def test_offices_without_a_time_zone(self) -> None:
        """Those of the policy have one; a row of other offices, or of none, is no office."""
        rows = [OfficeRow(name, open_cases=1) for name in ("ATL", "X1", "X2", OTHER_OFFICES, "")]
        found = samples(collector(view({0: case_stats(offices=rows[:3]), 1: case_stats(offices=rows[2:])})))
        assert 2 == found[key("offices_without_zone")]

    def test_capacity_is_exact(self) -> None:
        """249.5 minutes are 14,970 seconds."""
        exported = samples(collector(view(cases=CASES, officers=OFFICERS)))
        assert exported[key("office_capacity_seconds", office="SEA")] == 14_970

    def test_invented_offices_share_their_numbers(self) -> None:
        """Beyond the first hundred they have one label, and the sum stays the same."""
        cases = {0: case_stats(offices=[OfficeRow(f"X-{n:03}", 1, by_level=(0, 1, 0, 0)) for n in range(300)])}
        exported = samples(collector(view(cases=cases)))
        open_cases = {dict(labels)["office"]: value for (name, labels), value in exported.items()
                      if name == "office_open_cases" and ("level", "standard") in labels}  # fmt: skip
        assert open_cases[OTHER_OFFICES] > 100
        assert sum(open_cases.values()) == 300

    def test_the_policys_thresholds_are_bounds(self) -> None:
        """The officers beyond a threshold are therefore counted exactly."""
        assert {1.0, 0.9, 1.5, 1.3} <= set(utilisation_bounds(RULES))


class TestBudget:
    """The series of one worker with all 6,000 officers of the audited agency in 25 offices."""

    @pytest.mark.parametrize(("most", "budget"), [(0, 3_000), (2_000, 17_000), (6_000, 45_000)])
    def test_is_kept(self, most: int, budget: int) -> None:
        """There are seven series per officer, and those of the offices and of the worker itself."""
        dice = random.Random(1)
        loads = [
            load(f"o-{n:04}", office=f"AREA-{n % 25:02}", open_cases=dice.randint(1, 10_000), deadlines_7d=3)
            for n in range(6_000)
        ]
        offices = [OfficeRow(f"AREA-{n:02}", 1) for n in range(25)]
        stats = {0: case_stats(offices=offices)}
        exported = samples(collector(view(stats, officers={0: officer_stats(*loads)}), most_officers=most))

        assert 7 * most < len(exported) <= budget
