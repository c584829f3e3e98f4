"""in_transit: sent to an office where no officer took the case (CONTRACT.md §4)."""

from tests.builders import assigned, closed, custody, only, opened, received, reopened, sent, when
from tests.driver import Driver

TEN_DAYS = only("in_transit", after="10d")


def started() -> Driver:
    return Driver(TEN_DAYS).feed(opened("day 1"), assigned("day 1", "X"))


class TestDeadline:
    def test_a_ms_before(self):
        """A transfer has its time."""
        assert [] == started().feed(sent("day 3 10:00", "UTC-2")).at("day 13 09:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The anchor is the transfer."""
        leaving = sent("day 3 10:00", "UTC-2")
        record = started().feed(leaving).at("day 13 10:00").last("in_transit")
        assert ("raised", "agency", None) == (record["status"], record["cause_class"], record["instance"])
        assert (when("day 3 10:00"), when("day 13 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert [leaving["event_id"]] == record["evidence"]
        assert "X" == record["officer_id"]


class TestAnchor:
    def test_sent_again(self):
        """The winning transfer counts: a second one restarts the time."""
        again = sent("day 8", "UTC-3")
        driver = started().feed(sent("day 3", "UTC-2"), again).at("day 18")
        assert [when("day 8")] == [record["anchor_at"] for record in driver.alerts()]

    def test_reopened_on_the_way(self):
        """A case that is closed and reopened during a transfer counts from the reopening."""
        again = reopened("day 12")
        driver = started().feed(sent("day 3", "UTC-2"), closed("day 4"), again).at("day 22")
        assert [when("day 12")] == [record["anchor_at"] for record in driver.alerts()]
        assert [again["event_id"]] == driver.last("in_transit")["evidence"]

    def test_sent_and_opened_at_once(self):
        """The evidence has both events when they have one instant."""
        opening, leaving = opened("day 1"), sent("day 1", "UTC-2")
        driver = Driver(TEN_DAYS).feed(opening, leaving).at("day 11")
        assert sorted([opening["event_id"], leaving["event_id"]]) == driver.last("in_transit")["evidence"]


class TestGuards:
    def test_received(self):
        """A received transfer has no alert."""
        assert [] == started().feed(sent("day 3", "UTC-2"), received("day 5", "UTC-2")).at("day 90").alerts()

    def test_an_officer_there(self):
        """An officer assigned at the new office, at the instant of the transfer or later, ends the transfer."""
        taken = assigned("day 3", "Y", office="UTC-2")
        assert [] == started().feed(sent("day 3", "UTC-2"), taken).at("day 90").alerts()

    def test_an_officer_there_before(self):
        """An officer assigned there a millisecond before the transfer does not."""
        before = assigned("day 2 23:59:59.999", "Y", office="UTC-2")
        assert ["raised"] == started().feed(before, sent("day 3", "UTC-2")).at("day 13").story("in_transit")

    def test_an_officer_elsewhere(self):
        """An officer assigned at another office does not."""
        elsewhere = assigned("day 5", "Y", office="UTC-3")
        assert ["raised"] == started().feed(sent("day 3", "UTC-2"), elsewhere).at("day 13").story("in_transit")

    def test_detained(self):
        """A detained person's case is judged all the same."""
        driver = started().feed(sent("day 3", "UTC-2"), custody("day 3", "detained")).at("day 13")
        assert ["raised"] == driver.story("in_transit")

    def test_closed(self):
        """A closed case has no alert."""
        assert [] == started().feed(sent("day 3", "UTC-2"), closed("day 5")).at("day 90").alerts()

    def test_in_before_out(self):
        """Out and in at one instant is an arrival."""
        driver = started().feed(received("day 3", "UTC-2"), sent("day 3", "UTC-2")).at("day 90")
        assert [] == driver.alerts()


class TestEnd:
    def test_received_after_the_deadline(self):
        """The arrival resolves the alert."""
        driver = started().feed(sent("day 3", "UTC-2"), received("day 20", "UTC-2")).at("day 20")
        assert ["raised", "resolved"] == driver.story("in_transit")
        assert "transferred_in" == driver.last("in_transit")["ended_by"]
        assert (None, "UTC-2") == (driver.last("in_transit")["officer_id"], driver.last("in_transit")["office"])

    def test_received_in_time_but_recorded_late(self):
        """The arrival was before the deadline, so it retracts the alert."""
        driver = started().feed(sent("day 3", "UTC-2"), received("day 13", "UTC-2", known="day 20")).at("day 20")
        assert ["raised", "retracted"] == driver.story("in_transit")

    def test_one_ms_too_late(self):
        """The arrival was a millisecond after the deadline, so it resolves the alert."""
        arrival = received("day 13 00:00:00.001", "UTC-2", known="day 20")
        assert ["raised", "resolved"] == started().feed(sent("day 3", "UTC-2"), arrival).at("day 20").story(
            "in_transit"
        )
