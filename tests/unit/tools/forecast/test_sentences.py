"""What the tables of a forecast say first: what the log cannot tell is said, and is no silent zero."""

from collections.abc import Iterable
from typing import Any

from streams.core.policy.rules import Rules
from streams.tools.forecast.text import sentences_of, table_of_office
from tests.builders import assigned, booked, checked_in, hearing_set, officer
from tests.unit.tools.forecast.test_forecasting import RULES, docket, forecast


def sentences(events: Iterable[dict[str, Any]], until: str, rules: Rules = RULES) -> list[str]:
    found, _ = forecast(events, until, rules)
    for office in found.offices:
        table_of_office(office)
    return list(sentences_of(found))[1:]


class TestSentences:
    def test_a_log_of_less_than_a_week(self):
        """It has no rates, and no errors of earlier forecasts."""
        found = sentences(
            [*docket(1), officer("day 1", "o-1"), assigned("day 1 10:00", "o-1", case_id="case-1")], "day 7"
        )
        assert "The log holds less than a week: what is expected is what is booked." == found[0]
        assert found[1].startswith("80 %: by how far earlier forecasts of this log were off; where fewer than 10")
        assert 2 == len(found)

    def test_a_log_of_one_week(self):
        """It is one week, not "1 weeks"; the office has no officer, and no appointment took place."""
        found = sentences([*docket(1), booked("day 2", "day 12", case_id="case-1")], "day 8 09:00")
        assert [
            "Expected: by the rates of the last week of the log.",
            "No check-in took place in the last week, so the log cannot say how many to expect.",
            "No hearing took place in the last week, so the log cannot say how many to expect.",
            "No officer with capacity is at work at UTC-1: the work there has no share of a capacity.",
        ] == found[:4]

    def test_a_year_without_hearings(self):
        """Check-ins took place every week, so only hearings are named; the booked one is still shown."""
        events = list(docket(1))
        events += [checked_in(f"day {day} 10:00", case_id="case-1") for day in range(2, 380, 7)]
        events += [hearing_set("day 379", "day 383", case_id="case-1")]
        found, _ = forecast(events, "day 380")
        assert (26, 0) == (found.check_ins_seen, found.hearings_seen)
        assert 1 == found.offices[0].weeks[0].hearings.booked
        assert "No hearing took place in the last 26 weeks, so the log cannot say how many to expect." in sentences_of(
            found
        )
        assert not any("No check-in" in sentence for sentence in sentences_of(found))

    def test_a_log_that_ended_before_the_instant(self):
        """Weeks without events look like weeks without appointments."""
        events = [*docket(1), *(checked_in(f"day {day} 10:00", case_id="case-1") for day in range(2, 60, 7))]
        silent = "The last event is of 2026-04-28T10:00:00.000Z."
        assert not any(sentence.endswith(silent) for sentence in sentences(events, "day 65 09:59"))
        (found,) = (sentence for sentence in sentences(events, "day 65 10:00") if sentence.endswith(silent))
        assert found.startswith("No event was recorded in the last 7 days, ")
