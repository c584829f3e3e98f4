"""no_officer: an open case without an officer (CONTRACT.md §4)."""

from tests.builders import (
    assigned,
    closed,
    custody,
    only,
    opened,
    received,
    reopened,
    sent,
    unassigned,
    when,
)
from tests.driver import Driver

FIVE_DAYS = only("no_officer", after="5d")
WITH_TRANSIT = only("no_officer", "in_transit", after="5d")


class TestDeadline:
    def test_a_ms_before(self):
        """A case opened without an officer has no alert before the deadline."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00")).at("day 6 09:59:59.999")
        assert [] == driver.alerts()

    def test_at_the_deadline(self):
        """The alert is raised at the deadline itself, with the opening as anchor and evidence."""
        opening = opened("day 1 10:00")
        driver = Driver(FIVE_DAYS).feed(opening).at("day 6 10:00")
        record = driver.last("no_officer")
        assert ("raised", "warning", 1) == (record["status"], record["severity"], record["revision"])
        assert (when("day 1 10:00"), when("day 6 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert when("day 6 10:00") == record["raised_at"]
        assert [opening["event_id"]] == record["evidence"]
        assert ("agency", None, None) == (record["cause_class"], record["instance"], record["agency_causes"])
        assert (None, "UTC-1", "standard") == (record["officer_id"], record["office"], record["level"])

    def test_found_out_late(self):
        """A case that becomes known after the deadline is raised when it becomes known."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00", known="day 20")).at("day 30")
        assert when("day 20") == driver.last("no_officer")["raised_at"]
        assert when("day 6 10:00") == driver.last("no_officer")["deadline_at"]

    def test_assigned_at_the_deadline(self):
        """An assignment recorded at the very deadline is applied first, so no alert is raised."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00"), assigned("day 6 10:00", "X")).at("day 30")
        assert [] == driver.alerts()

    def test_assigned_a_ms_after(self):
        """One millisecond later the alert was raised, and ends as resolved."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00"), assigned("day 6 10:00:00.001", "X")).at("day 30")
        assert ["raised", "resolved"] == driver.story("no_officer")
        assert "officer_assigned" == driver.last("no_officer")["ended_by"]
        assert "X" == driver.last("no_officer")["officer_id"]


class TestAnchor:
    def test_the_unassignment(self):
        """An unassignment is the anchor."""
        taken = unassigned("day 3")
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), assigned("day 1", "X"), taken).at("day 8")
        assert when("day 3") == driver.last("no_officer")["anchor_at"]
        assert [taken["event_id"]] == driver.last("no_officer")["evidence"]

    def test_an_unassignment_without_an_assignment(self):
        """An unassignment of a case that never had an officer changes nothing."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), unassigned("day 3")).at("day 6")
        assert when("day 1") == driver.last("no_officer")["anchor_at"]

    def test_a_repeated_unassignment(self):
        """A feed that repeats the unassignment every night does not move the anchor."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), assigned("day 1", "X"))
        driver.feed(*(unassigned(f"day {number}") for number in range(3, 9))).at("day 8")
        assert when("day 3") == driver.last("no_officer")["anchor_at"]

    def test_the_reopening(self):
        """A reopened case counts from its reopening."""
        again = reopened("day 10")
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), closed("day 2"), again).at("day 15")
        assert [when("day 10")] == [record["anchor_at"] for record in driver.alerts()]
        assert [again["event_id"]] == driver.last("no_officer")["evidence"]

    def test_the_arrival_of_a_transfer(self):
        """A case that came to another office has no officer until one is assigned after its arrival."""
        arrival = received("day 4", "UTC-2")
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), assigned("day 1", "X"), sent("day 2", "UTC-2"), arrival)
        driver.at("day 9")
        assert when("day 4") == driver.last("no_officer")["anchor_at"]
        assert [arrival["event_id"]] == driver.last("no_officer")["evidence"]
        assert (None, "UTC-2") == (driver.last("no_officer")["officer_id"], driver.last("no_officer")["office"])

    def test_two_facts_of_one_instant(self):
        """The evidence has every event of the anchor's instant."""
        opening, taken = opened("day 2"), unassigned("day 2")
        driver = Driver(FIVE_DAYS).feed(assigned("day 1", "X"), opening, taken).at("day 7")
        assert sorted([opening["event_id"], taken["event_id"]]) == driver.last("no_officer")["evidence"]


class TestGuards:
    def test_assigned(self):
        """An assigned case has no alert."""
        assert [] == Driver(FIVE_DAYS).feed(opened("day 1"), assigned("day 2", "X")).at("day 90").alerts()

    def test_never_opened(self):
        """A case without a case_opened has no alert."""
        assert [] == Driver(FIVE_DAYS).feed(reopened("day 1"), unassigned("day 1")).at("day 90").alerts()

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == Driver(FIVE_DAYS).feed(opened("day 1"), closed("day 2")).at("day 90").alerts()

    def test_custody_does_not_silence(self):
        """A detained person's case needs an officer, too."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), custody("day 1", "detained")).at("day 6")
        assert ["raised"] == driver.story("no_officer")

    def test_in_transit(self):
        """A case in transit is in_transit's."""
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), sent("day 2", "UTC-2")).at("day 90")
        assert ["in_transit"] == [record["cause"] for record in driver.alerts()]

    def test_in_transit_disabled(self):
        """Where in_transit is disabled, a case in transit without an officer is no_officer's."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), sent("day 2", "UTC-2")).at("day 6")
        assert ["raised"] == driver.story("no_officer")

    def test_the_old_offices_feed(self):
        """The old office's feed that repeats the officer does not assign the case at the new office."""
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), assigned("day 1", "X"), sent("day 2", "UTC-2"))
        driver.feed(received("day 4", "UTC-2"), assigned("day 5", "X"), assigned("day 6", "X")).at("day 9")
        assert [when("day 4")] == [record["anchor_at"] for record in driver.alerts()]

    def test_the_officer_moved_with_the_case(self):
        """The same officer, named with the new office, has the case."""
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), assigned("day 1", "X"), sent("day 2", "UTC-2"))
        driver.feed(received("day 4", "UTC-2"), assigned("day 5", "X", office="UTC-2")).at("day 90")
        assert [] == driver.alerts()

    def test_another_officer_of_the_old_office(self):
        """Another officer has the case, whatever office is named."""
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), assigned("day 1", "X"), sent("day 2", "UTC-2"))
        driver.feed(received("day 4", "UTC-2"), assigned("day 5", "Y")).at("day 90")
        assert [] == driver.alerts()


class TestEnd:
    def test_retracted_up_to_the_deadline(self):
        """An assignment at the deadline, recorded later, would have prevented the alert."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00"), assigned("day 6 10:00", "X", known="day 8")).at("day 9")
        assert ["raised", "retracted"] == driver.story("no_officer")
        assert when("day 8") == driver.last("no_officer")["ended_at"]

    def test_resolved_a_ms_after_the_deadline(self):
        """An assignment one millisecond after the deadline resolves it, however late it was recorded."""
        late = assigned("day 6 10:00:00.001", "X", known="day 8")
        driver = Driver(FIVE_DAYS).feed(opened("day 1 10:00"), late).at("day 9")
        assert ["raised", "resolved"] == driver.story("no_officer")

    def test_closed(self):
        """A closing ends it."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), closed("day 8")).at("day 9")
        assert "case_closed" == driver.last("no_officer")["ended_by"]
        assert "resolved" == driver.last("no_officer")["status"]

    def test_superseded(self):
        """A transfer recorded late changes the anchor: the new alert supersedes the old one in the same judging."""
        driver = Driver(WITH_TRANSIT).feed(opened("day 1"), received("day 2", "UTC-2", known="day 10")).at("day 10")
        old, new = driver.alerts("no_officer")[1:]
        assert ("retracted", "superseded") == (old["status"], old["ended_by"])
        assert ("raised", when("day 2"), when("day 10")) == (new["status"], new["anchor_at"], new["raised_at"])
