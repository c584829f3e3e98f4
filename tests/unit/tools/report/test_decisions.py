"""Every decision that a report asks for, as a sentence with its number."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.causes import Cause
from schemas.decode import decode
from streams.core.policy.rules import Rules
from streams.tools.forecast.records import CollisionCounts
from streams.tools.report.decisions import decisions
from streams.tools.report.figures import Course, Handoffs, Report, report_of
from streams.tools.report.iso_week import IsoWeek
from streams.tools.report.lost_track import LostTrackWeek
from tests.builders import assigned, booked, officer, opened, policy

START = "2026-02-02T00:00:00Z"


@pytest.fixture(scope="module")
def calm() -> Report:
    """Return a week in which there is nothing to decide: one officer with one case that is booked."""
    events = [officer(START, "o-1"), opened(START), assigned(START, "o-1"), booked(START, "2026-03-25T15:00:00Z")]
    decoded = [decode(json.dumps(each).encode()) for each in events]
    return report_of(decoded, Rules(policy()), "UTC-1", IsoWeek.parse("2026-W07"), ["log.jsonl"])


def lost(**counts: int) -> dict[str, Any]:
    """Return the change that so many causes stand."""
    return {"lost_track": LostTrackWeek(stand=Counter({Cause(name): count for name, count in counts.items()}))}


def collisions(*counts: tuple[int, int, int]) -> list[CollisionCounts]:
    return [CollisionCounts(*each) for each in counts]


class TestDecisions:
    def test_a_calm_week_asks_for_none(self, calm: Report) -> None:
        """No sentence at all."""
        assert [] == list(decisions(calm))

    @pytest.mark.parametrize(("change", "sentence"), [
        (lost(no_officer=1), "Assign 1 case that has no officer."),
        (lost(no_officer=1_200), "Assign 1,200 cases that have no officer."),
        (lost(in_transit=1), "Settle with the other office who has 1 case in transit."),
        (lost(in_transit=2), "Settle with the other office who has 2 cases in transit."),
        (lost(nothing_scheduled=1), "Book a date for 1 case with nothing scheduled."),
        (lost(nothing_scheduled=3), "Book a date for 3 cases with nothing scheduled."),
        (lost(hearing_unresolved=1), "Record what came of hearings of 1 case whose date has passed."),
        (lost(hearing_unresolved=4), "Record what came of hearings of 4 cases whose dates have passed."),
        ({"handoffs": [Handoffs("o-1", 0, 1)]}, "Have 1 handoff acknowledged; 0 overdue."),
        ({"handoffs": [Handoffs("o-1", 2, 1), Handoffs("o-2", 1, 0)]}, "Have 4 handoffs acknowledged; 3 overdue."),
        ({"lapsed": [Course(0, "o-1", "law", True), Course(0, "o-1", "art", False)]},
         "Have officers renew 1 required course that has lapsed."),
        ({"lapsed": [Course(0, "o-1", "law", True)] * 2}, "Have officers renew 2 required courses that have lapsed."),
        ({"lapsing": [Course(0, "o-1", "art", False)]}, "Have officers renew 1 course that lapses within 60 days."),
        ({"lapsing": [Course(0, "o-1", "law", True)] * 2}, "Have officers renew 2 courses that lapse within 60 days."),
    ])  # fmt: skip
    def test_a_sentence(self, calm: Report, change: dict[str, Any], sentence: str) -> None:
        """The number of the table, in the singular and the plural; nothing else is asked for."""
        assert [sentence] == list(decisions(replace(calm, **change)))

    def test_officers_away(self, calm: Report) -> None:
        """Their cases, those in custody counted."""
        [load] = calm.officers
        away = [replace(load, status="leave", in_custody=2), replace(load, status="departed")]
        assert ["Reassign or cover 4 cases of 2 officers on leave or departed."] == list(
            decisions(replace(calm, away=away))
        )

    def test_officers_over_the_mark(self, calm: Report) -> None:
        """How many of those at work, and the mark of the policy."""
        changed = replace(calm, over=calm.officers, officers=calm.officers * 3)
        assert ["Relieve 1 of 3 officers at work with a utilization of 1 or more."] == list(decisions(changed))
        alone = replace(calm, over=calm.officers)
        assert ["Relieve 1 of 1 officer at work with a utilization of 1 or more."] == list(decisions(alone))

    @pytest.mark.parametrize(("at_work", "sentences"), [
        (1, ["Ask for officers, or accept the load: the weights of the policy need 1.83 (2), 1 is at work."]),
        (0, ["Ask for officers, or accept the load: the weights of the policy need 1.83 (2), 0 are at work."]),
        (2, []),
    ])  # fmt: skip
    def test_officers_needed(self, calm: Report, at_work: int, sentences: list[str]) -> None:
        """More than are at work."""
        record = replace(calm.record, officers_needed=13_200 / 7_200, officers_at_work=at_work)
        assert sentences == list(decisions(replace(calm, record=record)))

    @pytest.mark.parametrize(("count", "words"), [(1, "1 case"), (1_000, "1,000 cases")])
    def test_deadlines_ahead(self, calm: Report, count: int, words: str) -> None:
        """Those of the record."""
        record = replace(calm.record, deadlines_7d=count)
        assert [f"Look at {words} with a deadline within 7 days (docketwatch due)."] == list(
            decisions(replace(calm, record=record))
        )

    def test_dates_that_collide(self, calm: Report) -> None:
        """Of the next four weeks, by why; the fifth does not count."""
        weeks = [
            replace(week, collisions=each)
            for week, each in zip(
                calm.ahead.weeks,
                collisions((1, 0, 0), (2, 1, 0), (0, 0, 3), (0, 0, 1), (9, 9, 9)),
                strict=True,
            )
        ]
        assert ["Move 8 booked dates of the next 4 weeks: officer away 3, holiday 1, person in two places 4."] == list(
            decisions(replace(calm, ahead=replace(calm.ahead, weeks=weeks)))
        )
        weeks = [replace(week, collisions=CollisionCounts(0, week.week == 2, 0)) for week in calm.ahead.weeks]
        assert ["Move 1 booked date of the next 4 weeks: officer away 0, holiday 1, person in two places 0."] == list(
            decisions(replace(calm, ahead=replace(calm.ahead, weeks=weeks)))
        )

    def test_an_old_policy(self, calm: Report) -> None:
        """From the day after its date on; the last instant of the week is of Sunday."""
        for day, sentences in (
            (date(2026, 2, 14), ["Review the policy: it was to be reviewed by 2026-02-14."]),
            (date(2026, 2, 15), []),
        ):
            rules = Rules(policy(review_by=day))
            assert sentences == list(decisions(replace(calm, rules=rules)))
