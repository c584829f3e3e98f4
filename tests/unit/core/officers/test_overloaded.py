"""overloaded and critical: successive period ends at or above a threshold, until one is below a lower one."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import alert_id
from streams.core.load.partials import PartialRow
from streams.core.officers.state.capacity import Capacity, Hysteresis
from streams.core.officers.state.rules import OfficerRules
from tests.unit.core.officers.table import Table, hour, rules, update, with_cases

O1 = "officer|o1"


class TestRun:
    def test_it_is_raised_at_the_third_period_end(self) -> None:
        """Three period ends at a utilisation of 1 raise it; its anchor is the first of them."""
        table = Table().at(1, with_cases("o1", 120)).until(4)

        assert table.story("overloaded") == [("raised", 3)]
        alert = table.last("overloaded")
        assert (alert.anchor_at, alert.deadline_at, alert.raised_at) == (hour(1), hour(3), hour(3))
        assert alert.alert_id == alert_id(O1, "overloaded", None, hour(1))
        assert (alert.severity, alert.evidence, alert.revision, alert.instance) == ("warning", [], 1, None)

    def test_just_below_the_threshold_does_not_count(self) -> None:
        """119 cases of an hour each are 0.99 of 120 hours."""
        assert Table().at(1, with_cases("o1", 119)).until(9).story("overloaded") == []

    @pytest.mark.parametrize("counts", [(120, 121, 119, 120, 130, 125), (120, 119, 119, 120, 120, 120)])
    def test_one_period_end_below_breaks_the_run(self, counts: tuple[int, ...]) -> None:
        """The second or third is below the threshold: the alert comes at the sixth, its anchor is the fourth."""
        table = Table()
        for number, cases in enumerate(counts, 1):
            table.at(number, with_cases("o1", cases))

        assert table.story("overloaded") == [("raised", 6)]
        assert table.last("overloaded").anchor_at == hour(4)

    def test_an_uninterrupted_run_needs_no_change_of_load(self) -> None:
        """The third period end is judged although no row changed since the first."""
        table = Table().at(1, with_cases("o1", 500), with_cases("o2", 119)).until(3)

        assert [alert.officer_id for alert in table.alerts] == ["o1", "o1"]


class TestHysteresis:
    @pytest.mark.parametrize(("cases", "stands"), [(108, True), (107, False)])
    def test_it_ends_below_clear_and_not_at_it(self, cases: int, stands: bool) -> None:
        """108 cases are 0.9, which is not below 0.9; 107 are."""
        table = Table().at(1, with_cases("o1", 120)).until(3).at(4, with_cases("o1", cases))

        expected = [("raised", 3)] if stands else [("raised", 3), ("resolved", 4)]
        assert table.story("overloaded") == expected

    def test_between_the_thresholds_it_continues(self) -> None:
        """An open alert stays open at 0.95, and another rise adds nothing."""
        table = Table().at(1, with_cases("o1", 120)).until(3)
        for number, cases in enumerate([114, 108, 130, 109, 200, 108], 4):
            table.at(number, with_cases("o1", cases))

        assert table.story("overloaded") == [("raised", 3)]

    def test_after_it_ended_a_new_run_is_a_new_alert(self) -> None:
        """The second alert has the anchor of the second run, and its own revision 1."""
        table = Table().at(1, with_cases("o1", 120)).until(3).at(4, with_cases("o1", 100)).at(5, with_cases("o1", 120))
        table.until(8)

        assert table.story("overloaded") == [("raised", 3), ("resolved", 4), ("raised", 7)]
        assert (table.last("overloaded").anchor_at, table.last("overloaded").revision) == (hour(5), 1)

    def test_the_load_ends_it(self) -> None:
        """Without an officer event it ends as resolved by load."""
        ended = Table().at(1, with_cases("o1", 120)).until(3).at(4).last("overloaded")

        assert (ended.status, ended.ended_by, ended.ended_at, ended.revision) == ("resolved", "load", hour(4), 2)

    def test_periods_of_one_raise_at_once(self) -> None:
        """With periods = 1 the first period end that counts is the deadline."""
        table = Table("[officers.overloaded]\nperiods = 1").at(1, with_cases("o1", 120))

        assert table.story("overloaded") == [("raised", 1)]


class TestCritical:
    def test_it_stands_beside_overloaded(self) -> None:
        """A utilisation of 1.5 raises both, by alert_id; from 1.29 on only overloaded is open."""
        table = Table().at(1, with_cases("o1", 180)).until(3).at(4, with_cases("o1", 155))

        assert [alert.cause for alert in table.alerts[:2]] == sorted(
            ["overloaded", "critical"], key=lambda cause: alert_id(O1, cause, None, hour(1))
        )
        assert table.story("critical") == [("raised", 3), ("resolved", 4)]
        assert table.story("overloaded") == [("raised", 3)]


class TestCapacity:
    def test_the_officers_own_counts(self) -> None:
        """60 cases of an hour each are a utilisation of 1 for an officer with 60 hours."""
        table = Table().apply(update("o1", 0, capacity=60)).at(1, with_cases("o1", 60)).until(3)

        assert table.story("overloaded") == [("raised", 3)]

    def test_more_capacity_ends_it_by_name(self) -> None:
        """An officer_updated after the deadline resolves it."""
        table = Table().at(1, with_cases("o1", 120)).until(5)
        table.apply(update("o1", 5.5, capacity=240)).until(6)

        ended = table.last("overloaded")
        assert (ended.status, ended.ended_by, ended.ended_at) == ("resolved", "officer_updated", hour(6))

    def test_more_capacity_known_late_retracts_it(self) -> None:
        """The update before the deadline would have prevented the alert."""
        table = Table().at(1, with_cases("o1", 120)).until(5)
        table.apply(update("o1", 3, capacity=240, recorded=5.5)).until(6)

        assert (table.last("overloaded").status, table.last("overloaded").ended_by) == ("retracted", "officer_updated")

    def test_a_repeated_update_ends_nothing(self) -> None:
        """The nightly feed repeats what is known; the load ended the alert."""
        table = Table().apply(update("o1", 0, capacity=120)).at(1, with_cases("o1", 120)).until(5)
        table.apply(update("o1", 5.5, capacity=120)).at(6, with_cases("o1", 10))

        assert table.last("overloaded").ended_by == "load"

    def test_any_work_without_capacity_is_above_every_threshold(self) -> None:
        """The utilisation is null, and the officer is overloaded."""
        table = Table().apply(update("o1", 1, capacity=0)).at(1, with_cases("o1", 1)).until(5)

        assert [("raised", 3)] == table.story("overloaded") == table.story("critical")
        assert table.last("critical").utilisation is None

    def test_no_work_without_capacity_is_below(self) -> None:
        """It raises nothing, and ends an open alert."""
        table = Table().at(1, with_cases("o1", 120)).until(3)
        table.apply(update("o1", 3.5, capacity=0)).at(4, with_cases("o1", 0)).until(9)

        assert [("raised", 3), ("resolved", 4)] == table.story("overloaded")

    def test_a_full_load_is_full_in_decimal(self) -> None:
        """4.15 hours are 249 minutes; in floats they are 249.00000000000003, which 249 do not reach."""
        table = Table("[load]\nminutes_per_month = { low = 1 }").apply(update("o1", 1, capacity=4.15))
        table.at(1, with_cases("o1", 249)).until(3)

        assert [("raised", 3)] == table.story("overloaded")
        assert 1.0 == table.last("overloaded").utilisation
        assert [249.0] == [load.capacity_minutes_month for load in table.board.rows()]

    def test_the_lower_threshold_is_a_decimal_too(self) -> None:
        """249 minutes of 4.15 hours are not below 1.0."""
        marks = (
            "[load]\nminutes_per_month = { low = 1 }\n[officers]\noverloaded = { raise = 2, clear = 1, periods = 1 }"
            "\ncritical = { raise = 9, clear = 8, periods = 1 }"
        )
        table = Table(marks).apply(update("o1", 1, capacity=4.15)).at(1, with_cases("o1", 600))
        assert [("raised", 1)] == table.at(2, with_cases("o1", 249)).story("overloaded")

        assert [("raised", 1), ("resolved", 3)] == table.at(3, with_cases("o1", 248)).story("overloaded")

    def test_null_is_the_policys(self) -> None:
        """An officer_updated with capacity null leaves the policy's 120 hours."""
        table = Table().apply(update("o1", 0, capacity=None)).at(1, with_cases("o1", 120)).until(3)

        assert table.story("overloaded") == [("raised", 3)]


class TestAbsence:
    @pytest.mark.parametrize("status", ["leave", "departed"])
    def test_it_ends_the_alert(self, status: str) -> None:
        """An absent officer is not overloaded; the alert ends by the status."""
        table = Table().apply(update("o1", 1)).at(1, with_cases("o1", 120)).until(3)
        table.apply(update("o1", 3.5, status)).until(9)

        assert [("raised", 3), ("resolved", 4)] == table.story("overloaded")
        assert "officer_updated" == table.last("overloaded").ended_by

    def test_it_breaks_the_run(self) -> None:
        """The period ends before a leave do not count after it."""
        table = Table().apply(update("o1", 1)).at(1, with_cases("o1", 120)).until(2)
        table.apply(update("o1", 2.5, "leave")).until(3).apply(update("o1", 3.5)).until(8)

        assert [("raised", 6)] == table.story("overloaded")
        assert hour(4) == table.last("overloaded").anchor_at

    def test_an_earlier_beginning_of_the_same_duty_is_no_change(self) -> None:
        """The officer was and is at work; the load ended the alert."""
        table = Table().apply(update("o1", 1)).at(1, with_cases("o1", 120)).until(5)
        table.apply(update("o1", 0, recorded=5.5)).at(6, with_cases("o1", 1))

        assert ("resolved", "load") == (table.last("overloaded").status, table.last("overloaded").ended_by)


class TestWeights:
    def test_hearings_and_check_ins_are_work(self) -> None:
        """100 low cases, 10 hearings and 40 check-ins are 100 h + 10 h + 10 h of 120 h."""
        row = with_cases("o1", 100, hearings_30d=10, bookings_30d=40)

        assert Table().at(1, row).until(3).story("overloaded") == [("raised", 3)]


class TestMarks:
    @given(st.fractions(0, 5, max_denominator=400), st.fractions(0, 24_000, max_denominator=100), st.integers(1, 400))
    def test_it_is_the_least_workload_at_or_above_the_threshold(
        self, mark: Fraction, minutes: Fraction, units_a_minute: int
    ) -> None:
        """It is exact for any capacity; without capacity any workload is above every threshold."""
        hysteresis = Hysteresis(mark, mark / 3, 7)
        capacity = Capacity(minutes, units_a_minute, overloaded=hysteresis, critical=hysteresis)
        least = [ceil(each * minutes * units_a_minute) if minutes else 1 for each in (mark, mark / 3)]

        assert (*least, 7) == capacity.overloaded == capacity.critical

    @given(
        st.floats(0, 400, allow_nan=False).map(lambda hours: round(hours, 2)),
        st.sampled_from([1.16, 60.0, 7.3]),
    )
    def test_weights_and_capacity_of_the_policy_are_exact(self, hours: float, minutes: float) -> None:
        """The thresholds are in the units of the weights, which are whole numbers."""
        under = OfficerRules(rules(f"[load]\nhearing_minutes = {minutes}\ncapacity_hours_month = {hours}"))
        capacity, hearing = under.capacity(None), under.workload_units(PartialRow("o1", hearings_30d=1))
        raised = Fraction(str(under.rules.policy.officers.overloaded.raise_))

        assert Fraction(str(hours)) * 60 == capacity.minutes
        units = raised * capacity.minutes * hearing / Fraction(str(minutes))
        assert (ceil(units) if hours else 1) == capacity.overloaded.raise_at
