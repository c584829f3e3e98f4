"""notice_undeliverable: no letter can reach a person at liberty (CONTRACT.md §4)."""

from tests.builders import address, closed, custody, only, opened, reopened, when
from tests.driver import Driver

FIVE_DAYS = only("notice_undeliverable", after="5d")


def returned(*events) -> Driver:
    """Mail came back on day 3 10:00."""
    mail = address("day 3 10:00", "undeliverable", event_id="mail")
    return Driver(FIVE_DAYS).feed(opened("day 1", event_id="opening"), mail, *events)


class TestDeadline:
    def test_a_ms_before(self):
        """The agency has time to correct the address."""
        assert [] == returned().at("day 8 09:59:59.999").alerts()

    def test_at_the_deadline(self):
        """The alert is raised when that time is over; its class is record."""
        record = returned().at("day 8 10:00").last("notice_undeliverable")
        assert ("raised", "record", None, None) == tuple(
            record[name] for name in ("status", "cause_class", "instance", "agency_causes")
        )
        assert (when("day 3 10:00"), when("day 8 10:00")) == (record["anchor_at"], record["deadline_at"])
        assert ["mail"] == record["evidence"]

    def test_missing_is_bad_too(self):
        """A missing address is as bad as an undeliverable one."""
        driver = Driver(FIVE_DAYS).feed(opened("day 1"), address("day 3", "missing")).at("day 8")
        assert ["raised"] == driver.story("notice_undeliverable")


class TestAnchor:
    def test_bad_in_another_way(self):
        """From missing to undeliverable the address stays bad."""
        driver = returned(address("day 6", "missing")).at("day 8 10:00")
        assert [when("day 3 10:00")] == [record["anchor_at"] for record in driver.alerts()]

    def test_bad_before_the_opening(self):
        """The time counts from the opening if the address was bad before."""
        driver = Driver(FIVE_DAYS).feed(address("day -5", "missing"), opened("day 1", event_id="opening")).at("day 6")
        assert (when("day 1"), ["opening"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_bad_in_custody(self):
        """The time counts from the release if the address became bad in custody."""
        driver = returned(custody("day 2", "detained"), custody("day 9", "none", event_id="free")).at("day 14")
        assert (when("day 9"), ["free"]) == (driver.alerts()[0]["anchor_at"], driver.alerts()[0]["evidence"])

    def test_an_earlier_return_found_later(self):
        """An earlier return of mail that was recorded late is the anchor."""
        driver = returned(address("day 2", "missing", event_id="first", known="day 4")).at("day 7")
        assert [(when("day 2"), ["first"])] == [(record["anchor_at"], record["evidence"]) for record in driver.alerts()]

    def test_a_valid_address_in_between_found_later(self):
        """A valid address in between, recorded late, makes the later statement the anchor."""
        driver = returned(address("day 5", "undeliverable", event_id="again"), address("day 4", "valid", known="day 6"))
        driver.at("day 10")
        assert [(when("day 5"), ["again"])] == [(record["anchor_at"], record["evidence"]) for record in driver.alerts()]


class TestGuards:
    def test_corrected(self):
        """A valid address has no alert."""
        assert [] == returned(address("day 8 10:00", "valid")).at("day 90").alerts()

    def test_never_said(self):
        """An address without any statement counts as valid."""
        assert [] == Driver(FIVE_DAYS).feed(opened("day 1")).at("day 90").alerts()

    def test_detained(self):
        """A detained person is reached without mail."""
        assert [] == returned(custody("day 4", "detained")).at("day 90").alerts()

    def test_closed(self):
        """A closed case sends no mail."""
        assert [] == returned(closed("day 4")).at("day 90").alerts()


class TestEnd:
    def test_corrected_after_the_deadline(self):
        """A later valid address resolves it."""
        driver = returned(address("day 12", "valid")).at("day 12")
        assert ["raised", "resolved"] == driver.story("notice_undeliverable")
        assert "address_changed" == driver.last("notice_undeliverable")["ended_by"]

    def test_corrected_in_time_recorded_late(self):
        """A valid address by the deadline, recorded later, retracts it."""
        driver = returned(address("day 8 10:00", "valid", known="day 12")).at("day 12")
        assert ["raised", "retracted"] == driver.story("notice_undeliverable")

    def test_closed_and_reopened(self):
        """Closing ends it; a reopening restarts its time."""
        driver = returned(closed("day 9"), reopened("day 20")).at("day 25")
        assert ["raised", "resolved", "raised"] == driver.story("notice_undeliverable")
        assert when("day 20") == driver.last("notice_undeliverable")["anchor_at"]
