"""Loads as series: each officer's, as many as allowed; spreads and totals of each office."""

import random

import pytest

from schemas.loads import LoadByLevel
from streams.metrics.families import PREFIX
from streams.metrics.offices import NO_OFFICE, OTHER_OFFICES, OfficeNames, utilisation_bounds
from tests.unit.metrics.worlds import RULES, collector, exposition, key, load, officer_stats, samples, view


class TestOfficeNames:
    def test_an_invented_office_shares_a_label(self) -> None:
        """A feed that makes up offices makes at most a hundred of them."""
        names = OfficeNames(["ATL", "SEA"], [f"X-{n:03}" for n in range(500)])
        labels = {names[f"X-{n:03}"] for n in range(500)}

        assert len(labels) == 99
        assert names["X-097"] == "X-097"
        assert names["X-098"] == OTHER_OFFICES
        assert names["ATL"] == "ATL"

    def test_no_office_is_no_office(self) -> None:
        """Neither is an empty one."""
        names = OfficeNames([], ["ATL"])
        assert [names[None], names[""]] == [NO_OFFICE, NO_OFFICE]


class TestEachOfficer:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("open_cases", 1_700),
            ("lost_track_cases", 3),
            ("workload_seconds", 540_000),
            ("utilisation_ratio", 1.25),
            ("time_per_case_seconds", 252),
        ],
    )
    def test_is_told_in_base_units(self, name: str, value: float) -> None:
        """Seconds, not minutes."""
        told = samples(collector(view(officers={0: officer_stats(load())})))
        assert told[key(f"officer_{name}", officer="o-1", office="ATL")] == pytest.approx(value)

    def test_what_is_not_known_is_not_told(self) -> None:
        """An officer without a case has no time per case."""
        idle = load(open_cases=0, minutes_per_case_month=None, utilisation=None)
        told = samples(collector(view(officers={0: officer_stats(idle)})))

        assert key("officer_time_per_case_seconds", officer="o-1", office="ATL") not in told
        assert told[key("officer_open_cases", officer="o-1", office="ATL")] == 0
        assert told[key("time_per_case_seconds_gcount", office="ATL")] == 0
        assert told[key("caseload_cases_gcount", office="ATL")] == 1

    def test_only_so_many_have_series(self) -> None:
        """Those with the most open cases; how many have none is told; spreads and totals hold everybody."""
        officers = {0: officer_stats(*(load(f"o-{n}", open_cases=n) for n in range(1, 11)))}
        told = samples(collector(view(officers=officers), most_officers=3))

        assert {dict(labels)["officer"] for name, labels in told if name == "officer_open_cases"} == {
            "o-8", "o-9", "o-10",
        }  # fmt: skip
        assert told[key("officer_series_omitted")] == 7
        assert told[key("caseload_cases_gcount", office="ATL")] == 10

    def test_they_can_be_switched_off(self) -> None:
        """Then no officer is named anywhere."""
        text = exposition(collector(view(officers={0: officer_stats(load("o-named"))}), most_officers=0))
        assert "o-named" not in text
        assert f'{PREFIX}office_officers{{office="ATL"}} 1.0' in text


OFFICERS = {
    0: officer_stats(
        load("o-1", by_level=LoadByLevel(low=100, standard=20), hearings_30d=10, workload_minutes_month=9_150.0),
        load("o-2", open_cases=300, minutes_per_case_month=24.0, utilisation=0.9, office="SEA"),
    ),
    1: officer_stats(
        load("o-3", open_cases=1_300, status="leave", minutes_per_case_month=5.5),
        load("o-4", open_cases=0, status="departed", minutes_per_case_month=None, utilisation=0.0),
    ),
}


class TestOffice:
    @pytest.mark.parametrize(
        ("name", "labels", "value"),
        [
            ("office_officers", {"office": "ATL"}, 2),  # who departed and has no case is in no total
            ("office_officers_at_work", {"office": "ATL"}, 1),
            ("office_capacity_seconds", {"office": "ATL"}, 7_200 * 60),
            ("office_lost_track_cases", {"office": "ATL"}, 6),
            ("office_workload_seconds", {"office": "ATL", "weight": "load.minutes_per_month.standard"}, 144_000),
            ("office_workload_seconds", {"office": "ATL", "weight": "load.hearing_minutes"}, 36_000),
            ("caseload_cases_bucket", {"office": "ATL", "le": "1000.0"}, 0),
            ("caseload_cases_bucket", {"office": "ATL", "le": "1300.0"}, 1),
            ("caseload_cases_bucket", {"office": "ATL", "le": "1700.0"}, 2),
            ("caseload_cases_gsum", {"office": "ATL"}, 3_000),
            ("utilisation_ratio_bucket", {"office": "SEA", "le": "0.9"}, 1),
            ("time_per_case_seconds_bucket", {"office": "ATL", "le": "240.0"}, 0),
            ("time_per_case_seconds_bucket", {"office": "ATL", "le": "300.0"}, 1),
            ("workload_seconds_gcount", {"office": "SEA"}, 1),
        ],
    )
    def test_is_told_over_partitions(self, name: str, labels: dict[str, str], value: float) -> None:
        """Officers of one office lie in several."""
        assert samples(collector(view(officers=OFFICERS)))[key(name, **labels)] == value

    def test_the_weights_add_up_to_the_workload(self) -> None:
        """Nothing of it rests on no weight."""
        told = samples(collector(view(officers=OFFICERS)))
        parts = [
            value for (name, labels), value in told.items()
            if name == "office_workload_seconds" and ("office", "ATL") in labels
        ]  # fmt: skip
        assert sum(parts) == (9_150 + 9_000) * 60

    def test_the_marks_of_the_policy_are_bounds(self) -> None:
        """So that those beyond a mark are counted exactly."""
        assert {1.0, 0.9, 1.5, 1.3} <= set(utilisation_bounds(RULES))


class TestBudget:
    """Series of one worker that holds all 6,000 officers of the audited agency in 25 offices."""

    @pytest.mark.parametrize(("most", "budget"), [(0, 2_500), (2_000, 12_500), (6_000, 32_500)])
    def test_is_kept(self, most: int, budget: int) -> None:
        """Five series an officer, and what the offices and the worker itself need."""
        dice = random.Random(1)
        loads = [
            load(f"o-{n:04}", office=f"AREA-{n % 25:02}", open_cases=dice.randint(1, 10_000)) for n in range(6_000)
        ]
        told = samples(collector(view(officers={0: officer_stats(*loads)}), most_officers=most))

        assert 5 * most < len(told) <= budget
