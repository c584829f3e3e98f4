"""nothing_scheduled: a person at liberty without any appointment (CONTRACT.md §4)."""

from tests.builders import (
    adjourned,
    booked,
    cancelled,
    checked_in,
    closed,
    custody,
    hearing_cancelled,
    hearing_set,
    held,
    in_absentia,
    missed,
    only,
    opened,
    rescinded,
    when,
)
from tests.driver import Driver

TEN_DAYS = only("nothing_scheduled", after="10d", contact={"max_ahead": "60d"})


def quiet(*events) -> Driver:
    return Driver(TEN_DAYS).feed(opened("day 1 10:00", event_id="opening"), *events)


class TestDeadline:
    def test_a_ms_before(self):
        """A new case has its time."""
        assert [] == quiet().at("day 11 09:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The alert is raised when no appointment was made in that time."""
        record = quiet().at("day 11 10:00").last("nothing_scheduled")
        assert ("raised", "agency", None) == (record["status"], record["cause_class"], record["instance"])
        assert (when("day 1 10:00"), when("day 11 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["opening"] == record["evidence"]

    def test_booked_at_the_deadline(self):
        """A booking made at the very deadline is applied first."""
        assert [] == quiet(booked("day 11 10:00", "day 20")).at("day 29").alerts()


class TestAnchor:
    def test_a_booking_ahead(self):
        """The time counts from a booked date."""
        driver = quiet(booked("day 2", "day 20", event_id="booking")).at("day 30")
        assert (when("day 20"), ["booking"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_a_hearing_ahead(self):
        """The time counts from a hearing's date, too."""
        driver = quiet(hearing_set("day 2", "day 20", event_id="hearing")).at("day 30")
        assert (when("day 20"), ["hearing"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_a_missed_booking(self):
        """A missed booking's date counts, and so does the record of the miss."""
        driver = quiet(booked("day 2", "day 20"), missed("day 22", event_id="miss")).at("day 32")
        assert (when("day 22"), ["miss"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_missed_and_due_at_once(self):
        """The evidence has every event of the anchor's instant."""
        driver = quiet(
            booked("day 2", "day 20", event_id="b"), missed("day 20", event_id="m"), checked_in("day 20", event_id="c")
        )
        assert ["b", "c", "m"] == driver.at("day 30").alerts()[0]["evidence"]

    def test_settled_by(self):
        """Any outcome gives the agency its time to plan the next appointment."""
        for settle in (
            checked_in("day 5"),
            missed("day 5"),
            cancelled("day 5", "agency"),
            cancelled("day 5", "person"),
            adjourned("day 5"),
            held("day 5", "unknown"),
            held("day 5", "yes"),
            in_absentia("day 5"),
            hearing_cancelled("day 5"),
            rescinded("day 5"),
        ):
            driver = quiet(settle).at("day 15")
            assert [when("day 5")] == [record["anchor_at"] for record in driver.alerts()], settle["type"]
            assert [settle["event_id"]] == driver.alerts()[0]["evidence"], settle["type"]

    def test_a_date_no_longer_scheduled(self):
        """A cancelled booking and an adjourned hearing do not count."""
        driver = quiet(booked("day 2", "day 20"), cancelled("day 3", "agency"))
        driver.feed(hearing_set("day 2", "day 20"), adjourned("day 4", event_id="off")).at("day 14")
        assert (when("day 4"), ["off"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_released(self):
        """The time counts from a release."""
        driver = quiet(custody("day 2", "detained"), custody("day 30", "none", event_id="free")).at("day 40")
        assert (when("day 30"), ["free"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_never_in_custody(self):
        """ "No custody" of a person who was in none changes nothing."""
        assert when("day 1 10:00") == quiet(custody("day 5", "none")).at("day 40").alerts()[0]["anchor_at"]

    def test_exactly_max_ahead(self):
        """A date exactly max_ahead after it was set counts."""
        assert [] == quiet(booked("day 2", "day 62")).at("day 71 23:59:59.999").alerts()

    def test_too_far_ahead(self):
        """A date a millisecond farther ahead does not count."""
        driver = quiet(booked("day 2", "day 62 00:00:00.001")).at("day 12")
        assert [when("day 1 10:00")] == [record["anchor_at"] for record in driver.alerts()]

    def test_far_ahead_when_first_set_but_not_when_confirmed(self):
        """A feed that repeats the date does not set it: the date stays too far ahead of when it was set."""
        driver = quiet(booked("day 2", "day 63"), booked("day 8", "day 63")).at("day 12")
        assert [when("day 1 10:00")] == [record["anchor_at"] for record in driver.alerts()]


class TestGuards:
    def test_detained(self):
        """A detained person needs no plan here."""
        assert [] == quiet(custody("day 2", "detained")).at("day 90").alerts()

    def test_in_other_custody(self):
        """A person in other custody needs none either."""
        assert [] == quiet(custody("day 2", "other")).at("day 90").alerts()

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == quiet(closed("day 2")).at("day 90").alerts()


class TestEnd:
    def test_booked_after_the_deadline(self):
        """A later booking resolves it."""
        driver = quiet(booked("day 15", "day 20")).at("day 15")
        assert ["raised", "resolved"] == driver.story("nothing_scheduled")
        assert "check_in_scheduled" == driver.last("nothing_scheduled")["ended_by"]

    def test_booked_in_time_recorded_late(self):
        """A booking made by the deadline but recorded later retracts it."""
        driver = quiet(booked("day 11 10:00", "day 20", known="day 15")).at("day 15")
        assert ["raised", "retracted"] == driver.story("nothing_scheduled")

    def test_booked_for_a_past_date(self):
        """A booking known so late that its own time is over supersedes it."""
        driver = quiet(booked("day 3", "day 4", known="day 15")).at("day 15")
        old, new = driver.alerts()[1:]
        assert ("retracted", "superseded") == (old["status"], old["ended_by"])
        assert ("raised", when("day 4")) == (new["status"], new["anchor_at"])
