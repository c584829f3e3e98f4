"""check_in_overdue: a booked check-in without a sign that it took place (CONTRACT.md §4)."""

from tests.builders import (
    address,
    assigned,
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

GRACE = {"intensive": "1d", "standard": "3d", "low": "5d", "annual": "10d"}
ALONE = only("check_in_overdue", contact={"grace": GRACE, "early_window": "2d"})


def due_day_10(*events) -> Driver:
    """k1 was booked on day 2 for day 10 09:00; the grace is three days."""
    return Driver(ALONE).feed(opened("day 1"), booked("day 2", "day 10 09:00", event_id="booking"), *events)


class TestDeadline:
    def test_a_ms_before(self):
        """The grace of the level must pass first."""
        assert [] == due_day_10().at("day 13 08:59:59.999").alerts()

    def test_at_the_deadline(self):
        """Then the booking is overdue."""
        record = due_day_10().at("day 13 09:00").last("check_in_overdue")
        assert ("raised", "person", "k1", []) == tuple(
            record[name] for name in ("status", "cause_class", "instance", "agency_causes")
        )
        assert (when("day 10 09:00"), when("day 13 09:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["booking"] == record["evidence"]

    def test_recorded_as_missed(self):
        """A recorded miss needs no grace: the record is the deadline."""
        record = due_day_10(missed("day 11")).at("day 11").last("check_in_overdue")
        assert (when("day 10 09:00"), when("day 11")) == (record["anchor_at"], record["deadline_at"])

    def test_missed_before_it_was_due(self):
        """A miss entered early waits for the due date."""
        assert when("day 10 09:00") == due_day_10(missed("day 9")).at("day 10 09:00").alerts()[0]["deadline_at"]

    def test_missed_after_the_grace(self):
        """A miss entered after the grace changes nothing: the booking was overdue already."""
        driver = due_day_10(missed("day 20")).at("day 20")
        assert [when("day 13 09:00")] == [record["deadline_at"] for record in driver.alerts()]

    def test_cancelled_by_the_person_when_due(self):
        """A person's cancellation at the due instant is a miss."""
        record = due_day_10(cancelled("day 10 09:00", "person")).at("day 10 09:00").last("check_in_overdue")
        assert when("day 10 09:00") == record["deadline_at"]

    def test_level(self):
        """Each level has its own grace; a change of the level changes the deadline."""
        driver = due_day_10(level("day 9", "intensive")).at("day 11 09:00")
        assert when("day 11 09:00") == driver.last("check_in_overdue")["deadline_at"]

    def test_far_ahead(self):
        """max_ahead does not matter for a booking that is overdue."""
        driver = Driver(ALONE).feed(opened("day 1"), booked("day 2", "day 900")).at("day 903")
        assert ["raised"] == driver.story("check_in_overdue")


class TestOnlyOne:
    def test_the_first_deadline(self):
        """Of several overdue bookings the one with the least deadline is the case's alert."""
        driver = due_day_10(booked("day 2", "day 9", check_in_id="k2")).at("day 30")
        assert ["k2"] == [record["instance"] for record in driver.alerts()]

    def test_the_same_deadline(self):
        """Of equal deadlines the earlier due date wins: a miss may bring a later booking's deadline forward."""
        driver = due_day_10(booked("day 2", "day 13", check_in_id="k0"), missed("day 13 09:00", check_in_id="k0"))
        assert ["k1"] == [record["instance"] for record in driver.at("day 30").alerts()]

    def test_the_same_due_date(self):
        """Then the least id wins."""
        driver = due_day_10(booked("day 3", "day 10 09:00", check_in_id="k0")).at("day 30")
        assert ["k0"] == [record["instance"] for record in driver.alerts()]

    def test_the_next_one(self):
        """When that booking is settled, the next one takes its place and supersedes it."""
        driver = due_day_10(booked("day 2", "day 11", check_in_id="k2"), checked_in("day 20", "k1")).at("day 20")
        assert ["raised", "resolved"] == driver.story("check_in_overdue")

    def test_superseded(self):
        """An earlier booking that becomes known late supersedes the alert of the later one."""
        driver = due_day_10(booked("day 2", "day 5", check_in_id="k2", known="day 20")).at("day 20")
        old, new = driver.alerts()[1:]
        assert ("k1", "retracted", "superseded") == (old["instance"], old["status"], old["ended_by"])
        assert ("k2", "raised") == (new["instance"], new["status"])

    def test_the_same_due_date_does_not_supersede(self):
        """Such a booking takes over with an equal anchor, so the end names the fact and not another alert."""
        driver = due_day_10(booked("day 2", "day 10 09:00", check_in_id="k0", known="day 20")).at("day 20")
        old, new = driver.alerts()[1:]
        assert ("k1", "check_in_scheduled") == (old["instance"], old["ended_by"])
        assert ("k0", "raised") == (new["instance"], new["status"])


class TestSatisfied:
    def test_completed_by_name(self):
        """Its own completion satisfies it, however early."""
        assert [] == due_day_10(checked_in("day 3", "k1")).at("day 90").alerts()

    def test_completed_at_the_booking(self):
        """A completion at the instant of the booking satisfies it."""
        assert [] == due_day_10(checked_in("day 2", "k1")).at("day 90").alerts()

    def test_completed_before_it_was_booked(self):
        """A completion a millisecond before the booking belongs to an older one."""
        driver = due_day_10(checked_in("day 1 23:59:59.999", "k1")).at("day 13 09:00")
        assert ["raised"] == driver.story("check_in_overdue")

    def test_completed_another(self):
        """The completion of another booking before the due date does not satisfy it."""
        assert ["raised"] == due_day_10(checked_in("day 10 08:59:59.999", "k2")).at("day 13 09:00").story(
            "check_in_overdue"
        )

    def test_any_contact_from_the_due_date(self):
        """Any contact at the due instant or later satisfies it."""
        assert [] == due_day_10(checked_in("day 10 09:00", "k2")).at("day 90").alerts()

    def test_at_a_hearing(self):
        """An appearance in court satisfies it, too."""
        assert [] == due_day_10(held("day 10 09:00", "yes")).at("day 90").alerts()

    def test_early_at_a_hearing(self):
        """An appearance before the due date does not: it named no check-in."""
        assert ["raised"] == due_day_10(held("day 10 08:59:59.999", "yes")).at("day 13 09:00").story("check_in_overdue")

    def test_unnamed_within_the_early_window(self):
        """A check-in without a booking counts from early_window before the due date."""
        assert [] == due_day_10(checked_in("day 8 09:00")).at("day 90").alerts()

    def test_unnamed_before_the_early_window(self):
        """A millisecond earlier it does not count."""
        assert ["raised"] == due_day_10(checked_in("day 8 08:59:59.999")).at("day 13 09:00").story("check_in_overdue")

    def test_missed_and_then_came(self):
        """A contact satisfies a recorded miss, too."""
        driver = due_day_10(missed("day 10 12:00"), checked_in("day 11")).at("day 90")
        assert ["raised", "resolved"] == driver.story("check_in_overdue")

    def test_rebooked_after_it_was_completed(self):
        """A completed booking that is booked again is due again."""
        driver = due_day_10(checked_in("day 5", "k1"), booked("day 6", "day 20")).at("day 23")
        assert [when("day 20")] == [record["anchor_at"] for record in driver.alerts()]


class TestGuards:
    def test_cancelled_by_the_agency(self):
        """A booking that the agency cancelled is no miss."""
        assert [] == due_day_10(cancelled("day 20", "agency", known="day 20")).at("day 12").at("day 13").alerts()

    def test_cancelled_by_the_person_in_time(self):
        """A booking that the person cancelled a millisecond before it was due is none either."""
        assert [] == due_day_10(cancelled("day 10 08:59:59.999", "person")).at("day 90").alerts()

    def test_detained(self):
        """A detained person cannot come."""
        assert [] == due_day_10(custody("day 12", "detained")).at("day 90").alerts()

    def test_due_in_custody(self):
        """A booking that fell due in custody is not overdue after the release."""
        assert [] == due_day_10(custody("day 9", "detained"), custody("day 11", "none")).at("day 90").alerts()

    def test_due_at_the_release(self):
        """One due at the instant of the release is."""
        driver = due_day_10(custody("day 9", "detained"), custody("day 10 09:00", "none")).at("day 13 09:00")
        assert ["raised"] == driver.story("check_in_overdue")

    def test_due_before_the_reopening(self):
        """A booking due before the case was reopened does not count."""
        assert [] == due_day_10(closed("day 9"), reopened("day 10 09:00:00.001")).at("day 90").alerts()

    def test_a_miss_without_a_booking(self):
        """A miss without a booking has no due date."""
        assert [] == Driver(ALONE).feed(opened("day 1"), missed("day 5")).at("day 90").alerts()

    def test_rebooked(self):
        """A booking moved to a later day, even later than the paper said, is due on that day."""
        driver = due_day_10(booked("day 9", "day 40")).at("day 42 23:59:59.999")
        assert [] == driver.alerts()
        assert ["raised"] == driver.at("day 43").story("check_in_overdue")

    def test_a_feed_that_repeats_the_booking_after_the_miss(self):
        """The repeated date does not undo the miss."""
        driver = due_day_10(missed("day 10 12:00"), booked("day 10 23:00", "day 10 09:00")).at("day 11")
        assert ["raised"] == driver.story("check_in_overdue")


class TestEnd:
    def test_late_recorded_check_in(self):
        """A check-in at the deadline's instant, recorded later, retracts the alert."""
        driver = due_day_10(checked_in("day 13 09:00", known="day 15")).at("day 15")
        assert ["raised", "retracted"] == driver.story("check_in_overdue")
        assert "check_in_completed" == driver.last("check_in_overdue")["ended_by"]

    def test_came_too_late(self):
        """A check-in a millisecond later resolves it."""
        driver = due_day_10(checked_in("day 13 09:00:00.001", known="day 15")).at("day 15")
        assert ["raised", "resolved"] == driver.story("check_in_overdue")

    def test_more_grace(self):
        """A level with more grace ends the alert, which is raised again after the longer grace."""
        driver = due_day_10(level("day 14", "low")).at("day 15 09:00")
        assert ["raised", "resolved", "raised"] == driver.story("check_in_overdue")
        assert [1, 2, 3] == [record["revision"] for record in driver.alerts()]
        assert (when("day 15 09:00"), None) == (driver.alerts()[-1]["raised_at"], driver.alerts()[-1]["ended_at"])

    def test_a_deadline_that_moves_back(self):
        """An open alert whose deadline moves, but has passed, keeps its record."""
        driver = due_day_10(level("day 14", "intensive"), checked_in("day 12", "k9", known="day 16")).at("day 16")
        assert ["raised", "retracted"] == driver.story("check_in_overdue")
        assert when("day 13 09:00") == driver.last("check_in_overdue")["deadline_at"]


class TestAgencyCauses:
    def test_the_agencys_causes(self):
        """The record names the agency's own open causes of the case, sorted."""
        both = only("check_in_overdue", "notice_undeliverable", "no_officer", after="1d", contact={"grace": GRACE})
        driver = (
            Driver(both)
            .feed(opened("day 1"), address("day 3", "undeliverable"), booked("day 2", "day 10"))
            .at("day 13")
        )
        assert ["no_officer", "notice_undeliverable"] == driver.last("check_in_overdue")["agency_causes"]

    def test_only_when_published(self):
        """A later end of such a cause does not publish the alert again."""
        both = only("check_in_overdue", "notice_undeliverable", after="1d", contact={"grace": GRACE})
        driver = Driver(both).feed(
            opened("day 1"), assigned("day 1", "X"), address("day 3", "missing"), booked("day 2", "day 10")
        )
        driver.feed(address("day 14", "valid")).at("day 15")
        assert ["raised"] == driver.story("check_in_overdue")
        assert ["notice_undeliverable"] == driver.last("check_in_overdue")["agency_causes"]
