"""Statements distinguish a repetition from a change, in any order of the events (CONTRACT.md §3).

A driver tests custody under a policy whose only alert shows since when there was no contact; the statement's
`since` is the alert's anchor. `Register` itself is compared with the oracle's in every order of five events.
"""

from itertools import permutations, product

import pytest

from streams.core.state.apply_fact import apply_fact
from streams.core.state.statements import Register
from tests.builders import address, assigned, closed, custody, only, opened, received, reopened, unassigned, when
from tests.driver import Driver
from tests.oracle.state import Statement as Naive

ADDRESS = only("notice_undeliverable", after="100d")
LIFE = only("nothing_scheduled", after="100d")
HANDOFF = only("handoff_stalled", after="100d")
OFFICER = only("no_officer", after="100d")


def since(policy, *events) -> list[str]:
    """Return the anchors of the alerts after all events are known and the deadline has passed."""
    return [record["anchor_at"] for record in Driver(policy).feed(*events).at("day 200").alerts()]


class TestRepetition:
    def test_after(self):
        """The same value, repeated later, does not move since."""
        assert [when("day 3")] == since(
            ADDRESS, opened("day 1"), *(address(f"day {n}", "missing") for n in range(3, 30))
        )

    def test_before(self):
        """The same value of an earlier day, recorded late, moves it, because there was no other value."""
        assert [when("day 2")] == since(
            ADDRESS, opened("day 1"), address("day 3", "missing"), address("day 2", "missing", known="day 9")
        )

    def test_before_with_another_value(self):
        """With another value it does not move."""
        events = (address("day 1", "valid"), address("day 3", "missing"), address("day 2", "missing", known="day 9"))
        assert [when("day 3")] == since(ADDRESS, opened("day 1"), *events)

    def test_a_value_that_never_changed(self):
        """A `none` without any other value moves nothing."""
        assert [when("day 1")] == since(LIFE, opened("day 1"), custody("day 5", "none"), custody("day 9", "none"))


class TestChange:
    def test_and_back(self):
        """After bad, good, bad the value holds since the last one."""
        events = (address("day 2", "missing"), address("day 3", "valid"), address("day 4", "undeliverable"))
        assert [when("day 4")] == since(ADDRESS, opened("day 1"), *events)

    def test_recorded_late_between_two_repetitions(self):
        """Another value between since and said, recorded late: the value holds since it was last said."""
        events = (address("day 2", "missing"), address("day 8", "missing"), address("day 5", "valid", known="day 9"))
        assert [when("day 8")] == since(ADDRESS, opened("day 1"), *events)

    def test_recorded_late_before_since(self):
        """Another value before since, recorded late, changes nothing."""
        events = (address("day 4", "missing"), address("day 8", "missing"), address("day 3", "valid", known="day 9"))
        assert [when("day 4")] == since(ADDRESS, opened("day 1"), *events)

    def test_the_newest_wins(self):
        """An older value that becomes known later does not win."""
        assert [] == since(
            ADDRESS, opened("day 1"), address("day 4", "valid"), address("day 3", "missing", known="day 9")
        )


class TestLifecycle:
    def test_closed_then_opened_by_key(self):
        """A case that is opened, closed and reopened at one instant is open since then."""
        assert [when("day 5")] == since(LIFE, opened("day 5"), closed("day 5"), reopened("day 5"))

    def test_opened_and_closed_at_one_instant(self):
        """A case that is opened and closed at one instant is closed."""
        assert [] == since(LIFE, closed("day 5"), opened("day 5"))

    def test_reopened_while_open(self):
        """The reopening of an open case is a repetition."""
        assert [when("day 1")] == since(LIFE, opened("day 1"), reopened("day 9"))


class TestAssignment:
    def test_another_office_is_a_repetition(self):
        """The officer counts, not the office named with him."""
        events = (assigned("day 1", "X"), assigned("day 3", "Y"), assigned("day 9", "Y", office="UTC-9"))
        assert [when("day 3")] == since(HANDOFF, opened("day 1"), *events)

    def test_unassigned_and_back(self):
        """The same officer after no officer has the case since the second assignment."""
        events = (assigned("day 1", "X"), unassigned("day 3"), assigned("day 7", "X"))
        assert [when("day 7")] == since(HANDOFF, opened("day 1"), *events)

    def test_unassigned_and_assigned_at_one_instant(self):
        """A case that is unassigned and assigned at one instant has the new officer."""
        events = (assigned("day 1", "X"), assigned("day 5", "Y"), unassigned("day 5"))
        assert [when("day 5")] == since(HANDOFF, opened("day 1"), *events)

    def test_the_old_offices_feed(self):
        """The old office's feed has no effect, although it repeats the officer every night."""
        nightly = (assigned(f"day {n}", "X", office="UTC-1") for n in range(5, 50))
        events = (assigned("day 1", "X"), received("day 4", "UTC-2"), *nightly)
        assert [when("day 4")] == since(OFFICER, opened("day 1"), *events)

    def test_the_old_offices_feed_after_it_was_taken_over(self):
        """It has none either when the case has another officer."""
        events = (assigned("day 1", "X"), received("day 4", "UTC-2"), assigned("day 6", "Y", office="UTC-2"))
        driver = Driver(OFFICER).feed(opened("day 1"), *events).at("day 200")
        assert [] == driver.alerts()


class TestEveryOrder:
    @pytest.mark.parametrize("values", list(product("AB", repeat=4)), ids="".join)
    def test_same_as_the_oracle(self, values):
        """Core and oracle agree in every order of five statements."""
        statements = [
            ((moment, 4, moment, f"e{moment}", 0), value) for moment, value in enumerate((*values, "A"), start=1)
        ]
        for order in permutations(statements):
            core, naive = Register("A"), Naive("A")
            for key, value in order:
                apply_fact(core, key, value)
                naive.apply(key, value)
                assert (naive.value, naive.since or None, naive.said or None) == (core.value, core.since, core.last_key)
