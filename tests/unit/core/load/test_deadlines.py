"""Cases with a deadline within seven days, in the load of their officers (CONTRACT.md §8)."""

import pytest

from tests.builders import closed, custody, hearing_set, held, only, unassigned
from tests.driver import Driver
from tests.unit.core.load.test_loads import QUIET, load, of_x


class TestDeadlines:
    UNDER = only("hearing_unresolved", after="0bd", escalate_after="2d")

    @pytest.mark.parametrize(
        ("due", "count"), [("day 10", 0), ("day 10 00:00:00.001", 1), ("day 17", 1), ("day 17 00:00:00.001", 0)]
    )
    def test_window(self, due, count):
        """Deadlines after the clock and up to seven days later count, the end included."""
        assert count == load(*of_x("case-A"), hearing_set("day 1", due), under=self.UNDER)["deadlines_7d"]

    def test_time_moves_the_window(self):
        """The count is right at every instant, even without events."""
        driver = Driver(self.UNDER).feed(*of_x("a"), hearing_set("day 1", "day 20", case_id="a"))
        counts = [driver.at(at).loads()["X"]["deadlines_7d"] for at in ("day 12", "day 13", "day 19 23:59", "day 20")]
        assert [0, 1, 1, 0] == counts

    def test_a_case_counts_once(self):
        """Two deadlines of a case within the window count as one case; the second counts when the first has passed."""
        hearings = (hearing_set("day 1", due, hearing_id=due.replace(" ", "-")) for due in ("day 12", "day 14"))
        driver = Driver(self.UNDER).feed(*of_x("case-A"), *hearings)
        assert [1, 1, 0] == [driver.at(at).loads()["X"]["deadlines_7d"] for at in ("day 10", "day 12", "day 14")]

    def test_in_custody(self):
        """A case in custody has deadlines, too."""
        events = (*of_x("case-A"), custody("day 2", "detained"), hearing_set("day 2", "day 12"))
        assert 1 == load(*events, under=self.UNDER)["deadlines_7d"]

    @pytest.mark.parametrize("event", [closed("day 9"), held("day 9", "yes"), unassigned("day 9")])
    def test_cases_without_a_deadline(self, event):
        """A closed case, a held hearing and a case without an officer do not count."""
        assert 0 == load(*of_x("case-A"), hearing_set("day 1", "day 12"), event, under=self.UNDER)["deadlines_7d"]

    def test_of_causes_that_the_policy_enables(self):
        """A disabled cause never holds, so it has no deadline."""
        assert 0 == load(*of_x("case-A"), hearing_set("day 1", "day 12"))["deadlines_7d"]

    @pytest.mark.parametrize("restarted", [False, True])
    def test_behind_an_escalation(self, restarted):
        """An escalation before the next deadline does not hide that deadline."""
        hearings = (hearing_set("day 1", due, hearing_id=due.replace(" ", "-")) for due in ("day 9", "day 14"))
        driver = Driver(self.UNDER).feed(*of_x("case-A"), *hearings).at("day 10")
        if restarted:
            driver.restart()
        ends = [driver.at(at).loads()["X"]["deadlines_7d"] for at in ("day 10", "day 11", "day 13", "day 14")]
        assert [1, 1, 1, 0] == ends
        assert 0 == driver.feed(closed("day 15")).at("day 16").loads()["X"]["deadlines_7d"]

    @pytest.mark.parametrize("restarted", [False, True])
    def test_nothing_but_an_escalation(self, restarted):
        """An escalation alone is no deadline."""
        driver = Driver(self.UNDER).feed(*of_x("case-A"), hearing_set("day 1", "day 9")).at("day 10")
        if restarted:
            driver.restart()
        assert 0 == driver.loads()["X"]["deadlines_7d"]
        driver.feed(hearing_set("day 10", "day 12", hearing_id="h2")).at("day 10 12:00")
        assert 1 == driver.loads()["X"]["deadlines_7d"]

    def test_another_policy(self):
        """A worker under another policy counts that policy's deadlines."""
        driver = Driver(QUIET).feed(*of_x("case-A"), hearing_set("day 1", "day 12")).at("day 10")
        driver.restart(self.UNDER).at("day 11")
        assert 1 == driver.loads()["X"]["deadlines_7d"]
