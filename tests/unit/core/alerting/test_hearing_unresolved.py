"""hearing_unresolved: a hearing's date has passed without an outcome (CONTRACT.md §4)."""

from tests.builders import (
    adjourned,
    closed,
    custody,
    hearing_cancelled,
    hearing_set,
    held,
    in_absentia,
    only,
    opened,
    reopened,
    rescinded,
    when,
)
from tests.driver import Driver

FIVE_DAYS = only("hearing_unresolved", after="5d")


def set_for_day_10(*events) -> Driver:
    hearing = hearing_set("day 2", "day 10 09:00", event_id="set")
    return Driver(FIVE_DAYS).feed(opened("day 1"), hearing, *events)


class TestDeadline:
    def test_a_ms_before(self):
        """The outcome may be entered some days later."""
        assert [] == set_for_day_10().at("day 15 08:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The alert names the hearing."""
        record = set_for_day_10().at("day 15 09:00").last("hearing_unresolved")
        assert ("raised", "record", "h1", None) == tuple(
            record[name] for name in ("status", "cause_class", "instance", "agency_causes")
        )
        assert (when("day 10 09:00"), when("day 15 09:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["set"] == record["evidence"]

    def test_each_hearing(self):
        """Every hearing has its own alert."""
        driver = set_for_day_10(hearing_set("day 3", "day 10 09:00", hearing_id="h2")).at("day 15 09:00")
        assert {"h1", "h2"} == {record["instance"] for record in driver.standing()}

    def test_far_ahead(self):
        """A hearing years ahead is judged when it comes, whatever max_ahead is."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), hearing_set("day 2", "day 900")).at("day 905")
        assert ["raised"] == driver.story("hearing_unresolved")


class TestAnchor:
    def test_moved(self):
        """A moved hearing counts from its new date."""
        driver = set_for_day_10(hearing_set("day 9", "day 20", event_id="moved")).at("day 25")
        assert [(when("day 20"), ["moved"])] == [
            (record["anchor_at"], record["evidence"]) for record in driver.alerts()
        ]

    def test_repeated(self):
        """The same date sent again changes nothing, not even the evidence."""
        driver = set_for_day_10(hearing_set("day 9", "day 10 09:00")).at("day 15 09:00")
        assert ["set"] == driver.alerts()[0]["evidence"]


class TestGuards:
    def test_an_outcome(self):
        """Any outcome prevents it."""
        outcomes = (adjourned, hearing_cancelled, in_absentia, rescinded, lambda at: held(at, "yes"))
        for outcome in (*outcomes, lambda at: held(at, "unknown")):
            assert [] == set_for_day_10(outcome("day 15 09:00")).at("day 90").alerts()

    def test_detained(self):
        """Custody does not prevent it."""
        assert ["raised"] == set_for_day_10(custody("day 3", "detained")).at("day 15 09:00").story("hearing_unresolved")

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == set_for_day_10(closed("day 9")).at("day 90").alerts()

    def test_due_before_the_reopening(self):
        """A hearing that was due before the reopening does not count."""
        assert [] == set_for_day_10(closed("day 9"), reopened("day 10 09:00:00.001")).at("day 90").alerts()

    def test_due_at_the_reopening(self):
        """A hearing due at the instant of the reopening counts."""
        driver = set_for_day_10(closed("day 9"), reopened("day 10 09:00")).at("day 90")
        assert ["raised"] == driver.story("hearing_unresolved")

    def test_an_outcome_of_another_hearing(self):
        """The outcome of another hearing does not count."""
        driver = set_for_day_10(held("day 10 12:00", "yes", hearing_id="h2")).at("day 15 09:00")
        assert ["raised"] == driver.story("hearing_unresolved")

    def test_adjourned_and_set_again_for_the_same_date(self):
        """A hearing that is adjourned and set again for the same date is scheduled again."""
        driver = set_for_day_10(adjourned("day 8"), hearing_set("day 9", "day 10 09:00", event_id="again")).at(
            "day 15 09:00"
        )
        assert ["again"] == driver.alerts()[0]["evidence"]

    def test_held_and_repeated_by_the_feed(self):
        """A held hearing whose date the feed repeats stays held."""
        assert [] == set_for_day_10(held("day 10", "yes"), hearing_set("day 11", "day 10 09:00")).at("day 90").alerts()


class TestEnd:
    def test_the_outcome_entered_too_late(self):
        """An outcome after the deadline resolves it."""
        driver = set_for_day_10(adjourned("day 16")).at("day 20")
        assert ["raised", "resolved"] == driver.story("hearing_unresolved")
        assert "hearing_adjourned" == driver.last("hearing_unresolved")["ended_by"]

    def test_the_outcome_of_the_day_entered_late(self):
        """An outcome at the date, recorded after the deadline, retracts it."""
        driver = set_for_day_10(held("day 10 11:00", "yes", known="day 16")).at("day 20")
        assert ["raised", "retracted"] == driver.story("hearing_unresolved")

    def test_superseded_needs_the_same_hearing(self):
        """Another hearing raised in the same judging does not supersede it."""
        other = hearing_set("day 2", "day 3", hearing_id="h2", known="day 16")
        driver = set_for_day_10(adjourned("day 16"), other).at("day 16")
        assert ["hearing_adjourned"] == [record["ended_by"] for record in driver.alerts() if record["ended_at"]]

    def test_superseded_by_its_own_date(self):
        """A move to another past date supersedes it."""
        driver = set_for_day_10(hearing_set("day 4", "day 9", known="day 16")).at("day 16")
        old, new = driver.alerts()[1:]
        assert ("retracted", "superseded") == (old["status"], old["ended_by"])
        assert ("raised", when("day 9")) == (new["status"], new["anchor_at"])
