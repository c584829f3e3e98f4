"""Archived appointments: a settled one costs nothing, and is available when an event names it."""

import msgspec
import pytest

from streams.core.state.packed_state import unpack
from streams.core.state.partition_record import META_KEY
from tests.builders import (
    assigned,
    booked,
    cancelled,
    checked_in,
    hearing_set,
    in_absentia,
    ms,
    only,
    opened,
    rescinded,
    when,
)
from tests.driver import Driver
from tests.newest import newest

QUIET = only("nothing_scheduled", after="10d", contact={"max_ahead": "60d"})


def packed(driver: Driver):
    """Return the case as the partition stores it."""
    (value,) = [value for key, value in driver.changelog if key == b"case-A"][-1:]
    return unpack(value)


class TestArchived:
    def test_a_satisfied_booking(self):
        """A case that reported has no booking to judge, and its state is complete all the same."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 20"), checked_in("day 20", "k1")).at("day 21")
        assert ({}, 1) == (packed(driver).bookings, packed(driver).archived_count)
        assert ["k1"] == list(driver.partition.state("case-A").bookings)

    def test_a_booking_ahead(self):
        """A future appointment is judged."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 20")).at("day 3")
        assert (["k1"], 0) == (list(packed(driver).bookings), packed(driver).archived_count)

    def test_a_missed_hearing_without_contact(self):
        """A missed hearing is judged until there is a contact."""
        driver = Driver().feed(opened("day 1"), hearing_set("day 2", "day 9"), in_absentia("day 9")).at("day 10")
        assert ["h1"] == list(packed(driver).hearings)
        assert {} == packed(driver.feed(checked_in("day 11")).at("day 12")).hearings


class TestNamedAgain:
    def test_booked_for_another_day(self):
        """An archived booking with a new date is due then."""
        events = opened("day 1"), booked("day 2", "day 20"), checked_in("day 3", "k1"), booked("day 4", "day 30")
        driver = Driver(only("check_in_overdue")).feed(*events).at("day 60")
        assert when("day 30") == driver.last("check_in_overdue")["anchor_at"]

    def test_a_late_cancellation(self):
        """A satisfied booking that is cancelled later no longer counts as an appointment."""
        driver = Driver(QUIET).feed(opened("day 1"), booked("day 2", "day 40"), checked_in("day 3", "k1")).at("day 4")
        driver.feed(cancelled("day 5", "agency")).at("day 30")
        assert when("day 5") == driver.last("nothing_scheduled")["anchor_at"]

    def test_others_stay(self):
        """The other archived appointments keep everything."""
        driver = Driver(QUIET).feed(opened("day 1"), booked("day 2", "day 40"), checked_in("day 3", "k1")).at("day 4")
        driver.feed(
            booked("day 5", "day 6", check_in_id="b"),
            checked_in("day 6", "b"),
            booked("day 7", "day 8", check_in_id="b"),
        )
        driver.feed(checked_in("day 8", "b")).at("day 51")
        assert when("day 40") == driver.last("nothing_scheduled")["anchor_at"]
        assert {"b", "k1"} == set(driver.partition.state("case-A").bookings)

    def test_a_rescinded_order(self):
        """An archived hearing can be rescinded."""
        driver = Driver().feed(
            opened("day 1"), hearing_set("day 2", "day 9"), in_absentia("day 9"), checked_in("day 10")
        )
        assert [] == driver.at("day 11").feed(rescinded("day 12")).at("day 13").standing("hearing_missed")


class TestEffects:
    def test_evidence(self):
        """Its due date still counts as an appointment, and the alert names its event."""
        events = opened("day 1"), booked("day 2", "day 20", event_id="booking"), checked_in("day 5", "k1")
        record = Driver(QUIET).feed(*events).at("day 31").last("nothing_scheduled")
        assert (when("day 20"), ["booking"]) == (record["anchor_at"], record["evidence"])

    def test_another_policy(self):
        """A new policy decides anew which dates are too far ahead."""
        events = opened("day 1"), booked("day 2", "day 40"), checked_in("day 5", "k1")
        driver = Driver(QUIET).feed(*events).at("day 16")
        assert [] == driver.alerts()
        driver.restart(only("nothing_scheduled", after="10d", contact={"max_ahead": "20d"}, version="2")).at("day 17")
        assert when("day 5") == driver.last("nothing_scheduled")["anchor_at"]

    def test_the_same_from_the_changelog(self):
        """A restart in between changes nothing."""
        driver = Driver(QUIET).feed(opened("day 1"), booked("day 2", "day 40"), checked_in("day 3", "k1")).at("day 4")
        driver.restart().feed(booked("day 5", "day 9", check_in_id="b"), checked_in("day 9", "b")).at("day 52")
        assert when("day 40") == driver.last("nothing_scheduled")["anchor_at"]


class TestCost:
    def test_history_is_not_unpacked(self):
        """However many appointments a case has had, few of them are judged."""
        driver = Driver().feed(opened("day 1"), assigned("day 1", "officer-1"))
        for index in range(40):
            name = f"k{index}"
            driver.feed(booked(f"day {2 + 2 * index}", f"day {3 + 2 * index}", check_in_id=name))
            driver.feed(checked_in(f"day {3 + 2 * index}", name))
        state = packed(driver.at("day 90"))
        assert ({}, 40) == (state.bookings, state.archived_count)
        assert ms("day 81") == state.archived_due


class TestFormat:
    def test_another_format(self):
        """A state of another format is refused with what to do; it would otherwise be misread."""
        meta = msgspec.msgpack.encode([1, 0, "default@1", 0])
        with pytest.raises(ValueError, match="holds state of format 1, this program reads 3: run the program"):
            Driver().partition.restore(newest([(META_KEY, meta)]))
