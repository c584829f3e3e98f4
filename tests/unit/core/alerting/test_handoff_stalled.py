"""handoff_stalled: a new officer without a sign that he took the case (CONTRACT.md §4)."""

from tests.builders import (
    acknowledged,
    assigned,
    checked_in,
    closed,
    custody,
    held,
    only,
    opened,
    received,
    reopened,
    unassigned,
    when,
)
from tests.driver import Driver

TEN_DAYS = only("handoff_stalled", after="10d")


def handed_over(**fields) -> Driver:
    """X had the case, Y has it from day 5 10:00."""
    return Driver(TEN_DAYS).feed(opened("day 1"), assigned("day 1", "X"), assigned("day 5 10:00", "Y", **fields))


class TestDeadline:
    def test_a_ms_before(self):
        """The new officer has his time."""
        assert [] == handed_over().at("day 15 09:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The alert names the new officer; the anchor is the assignment."""
        record = handed_over(event_id="over").at("day 15 10:00").last("handoff_stalled")
        assert ("raised", "agency", None, "Y") == tuple(
            record[name] for name in ("status", "cause_class", "instance", "officer_id")
        )
        assert (when("day 5 10:00"), when("day 15 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["over"] == record["evidence"]


class TestAnchor:
    def test_released_after_the_handoff(self):
        """The time counts from a later release."""
        driver = (
            handed_over().feed(custody("day 4", "detained"), custody("day 8", "none", event_id="free")).at("day 18")
        )
        assert (when("day 8"), ["free"]) == (
            driver.last("handoff_stalled")["anchor_at"],
            driver.alerts()[0]["evidence"],
        )

    def test_reopened_after_the_handoff(self):
        """The time counts from a later reopening."""
        driver = handed_over().feed(closed("day 6"), reopened("day 9", event_id="again")).at("day 19")
        assert (when("day 9"), ["again"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_a_nightly_feed(self):
        """A feed that repeats the officer every night changes nothing."""
        driver = (
            handed_over().feed(*(assigned(f"day {number} 23:00", "Y") for number in range(5, 15))).at("day 15 10:00")
        )
        assert [when("day 5 10:00")] == [record["anchor_at"] for record in driver.alerts()]


class TestGuards:
    def test_the_first_officer(self):
        """The first assignment of a case is no handoff."""
        assert [] == Driver(TEN_DAYS).feed(opened("day 1"), assigned("day 1", "X")).at("day 90").alerts()

    def test_back_after_no_officer(self):
        """The same officer again, after a time without an officer, is a handoff."""
        driver = Driver(TEN_DAYS).feed(
            opened("day 1"), assigned("day 1", "X"), unassigned("day 3"), assigned("day 5", "X")
        )
        assert ["raised"] == driver.at("day 15").story("handoff_stalled")

    def test_acknowledged_at_the_instant(self):
        """An acknowledgement at the assignment's instant counts."""
        assert [] == handed_over().feed(acknowledged("day 5 10:00", "Y")).at("day 90").alerts()

    def test_acknowledged_before(self):
        """An acknowledgement a millisecond before does not."""
        driver = handed_over().feed(acknowledged("day 5 09:59:59.999", "Y")).at("day 15 10:00")
        assert ["raised"] == driver.story("handoff_stalled")

    def test_acknowledged_by_another(self):
        """The former officer cannot acknowledge for the new one."""
        assert ["raised"] == handed_over().feed(acknowledged("day 6", "X")).at("day 15 10:00").story("handoff_stalled")

    def test_a_contact(self):
        """A contact since the assignment shows that an officer works on the case."""
        assert [] == handed_over().feed(checked_in("day 5 10:00")).at("day 90").alerts()

    def test_a_contact_before(self):
        """A contact a millisecond before does not."""
        assert ["raised"] == handed_over().feed(checked_in("day 5 09:59:59.999")).at("day 15 10:00").story(
            "handoff_stalled"
        )

    def test_appeared_at_a_hearing(self):
        """A hearing at which the person appeared is a contact."""
        assert [] == handed_over().feed(held("day 6", "yes")).at("day 90").alerts()

    def test_perhaps_appeared_at_a_hearing(self):
        """A hearing with an unknown appearance is no contact."""
        assert ["raised"] == handed_over().feed(held("day 6", "unknown")).at("day 15 10:00").story("handoff_stalled")

    def test_detained(self):
        """No handoff stalls while the person is detained."""
        assert [] == handed_over().feed(custody("day 6", "detained")).at("day 90").alerts()

    def test_in_other_custody(self):
        """No handoff stalls in other custody either."""
        assert [] == handed_over().feed(custody("day 6", "other")).at("day 90").alerts()

    def test_stale(self):
        """An assignment older than the case's arrival at its office is stale and not a handoff."""
        assert [] == handed_over().feed(received("day 6", "UTC-2")).at("day 90").alerts()


class TestEnd:
    def test_acknowledged_late(self):
        """An acknowledgement after the deadline resolves it."""
        driver = handed_over().feed(acknowledged("day 20", "Y")).at("day 20")
        assert ["raised", "resolved"] == driver.story("handoff_stalled")
        assert "assignment_acknowledged" == driver.last("handoff_stalled")["ended_by"]

    def test_acknowledged_in_time_recorded_late(self):
        """An acknowledgement at the deadline that was recorded later retracts it."""
        driver = handed_over().feed(acknowledged("day 15 10:00", "Y", known="day 20")).at("day 20")
        assert ["raised", "retracted"] == driver.story("handoff_stalled")

    def test_handed_on(self):
        """An assignment to a third officer ends it; the new handoff has its own time."""
        driver = handed_over().feed(assigned("day 17", "Z")).at("day 26 23:59:59.999")
        assert ["raised", "resolved"] == driver.story("handoff_stalled")
        assert ("officer_assigned", "Z") == (
            driver.last("handoff_stalled")["ended_by"],
            driver.alerts()[-1]["officer_id"],
        )
        assert ["raised", "resolved", "raised"] == driver.at("day 27").story("handoff_stalled")

    def test_the_release_does_not_resolve_the_next_handoff(self):
        """Custody ends the alert; the handoff counts anew from the release."""
        driver = handed_over().feed(custody("day 20", "detained"), custody("day 22", "none")).at("day 32")
        assert ["raised", "resolved", "raised"] == driver.story("handoff_stalled")
        assert when("day 22") == driver.last("handoff_stalled")["anchor_at"]
