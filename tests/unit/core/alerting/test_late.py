"""Late in two senses: recorded after it happened, and read behind the clock (CONTRACT.md §1, §5)."""

from streams.core.alerting.reasons import Reason
from tests.builders import address, assigned, closed, ms, only, opened, when
from tests.driver import Driver, hot_event

MAIL = only("notice_undeliverable", after="2d")


def stands() -> Driver:
    """Mail came back on day 3; the alert stands since day 5; the clock is at day 8."""
    return Driver(MAIL).feed(opened("day 1"), address("day 3", "missing")).at("day 8")


class TestRecordedLate:
    def test_is_judged_when_recorded(self):
        """An event recorded after it happened is in time for the clock, so it does not count as late."""
        driver = stands().feed(address("day 4", "valid", known="day 9")).at("day 9")
        assert ["raised", "retracted"] == driver.story("notice_undeliverable")
        assert (when("day 9"), 0) == (driver.alerts()[-1]["ended_at"], driver.count(Reason.LATE))


class TestReadLate:
    def test_is_judged_at_the_clock(self):
        """An event recorded before the clock is applied and judged at the clock's instant."""
        driver = stands().feed(address("day 4", "valid")).at("day 12")
        assert ["raised", "retracted"] == driver.story("notice_undeliverable")
        assert when("day 8") == driver.alerts()[-1]["ended_at"]

    def test_at_the_clock(self):
        """An event recorded at the clock itself is late, too: that instant was judged."""
        driver = stands().feed(closed("day 8")).at("day 12")
        assert (when("day 8"), 1) == (driver.alerts()[-1]["ended_at"], driver.count(Reason.LATE))

    def test_a_ms_after_the_clock(self):
        """An event recorded a millisecond after the clock is in time."""
        driver = stands().feed(closed("day 8 00:00:00.001")).at("day 12")
        assert (when("day 8 00:00:00.001"), 0) == (driver.alerts()[-1]["ended_at"], driver.count(Reason.LATE))

    def test_is_counted(self):
        """Each late event is counted."""
        driver = stands().feed(address("day 4", "valid"), address("day 5", "missing"), closed("day 9")).at("day 12")
        assert 2 == driver.count(Reason.LATE)

    def test_raises_at_the_clock(self):
        """Its alert is raised at the clock, not in the past."""
        driver = Driver(MAIL).feed(opened("day 1")).at("day 8").feed(address("day 3", "missing")).at("day 9")
        assert (when("day 8"), when("day 5")) == tuple(
            driver.alerts()[0][name] for name in ("raised_at", "deadline_at")
        )

    def test_keeps_its_key(self):
        """It does not win over later facts."""
        driver = Driver(MAIL).feed(opened("day 1"), address("day 5", "valid")).at("day 8")
        assert [] == driver.feed(address("day 3", "missing")).at("day 90").alerts()

    def test_several_by_key(self):
        """Late events that are read together are applied by key."""
        driver = Driver(MAIL).feed(opened("day 1")).at("day 8")
        driver.feed(address("day 5", "valid", known="day 6"), address("day 3", "missing", known="day 7")).at("day 90")
        assert [] == driver.alerts()

    def test_load_changes_at_the_clock(self):
        """A late change of officer becomes known at the clock."""
        driver = Driver(MAIL).feed(opened("day 1")).at("day 40").feed(assigned("day 2", "X")).at("day 41")
        assert 1 == driver.loads()["X"]["assigned_30d"]

    def test_before_what_comes_in_time(self):
        """Late events are applied before those in time."""
        driver = stands().feed(address("day 10", "missing"), address("day 4", "valid")).at("day 13")
        assert ["raised", "retracted", "raised"] == driver.story("notice_undeliverable")
        assert when("day 10") == driver.alerts()[-1]["anchor_at"]

    def test_does_not_move_the_clock_back(self):
        """A worker divides its input by recorded_at: a late step as a whole passes no time."""
        driver = stands()
        effects = driver.partition.advance([hot_event(address("day 4", "valid"))], ms("day 4"))
        assert [ms("day 8")] == [revision.at for revision in effects.alerts]
        assert ms("day 8") == driver.partition.watermark

    def test_an_end_names_an_event_that_changed_something(self):
        """A repetition that comes with a late event does not end an alert, even if it happened later."""
        moved = address("day 7", "missing")
        driver = Driver(MAIL).feed(opened("day 1"), address("day 3", "missing"), moved).at("day 8")
        driver.feed(moved, closed("day 6")).at("day 9")
        assert ["raised", "resolved"] == driver.story("notice_undeliverable")
        assert "case_closed" == driver.last("notice_undeliverable")["ended_by"]
