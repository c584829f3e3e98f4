"""The parts of a forecast: states, seasons and intervals."""

from array import array

import pytest

from streams.core.time.business_days import DAY_MS
from streams.tools.forecast.entries import factors_of
from streams.tools.forecast.intervals import Errors, interval
from streams.tools.forecast.outlook import ALL, Actual, Outlook, Scope
from streams.tools.forecast.states import AGED, STATES, WEEK_MS, lead_of, level_of, state_of

AT = 1_000 * DAY_MS
LARGE, SMALL = Scope("office", "LARGE"), Scope("office", "SMALL")


class TestStates:
    @pytest.mark.parametrize("days", [7, 8, 13, 14, 50, 97])
    def test_a_week_later_a_date_is_a_week_nearer(self, days: int):
        """This holds for the weeks whose state is kept by day."""
        due = AT + days * DAY_MS + 5
        assert state_of(1, [due], AT + WEEK_MS, None) == AGED[state_of(1, [due], AT, None)]

    def test_a_date_of_this_week_becomes_overdue(self):
        """It stays overdue, week after week."""
        due = AT + 3 * DAY_MS
        state = state_of(0, [due], AT, None)
        assert 0 == lead_of(state)
        for week in range(1, 7):
            state = AGED[state]
            assert state == state_of(0, [due], AT + week * WEEK_MS, None)
            assert lead_of(state) is None

    def test_a_date_ahead_counts_before_one_that_passed(self):
        """The next appointment is the state."""
        assert state_of(2, [AT + DAY_MS], AT, None) == state_of(2, [AT - DAY_MS, AT + DAY_MS], AT, None)

    def test_without_a_booking_the_weeks_since_the_last_count(self):
        """Up to eight; what is not known counts as long ago."""
        states = [state_of(0, [], AT, AT - week * WEEK_MS) for week in range(12)]
        assert [*states[:9], states[8], states[8], states[8]] == states
        assert len({*states}) == 9
        assert states[8] == state_of(0, [], AT, None)
        assert [AGED[state] for state in states[:8]] == states[1:9]

    def test_levels_do_not_mix(self):
        """No state ages into that of another level."""
        assert all(level_of(state) == level_of(AGED[state]) for state in range(STATES))


class TestSeason:
    def test_a_short_log_has_none(self):
        """Less than a year and a quarter of weeks."""
        assert [1.0, 1.0] == factors_of([5.0] * 70, 2)

    def test_a_rise_of_a_year_ago_comes_again(self):
        """Weeks 30 to 51 of each year bring twice as many; the 13 around the last week ahead are all among them."""
        year = [10.0] * 30 + [20.0] * 22
        totals = [*year, *year[:30]]
        assert 2.0 == pytest.approx(factors_of(totals, 8)[7])
        assert 1.0 < factors_of(totals, 8)[0] < 2.0

    def test_a_year_without_entries_says_nothing(self):
        """No number is divided by it."""
        assert [1.0] == factors_of([0.0] * 100, 1)


class TestIntervals:
    @staticmethod
    def errors(*actuals: float) -> Errors:
        """Forecasts of 100 check-ins each."""
        found = Errors()
        outlook = Outlook.empty(1)
        outlook.expected[0][:] = array("d", [100.0])
        for actual in actuals:
            found.add({ALL: outlook}, 0, {ALL: Actual(actual, 0, 0, 0)})
        return found

    def test_eight_tenths_of_the_errors_lie_within(self):
        """Of errors of 1 to 14 the interval takes the twelfth: 12 of 15 with the next one."""
        bound = self.errors(*(100 + error for error in range(1, 15))).bound(ALL, 0, 0)
        assert 1.2 == pytest.approx(bound)
        assert (88.0, 112.0) == pytest.approx(interval(100, bound))

    def test_a_later_week_of_a_band_may_have_a_wider_interval(self):
        """Weeks 5 to 8 are one band; where week 8 is off by more than the others, its own errors count."""
        found, outlook = Errors(), Outlook.empty(8)
        outlook.expected[0][:] = array("d", [100.0] * 8)
        for week, error, times in ((4, 10, 20), (5, 10, 20), (6, 10, 20), (7, 30, 10)):
            for _ in range(times):
                found.add({ALL: outlook}, week, {ALL: Actual(100 + error, 0, 0, 0)})
        assert [1.0, 1.0, 1.0, 3.0] == [found.bound(ALL, 0, week) for week in (4, 5, 6, 7)]

    def test_no_week_has_a_narrower_interval_than_those_before(self):
        """The first week was off by 20, the second by 10, of the sixth nothing is known: all have the bound of 20."""
        found, outlook = Errors(), Outlook.empty(2)
        outlook.expected[0][:] = array("d", [100.0] * 2)
        for week, error in ((0, 20), (1, 10)):
            for _ in range(10):
                found.add({ALL: outlook}, week, {ALL: Actual(100 + error, 0, 0, 0)})
        assert [2.0, 2.0] == [found.bound(ALL, 0, week) for week in (0, 1)]
        assert 2.0 == found.bound(ALL, 0, 5)  # though no forecast of that week has come due

    def test_too_few_errors_are_chance_alone(self):
        """The interval is then 1.28 roots of the count, for 80 %."""
        found = self.errors(*[150.0] * 9)
        assert 1.2816 == found.bound(ALL, 0, 0)
        assert 0 == found.fewest(1)

    @staticmethod
    def two_offices(weeks: int) -> Errors:
        """Of one office 100 are foreseen and 150 come, every week; of another 1 is foreseen and none comes."""
        found, large, small = Errors(), Outlook.empty(1), Outlook.empty(1)
        large.expected[0][:], small.expected[0][:] = array("d", [100.0]), array("d", [1.0])
        for _ in range(weeks):
            found.add({LARGE: large, SMALL: small}, 0, {LARGE: Actual(150, 0, 0, 0)})
        return found

    def test_an_office_has_an_interval_of_its_own_errors(self):
        """A large office is off by more roots of its number than a small one; neither widens the other's interval."""
        found = self.two_offices(10)
        assert (5.0, 1.0) == (found.bound(LARGE, 0, 0), found.bound(SMALL, 0, 0))

    def test_an_office_of_few_errors_shares_those_of_all(self):
        """A new office, and one of nine weeks: of 18 errors 5 is the greatest that 80 % lie within."""
        found = self.two_offices(9)
        assert {5.0} == {found.bound(scope, 0, 0) for scope in (LARGE, SMALL, Scope("office", "NEW"))}

    def test_an_office_is_not_known_better_further_ahead(self):
        """Its second week has no errors of its own yet; the bound of its first one holds on."""
        found, outlook = self.two_offices(10), Outlook.empty(2)
        outlook.expected[0][:] = array("d", [100.0] * 2)
        for number in range(10):
            found.add({Scope("office", f"O{number}"): outlook}, 1, {})
        found.add({Scope("office", "O1"): outlook}, 1, {Scope("office", "O1"): Actual(100, 0, 0, 0)})
        assert [5.0, 10.0] == [found.bound(LARGE, 0, week) for week in (0, 1)]
        assert 10.0 == found.bound(SMALL, 0, 1)

    def test_the_fewest_errors_are_those_of_an_office(self):
        """The offices have 32 errors, two of them 10 each."""
        found, outlook = self.two_offices(10), Outlook.empty(1)
        for _ in range(12):
            found.add({ALL: outlook, Scope("officer", "one"): outlook, Scope("office", "O1"): outlook}, 0, {})
        assert 10 == found.fewest(1)

    def test_officers_share_their_errors(self):
        """Those of one are few."""
        found, outlook = Errors(), Outlook.empty(1)
        outlook.expected[0][:] = array("d", [100.0])
        one, other = Scope("officer", "one"), Scope("officer", "other")
        for _ in range(10):
            found.add({one: outlook, other: outlook}, 0, {one: Actual(150, 0, 0, 0), other: Actual(100, 0, 0, 0)})
        assert 5.0 == found.bound(one, 0, 0) == found.bound(other, 0, 0)

    def test_no_end_is_below_nothing(self):
        """A count is none."""
        assert 0.0 == interval(1.0, 3.0)[0]
