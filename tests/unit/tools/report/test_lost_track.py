"""Earlier, new and ended alerts of each week of one office, counted by hand."""

import json
from collections.abc import Iterable
from typing import Any

from schemas.decode import decode
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.tools.report.lost_track import LostTrackWeek, LostTrackWeeks
from tests.builders import adjourned, assigned, closed, hearing_set, ms, only, opened, unassigned

BOUNDS = [ms(f"day {day}") for day in (8, 15, 22)]
NO_OFFICER = Rules(only("no_officer", after="2d"))
UNRESOLVED = Rules(only("hearing_unresolved", after="1d"))


def followed(events: Iterable[dict[str, Any]], rules: Rules = NO_OFFICER, office: str = "UTC-1") -> LostTrackWeeks:
    """The weeks of day 8 and day 15."""
    found = LostTrackWeeks(office, BOUNDS)
    decoded = sorted((decode(json.dumps(each).encode()) for each in events), key=lambda event: event.recorded_at)
    for step in Evaluation(rules).run(decoded, BOUNDS[-1] - 1):
        found.add(step.effects.alerts)
    found.finish()
    return found


def totals(week: LostTrackWeek) -> tuple[int, int, int, int]:
    """(stood before, new, ended, stand)."""
    return week.before.total(), week.new.total(), week.ended.total(), week.stand.total()


class TestWeeks:
    def test_an_alert_is_new_once_and_stands_until_it_ends(self):
        """Raised on day 10, ended on day 16."""
        weeks = followed([opened("day 8"), assigned("day 16", "o-1")]).weeks
        assert [(0, 1, 0, 1), (1, 0, 1, 0)] == [totals(week) for week in weeks]

    def test_what_stood_before_the_first_week_is_not_new(self):
        """Raised on day 3."""
        assert [(1, 0, 0, 1), (1, 0, 0, 1)] == [totals(week) for week in followed([opened("day 1")]).weeks]

    def test_the_bound_belongs_to_the_week_that_it_begins(self):
        """A deadline at the midnight of day 15 exactly."""
        assert [(0, 0, 0, 0), (0, 1, 0, 1)] == [totals(week) for week in followed([opened("day 13")]).weeks]

    def test_raised_again_is_new_again(self):
        """The case is assigned on day 11, unassigned since day 12, and the alert is raised on day 14."""
        events = [opened("day 8"), assigned("day 11", "o-1"), unassigned("day 12")]
        assert (0, 2, 1, 1) == totals(followed(events).weeks[0])

    def test_a_case_that_moves_to_another_office_ends_here_and_is_new_there(self):
        """Raised on day 10 at UTC-1; unassigned at UTC-2 since day 17, raised on day 19."""
        events = [opened("day 8"), assigned("day 16", "o-1", office="UTC-2"), unassigned("day 17")]
        assert [(0, 1, 0, 1), (1, 0, 1, 0)] == [totals(week) for week in followed(events).weeks]
        assert [(0, 0, 0, 0), (0, 1, 0, 1)] == [totals(week) for week in followed(events, office="UTC-2").weeks]

    def test_two_hearings_of_a_case_are_one_cause(self):
        """The second is raised on day 11, the first ends on day 12; the cause goes on."""
        events = [
            opened("day 1"),
            hearing_set("day 1", "day 9", hearing_id="h1"),
            hearing_set("day 1", "day 10", hearing_id="h2"),
            adjourned("day 12", hearing_id="h1"),
        ]
        found = followed(events, UNRESOLVED)
        assert (0, 1, 0, 1) == totals(found.weeks[0])
        (stands,) = found.standing()
        assert ("hearing_unresolved", ms("day 11"), "case-A", False) == (
            stands.cause, stands.since, stands.case_id, stands.is_critical,
        )  # fmt: skip

    def test_a_week_balances(self):
        """Earlier and new alerts together equal ended and open ones."""
        events = [opened(f"day {day}", case_id=f"case-{day}") for day in range(1, 20)]
        events += [closed(f"day {day + 4}", case_id=f"case-{day}") for day in range(3, 15)]
        for week in followed(events).weeks:
            before, new, ended, stand = totals(week)
            assert new > 0
            assert ended > 0
            assert before + new == ended + stand

    def test_a_protected_case_is_marked(self):
        """It counts, and no list may name it."""
        (stands,) = followed([opened("day 8", protected=True)]).standing()
        assert stands.is_protected
