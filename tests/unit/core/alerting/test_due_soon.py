"""Deadlines ahead: the cases that `deadlines_7d` counts, by name, with what prevents each alert."""

from typing import Any

import pytest

from schemas.causes import Cause
from streams.core.alerting.due_soon import DueSoon, due_soon
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from tests.builders import (
    acknowledged,
    address,
    adjourned,
    assigned,
    booked,
    cancelled,
    checked_in,
    closed,
    hearing_cancelled,
    hearing_set,
    held,
    missed,
    ms,
    only,
    opened,
    received,
    sent,
    unassigned,
)
from tests.driver import Driver, hot_event
from tests.strategies import seeded


def ahead(driver: Driver, at: str, days: int = 14) -> list[DueSoon]:
    """Return what comes due within some days after an instant."""
    driver.at(at)
    return list(due_soon(driver.partition.records(), Rules(driver.policy), ms(at), ms(at) + days * DAY_MS))


def causes_ahead(driver: Driver, at: str) -> list[str]:
    """Return the causes that come due within 14 days after an instant."""
    return sorted(each.cause for each in ahead(driver, at))


FIRST = assigned("day 1", "X")
BAD = address("day 2", "undeliverable")
PREVENTED: dict[str, tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]] = {
    Cause.NO_OFFICER: ((unassigned("day 2"),), (assigned("day 3", "Y"),)),
    Cause.IN_TRANSIT: ((FIRST, sent("day 2", "STP")), (received("day 3", "STP"), assigned("day 3", "Y", office="STP"))),
    Cause.HANDOFF_STALLED: ((FIRST, assigned("day 2", "Y")), (acknowledged("day 3", "Y"), checked_in("day 3"))),
    Cause.NOTICE_UNDELIVERABLE: ((FIRST, BAD), (address("day 3", "valid"),)),
    Cause.HEARING_UNRESOLVED: (
        (FIRST, hearing_set("day 2", "day 4")),
        (held("day 3", "yes"), adjourned("day 3"), hearing_cancelled("day 3")),
    ),
    Cause.CHECK_IN_OVERDUE: (
        (FIRST, booked("day 2", "day 6", check_in_id="k")),
        (
            checked_in("day 3", check_in_id="k"),
            booked("day 3", "day 90", check_in_id="k"),
            cancelled("day 3", "agency", check_in_id="k"),
            checked_in("day 3 12:00"),
        ),
    ),
    Cause.NO_CONTACT: ((FIRST,), (booked("day 3", "day 90"), checked_in("day 3"))),
    Cause.NOTHING_SCHEDULED: (
        (FIRST,),
        (booked("day 3", "day 90"), hearing_set("day 3", "day 90"), checked_in("day 3")),
    ),
}
"""By cause: events after which it is ahead on day 3, and events each of which prevents it."""


STORIES = [(cause, events, event) for cause, (events, helps) in PREVENTED.items() for event in helps]
"""Every cause with every event that prevents it."""


class TestPrevention:
    """The event that a sentence names prevents the alert; without it the alert is raised at the deadline."""

    @staticmethod
    def first(cause: str, *events: dict[str, Any]) -> Driver:
        """Return a case on day 3."""
        return Driver(only(cause)).feed(opened("day 1", level="intensive"), *events).at("day 3")

    @pytest.mark.parametrize("cause", PREVENTED)
    def test_nothing_happens(self, cause: str) -> None:
        """The alert is raised at the named instant."""
        driver = self.first(cause, *PREVENTED[cause][0])
        (due,) = ahead(driver, "day 3")
        assert [(cause, "raised", due.deadline)] == [
            (each["cause"], each["status"], ms(each["raised_at"])) for each in driver.at(due.deadline).alerts()
        ]

    @pytest.mark.parametrize(("cause", "events", "event"), STORIES)
    def test_what_prevents_it(self, cause: str, events: tuple[dict[str, Any], ...], event: dict[str, Any]) -> None:
        """No alert is raised at the deadline after an event that the sentence names."""
        driver = self.first(cause, *events)
        (due,) = ahead(driver, "day 3")
        assert [] == driver.feed(event).at(due.deadline).alerts()

    @pytest.mark.parametrize("cause", PREVENTED)
    def test_closed(self, cause: str) -> None:
        """A closed case has no deadline."""
        driver = self.first(cause, *PREVENTED[cause][0]).feed(closed("day 3 10:00"))
        assert [] == ahead(driver, "day 4", days=400)

    def test_sentence(self) -> None:
        """It says why the cause holds and what prevents the alert."""
        (due,) = ahead(self.first(Cause.NO_OFFICER, unassigned("day 2")), "day 3")
        assert "no officer has the case; comes due unless an officer is assigned" == due.sentence

    def test_every_cause(self) -> None:
        """Only a hearing that was missed has no time before its deadline."""
        assert set(Cause) - set(PREVENTED) == {Cause.HEARING_MISSED}


class TestWindow:
    UNDER = only("hearing_unresolved", after="0bd")

    @pytest.mark.parametrize(
        ("due", "count"), [("day 10", 0), ("day 10 00:00:00.001", 1), ("day 17", 1), ("day 17 00:00:00.001", 0)]
    )
    def test_ends(self, due: str, count: int) -> None:
        """Deadlines after the clock until the end of the window count, the end included."""
        driver = Driver(self.UNDER).feed(opened("day 1"), FIRST, hearing_set("day 1", due))
        assert count == len(ahead(driver, "day 10", days=7))

    def test_the_earliest_of_several(self) -> None:
        """Two hearings of a case are one line with the earlier deadline; the second follows when that has passed."""
        hearings = [hearing_set("day 1", f"day {day}", hearing_id=f"h{day}") for day in (14, 12)]
        driver = Driver(self.UNDER).feed(opened("day 1"), FIRST, *hearings)
        assert ["h12"] == [each.instance for each in ahead(driver, "day 10")]
        assert ["h14"] == [each.instance for each in ahead(driver, "day 12")]

    def test_behind_an_escalation(self) -> None:
        """The next deadline of a case is found although an alert becomes critical before it."""
        hearings = [hearing_set("day 1", f"day {day}", hearing_id=f"h{day}") for day in (9, 14)]
        under = only("hearing_unresolved", after="0bd", escalate_after="2d")
        driver = Driver(under).feed(opened("day 1"), FIRST, *hearings)
        assert ["h14"] == [each.instance for each in ahead(driver, "day 10")]

    def test_place(self) -> None:
        """Office and officer are those of the record."""
        driver = Driver(self.UNDER).feed(opened("day 1"), assigned("day 1", "X"), hearing_set("day 1", "day 12"))
        assert [("UTC-1", "X")] == [(each.office, each.officer_id) for each in ahead(driver, "day 10")]

    def test_missed(self) -> None:
        """A check-in that was recorded as missed is ahead until its grace has passed."""
        driver = Driver(only("check_in_overdue")).feed(
            opened("day 1"), FIRST, booked("day 2", "day 4"), missed("day 3", known="day 3")
        )
        assert ["check_in_overdue"] == causes_ahead(driver, "day 3")


class TestAgainstTheCounts:
    @pytest.mark.parametrize("seed", range(0, 400, 100))
    def test_as_many_cases_as_the_office_records_count(self, seed: int) -> None:
        """The cases of the list are those of `deadlines_7d`, in 100 random logs."""
        for each in range(seed, seed + 100):
            scenario = seeded(each)
            rules = Rules(scenario.policy)
            evaluation = Evaluation(rules)
            events = sorted(map(hot_event, scenario.events), key=lambda event: event.recorded_at)
            assert list(evaluation.run(events, scenario.until))
            cases, until = evaluation.cases, scenario.until + 7 * DAY_MS
            counted = sum(row.deadlines_7d or 0 for row in cases.office_rows())
            found = due_soon(cases.records(), rules, scenario.until, until)
            assert counted == len({due.case_id for due in found}), each
