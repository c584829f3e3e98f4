"""no_contact: no contact with a person at liberty for longer than the level allows (CONTRACT.md §4)."""

from tests.builders import (
    booked,
    cancelled,
    checked_in,
    closed,
    custody,
    held,
    level,
    missed,
    only,
    opened,
    reopened,
    when,
)
from tests.driver import Driver

INTERVAL = {"intensive": "7d", "standard": "30d", "low": "90d", "annual": "365d"}
GRACE = {"intensive": "1d", "standard": "3d", "low": "5d", "annual": "10d"}
ALONE = only("no_contact", contact={"interval": INTERVAL, "grace": GRACE, "early_window": "2d", "max_ahead": "60d"})


def silent(*events) -> Driver:
    return Driver(ALONE).feed(opened("day 1 10:00", event_id="opening"), *events)


class TestDeadline:
    def test_a_ms_before(self):
        """Interval and grace of the level must pass first."""
        assert [] == silent().at("day 34 09:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The alert is raised at the deadline."""
        record = silent().at("day 34 10:00").last("no_contact")
        assert ("raised", "person", None, []) == tuple(
            record[name] for name in ("status", "cause_class", "instance", "agency_causes")
        )
        assert (when("day 1 10:00"), when("day 34 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["opening"] == record["evidence"]

    def test_level(self):
        """Each level has its own interval."""
        assert when("day 9 10:00") == silent(level("day 2", "intensive")).at("day 90").alerts()[0]["deadline_at"]

    def test_business_days_after_days(self):
        """The interval is added first, then the grace."""
        mixed = only(
            "no_contact", contact={"interval": INTERVAL | {"standard": "5d"}, "grace": GRACE | {"standard": "1bd"}}
        )
        driver = Driver(mixed).feed(opened("day 1 10:00")).at("day 90")  # Monday + 5 d is Saturday, + 1bd is Monday
        assert when("day 8 10:00") == driver.alerts()[0]["deadline_at"]


class TestAnchor:
    def test_a_contact(self):
        """Every contact restarts the interval."""
        driver = silent(checked_in("day 20", event_id="visit")).at("day 53")
        assert [(when("day 20"), ["visit"])] == [
            (record["anchor_at"], record["evidence"]) for record in driver.alerts()
        ]

    def test_at_a_hearing(self):
        """An appearance in court restarts it, too."""
        assert when("day 20") == silent(held("day 20", "yes")).at("day 53").alerts()[0]["anchor_at"]

    def test_perhaps_at_a_hearing(self):
        """A hearing without a recorded attendance does not."""
        assert when("day 1 10:00") == silent(held("day 20", "unknown")).at("day 53").alerts()[0]["anchor_at"]

    def test_two_contacts_at_once(self):
        """The evidence has both contacts of one instant."""
        driver = silent(checked_in("day 20", event_id="a"), held("day 20", "yes", event_id="b")).at("day 53")
        assert ["a", "b"] == driver.alerts()[0]["evidence"]

    def test_cancelled_by_the_agency(self):
        """The interval counts from the agency's cancellation."""
        driver = silent(booked("day 2", "day 20"), cancelled("day 19", "agency", event_id="off")).at("day 52")
        assert [(when("day 19"), ["off"])] == [(record["anchor_at"], record["evidence"]) for record in driver.alerts()]

    def test_cancelled_by_the_person(self):
        """The person's cancellation changes nothing."""
        driver = silent(booked("day 2", "day 20"), cancelled("day 19", "person")).at("day 52")
        assert [when("day 1 10:00")] == [record["anchor_at"] for record in driver.alerts()]

    def test_released(self):
        """The interval counts from a release."""
        driver = silent(custody("day 3", "detained"), custody("day 20", "none", event_id="free")).at("day 53")
        assert [(when("day 20"), ["free"])] == [(record["anchor_at"], record["evidence"]) for record in driver.alerts()]

    def test_never_in_custody(self):
        """ "No custody" of a person who was in none changes nothing."""
        assert when("day 1 10:00") == silent(custody("day 20", "none")).at("day 90").alerts()[0]["anchor_at"]

    def test_reopened(self):
        """The interval counts from a reopening."""
        assert when("day 20") == silent(closed("day 10"), reopened("day 20")).at("day 53").alerts()[0]["anchor_at"]


class TestGuards:
    def test_a_booking_ahead(self):
        """A booking ahead is the due date, even after the paper deadline."""
        assert [] == silent(booked("day 30", "day 80")).at("day 90").alerts()

    def test_exactly_max_ahead(self):
        """A booking exactly max_ahead after it was made counts."""
        assert [] == silent(booked("day 30", "day 90")).at("day 89").alerts()

    def test_too_far_ahead(self):
        """A booking a millisecond farther ahead does not count."""
        assert ["raised"] == silent(booked("day 30", "day 90 00:00:00.001")).at("day 89").story("no_contact")

    def test_an_overdue_booking(self):
        """A missed booking is check_in_overdue's, even where the policy disables that cause."""
        assert [] == silent(booked("day 2", "day 10"), missed("day 10")).at("day 90").alerts()

    def test_a_kept_booking(self):
        """A kept booking does not count."""
        driver = silent(booked("day 2", "day 10"), checked_in("day 10", "k1")).at("day 43")
        assert [when("day 10")] == [record["anchor_at"] for record in driver.alerts()]

    def test_detained(self):
        """A detained person's whereabouts are known."""
        assert [] == silent(custody("day 5", "other")).at("day 90").alerts()

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == silent(closed("day 5")).at("day 90").alerts()


class TestEnd:
    def test_a_contact_after_the_deadline(self):
        """A later contact resolves it."""
        driver = silent(checked_in("day 40")).at("day 40")
        assert ["raised", "resolved"] == driver.story("no_contact")

    def test_a_contact_in_time_recorded_late(self):
        """A contact by the deadline, recorded later, retracts it."""
        driver = silent(checked_in("day 34 10:00", known="day 40")).at("day 40")
        assert ["raised", "retracted"] == driver.story("no_contact")

    def test_booked_after_the_deadline(self):
        """A later booking resolves it, too, because it sets a date."""
        driver = silent(booked("day 40", "day 50")).at("day 40")
        assert ["raised", "resolved"] == driver.story("no_contact")
        assert "check_in_scheduled" == driver.last("no_contact")["ended_by"]

    def test_an_old_contact_found_late(self):
        """A contact so old that its own interval has passed supersedes the alert."""
        driver = silent(checked_in("day 3", known="day 40")).at("day 40")
        old, new = driver.alerts()[1:]
        assert ("retracted", "superseded") == (old["status"], old["ended_by"])
        assert ("raised", when("day 3")) == (new["status"], new["anchor_at"])

    def test_a_longer_interval(self):
        """A level with a longer interval ends the alert, which is raised again after the longer interval."""
        driver = silent(level("day 40", "low")).at("day 96 10:00")
        assert ["raised", "resolved", "raised"] == driver.story("no_contact")
        assert "supervision_changed" == driver.alerts()[1]["ended_by"]
