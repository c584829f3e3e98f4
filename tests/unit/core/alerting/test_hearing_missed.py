"""hearing_missed: decided in the person's absence, and no contact since (CONTRACT.md §4)."""

from tests.builders import (
    adjourned,
    checked_in,
    closed,
    custody,
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

ALONE = only("hearing_missed")


def absent(*events) -> Driver:
    """The hearing of day 10 was decided in absence at 11:00."""
    decision = in_absentia("day 10 11:00", event_id="decision")
    return Driver(ALONE).feed(opened("day 1"), hearing_set("day 2", "day 10 09:00"), decision, *events)


class TestDeadline:
    def test_at_once(self):
        """It stands from the decision on: its deadline is its anchor."""
        record = absent().at("day 10 11:00").last("hearing_missed")
        assert ("raised", "person", "h1", []) == tuple(
            record[name] for name in ("status", "cause_class", "instance", "agency_causes")
        )
        assert 3 * [when("day 10 11:00")] == [record[name] for name in ("anchor_at", "deadline_at", "raised_at")]
        assert ["decision"] == record["evidence"]

    def test_recorded_later(self):
        """The alert is raised when the decision becomes known."""
        driver = Driver(ALONE).feed(opened("day 1"), in_absentia("day 10", known="day 12")).at("day 12")
        assert (when("day 10"), when("day 12")) == (driver.alerts()[0]["deadline_at"], driver.alerts()[0]["raised_at"])

    def test_never_scheduled(self):
        """A hearing without an earlier date can be missed all the same."""
        assert ["raised"] == Driver(ALONE).feed(opened("day 1"), in_absentia("day 5")).at("day 5").story(
            "hearing_missed"
        )


class TestGuards:
    def test_a_contact_at_the_instant(self):
        """A contact at the same instant or later prevents it."""
        assert [] == absent(checked_in("day 10 11:00")).at("day 90").alerts()

    def test_a_contact_before(self):
        """A contact a millisecond before does not."""
        assert ["raised"] == absent(checked_in("day 10 10:59:59.999")).at("day 90").story("hearing_missed")

    def test_missed_before_the_base(self):
        """A miss before the reopening does not count."""
        driver = Driver(ALONE).feed(opened("day 1"), closed("day 3"), in_absentia("day 5"))
        assert [] == driver.feed(reopened("day 5 00:00:00.001")).at("day 90").alerts()

    def test_missed_at_the_base(self):
        """A miss at the instant of the reopening counts."""
        driver = Driver(ALONE).feed(opened("day 1"), closed("day 3"), in_absentia("day 5"), reopened("day 5"))
        assert ["raised"] == driver.at("day 90").story("hearing_missed")

    def test_detained(self):
        """A detained person missed it because no escort came."""
        assert [] == absent(custody("day 9", "detained")).at("day 90").alerts()

    def test_detained_then_and_released(self):
        """After the release there is no alert either: the miss was before it."""
        assert [] == absent(custody("day 9", "detained"), custody("day 20", "none")).at("day 90").alerts()

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == absent(closed("day 10 11:00")).at("day 90").alerts()


class TestEnd:
    def test_rescinded(self):
        """A rescinded order ends it."""
        driver = absent(rescinded("day 40")).at("day 40")
        assert ["raised", "resolved"] == driver.story("hearing_missed")
        assert "order_rescinded" == driver.last("hearing_missed")["ended_by"]

    def test_a_contact_later(self):
        """A contact resolves it."""
        assert ["raised", "resolved"] == absent(checked_in("day 12")).at("day 12").story("hearing_missed")

    def test_appeared_elsewhere(self):
        """Appearing at another hearing is a contact."""
        driver = absent(held("day 12", "yes", hearing_id="h2")).at("day 12")
        assert ["raised", "resolved"] == driver.story("hearing_missed")

    def test_held_elsewhere_without_an_attendance(self):
        """A held hearing without a recorded attendance is no contact."""
        assert ["raised"] == absent(held("day 12", "unknown", hearing_id="h2")).at("day 12").story("hearing_missed")

    def test_set_again(self):
        """A new date for the hearing ends it."""
        driver = absent(hearing_set("day 12", "day 30")).at("day 12")
        assert ["raised", "resolved"] == driver.story("hearing_missed")

    def test_the_same_date_repeated(self):
        """The old date sent again by a feed does not end it."""
        assert ["raised"] == absent(hearing_set("day 12", "day 10 09:00")).at("day 12").story("hearing_missed")

    def test_a_corrected_error(self):
        """An adjournment of the day before, recorded late, does not win over the decision."""
        assert ["raised"] == absent(adjourned("day 9", known="day 12")).at("day 12").story("hearing_missed")

    def test_contact_of_the_instant_recorded_late(self):
        """A contact at the instant of the decision, recorded later, retracts it."""
        assert ["raised", "retracted"] == absent(checked_in("day 10 11:00", known="day 12")).at("day 12").story(
            "hearing_missed"
        )

    def test_missed_twice(self):
        """The hearing is decided in absence again: a new alert supersedes the old one."""
        driver = absent(hearing_set("day 11", "day 20", known="day 21"), in_absentia("day 20", known="day 21")).at(
            "day 21"
        )
        old, new = driver.alerts()[1:]
        assert ("resolved", "superseded") == (old["status"], old["ended_by"])
        assert ("raised", when("day 20")) == (new["status"], new["anchor_at"])
