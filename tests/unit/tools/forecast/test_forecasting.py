"""Forecasts of logs small enough to count by hand; weeks end on Mondays, days 8, 15 and 22."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from schemas.decode import decode
from streams.core.policy.rules import Rules
from streams.tools.forecast.collisions import Collision
from streams.tools.forecast.forecasting import forecast_of
from streams.tools.forecast.records import Forecast, WeekAhead
from streams.tools.forecast.weekly import WeeklyForecasts
from tests.builders import (
    adjourned,
    assigned,
    booked,
    checked_in,
    closed,
    custody,
    hearing_set,
    held,
    ms,
    officer,
    opened,
)
from tests.builders import policy as a_policy

RULES = Rules(a_policy())
NOW = "day 22"


def forecast(
    events: Iterable[dict[str, Any]], until: str = NOW, rules: Rules = RULES, weeks: int = 8
) -> tuple[Forecast, list[Collision]]:
    decoded = sorted((decode(json.dumps(each).encode()) for each in events), key=lambda event: event.recorded_at)
    weekly = WeeklyForecasts(rules, ms(until), weeks)
    origin = weekly.run(decoded)
    assert origin is not None
    return forecast_of(weekly, origin, rules)


def whole(events: Iterable[dict[str, Any]], until: str = NOW) -> list[WeekAhead]:
    """Weeks of all offices together."""
    return forecast(events, until)[0].offices[0].weeks


def docket(*numbers: int) -> Iterable[dict[str, Any]]:
    """Cases that are open from day 1 on."""
    for number in numbers:
        yield opened("day 1 09:00", case_id=f"case-{number}")


class TestBooked:
    def test_dates_count_in_their_weeks(self):
        """A check-in due in [origin, origin + 7 d) is of week 1; an old date and one beyond are of none."""
        events = [
            *docket(1, 2, 3, 4, 5),
            booked("day 2", "day 22", case_id="case-1"),
            booked("day 2", "day 28 23:59", case_id="case-2"),
            booked("day 2", "day 29", case_id="case-3"),
            booked("day 2", "day 21 23:59", case_id="case-4"),
            booked("day 2", "day 78", case_id="case-5"),
            hearing_set("day 2", "day 36", case_id="case-5"),
        ]
        weeks = whole(events)
        assert [2, 1, 0, 0, 0, 0, 0, 0] == [week.check_ins.booked for week in weeks]
        assert [0, 0, 1, 0, 0, 0, 0, 0] == [week.hearings.booked for week in weeks]

    def test_who_is_in_custody_does_not_come(self):
        """A hearing takes place all the same."""
        events = [
            *docket(1),
            booked("day 2", "day 23", case_id="case-1"),
            hearing_set("day 2", "day 23", case_id="case-1"),
            custody("day 3", "detained", case_id="case-1"),
        ]
        assert (0, 1) == (whole(events)[0].check_ins.booked, whole(events)[0].hearings.booked)

    def test_a_log_of_less_than_a_week_expects_what_is_booked(self):
        """No week was seen whole, so no rate is known."""
        found, _ = forecast([*docket(1), booked("day 2", "day 12", case_id="case-1")], until="day 7")
        assert 0 == found.history_weeks
        assert [1, 0] == [week.check_ins.expected for week in found.offices[0].weeks[:2]]
        assert 1 == found.offices[0].weeks[0].open_cases.expected


class TestExpectedCheckIns:
    def test_dates_are_kept_and_rebooked_at_the_rates_of_the_log(self):
        """Three of four came within the week and were booked two weeks on, so 3/4 of dates are kept and rebooked."""
        events = list(docket(1, 2, 3, 4))
        events += [booked("day 2", "day 10 10:00", case_id=f"case-{number}") for number in (1, 2, 3, 4)]
        for number in (1, 2, 3):
            events.append(checked_in("day 10 10:00", "k1", case_id=f"case-{number}"))
            events.append(booked("day 10 11:00", "day 24 10:00", case_id=f"case-{number}", check_in_id="k2"))
        first, second, third = whole(events)[:3]
        assert (3, 2.25, 0, 2.25) == (
            first.check_ins.booked, first.check_ins.kept, first.check_ins.rebooked, first.check_ins.expected,
        )  # fmt: skip
        assert 0 == second.check_ins.expected  # rebooked for the week after
        assert (0, 0, 1.69) == (third.check_ins.booked, third.check_ins.kept, third.check_ins.rebooked)

    def test_a_case_without_a_booking_comes_at_the_rate_of_such_cases(self):
        """Of three weeks of cases that had just come two brought a check-in: 2/3 for the one such case."""
        events = list(docket(1, 2))
        events += [checked_in("day 7 12:00", case_id=f"case-{number}") for number in (1, 2)]
        events += [checked_in("day 9", case_id="case-1"), checked_in("day 21", case_id="case-1")]
        found = whole(events)[0].check_ins
        assert (0, 0, 0.67, 0.67) == (found.booked, found.kept, found.rebooked, found.expected)

    def test_a_case_that_is_closed_leaves(self):
        """Two of seven weeks of cases ended with the case closed: of two cases 5/7 stay a week, 25/49 two weeks."""
        events = [*docket(1, 2, 3, 4), closed("day 9", case_id="case-1"), closed("day 16", case_id="case-2")]
        found = whole(events)
        assert [2, 2] == [round(week.workload_minutes_booked / 28) for week in found[:2]]
        assert [1.43, 1.02] == [week.open_cases.expected for week in found[:2]]

    def test_cases_that_arrive_come_too(self):
        """One new case a week, which comes on the day that it is opened: one check-in a week of cases not there yet."""
        events = list(docket(1))
        for number, day in ((2, 10), (3, 17)):
            events.append(opened(f"day {day}", case_id=f"case-{number}"))
            events.append(checked_in(f"day {day} 12:00", case_id=f"case-{number}"))
        first = whole(events)[0]
        assert 1 == first.check_ins.entering
        assert 4 == first.open_cases.expected

    def test_a_loaded_history_is_no_arrival(self):
        """Cases that were opened years ago become known in one week; none is expected the week after."""
        events = [*docket(1), *(opened("day -900", known="day 10", case_id=f"case-{n}") for n in range(2, 40))]
        assert 39 == whole(events)[0].open_cases.expected


class TestExpectedHearings:
    def test_hearings_are_adjourned_at_the_rate_of_the_log(self):
        """Of four hearings of a week three were put off to a later month; of eight the next week two are expected."""
        events = list(docket(*range(1, 13)))
        events += [hearing_set("day 2", "day 9 10:00", case_id=f"case-{number}") for number in range(1, 5)]
        for number in (1, 2, 3):
            events.append(adjourned("day 8 12:00", case_id=f"case-{number}"))
            events.append(hearing_set("day 8 13:00", "day 200", case_id=f"case-{number}"))
        events.append(held("day 9 11:00", "yes", case_id="case-4"))
        events += [hearing_set("day 2", "day 23 10:00", case_id=f"case-{number}") for number in range(5, 13)]
        first = whole(events)[0].hearings
        assert (8, 2) == (first.booked, first.expected)


class TestWorkload:
    def test_the_week_of_a_case(self):
        """A standard case of 120 minutes a month is 28 a week; a check-in adds 15 and a hearing 60."""
        events = [
            *docket(1),
            booked("day 2", "day 13", case_id="case-1"),
            hearing_set("day 2", "day 13", case_id="case-1"),
        ]
        first, second = whole(events, until="day 12")[:2]
        assert 28 + 15 + 60 == first.workload_minutes_booked == first.workload_minutes.expected
        assert 28 == second.workload_minutes_booked

    def test_capacity_and_utilisation(self):
        """120 hours a month are 1,680 minutes a week."""
        events = [*docket(1), officer("day 1", "o-1"), assigned("day 1 10:00", "o-1", case_id="case-1")]
        found, _ = forecast(events, until="day 12")
        (mine,) = found.officers
        assert ("o-1", "UTC-1", "active") == (mine.officer_id, mine.office, mine.status)
        assert 1_680 == mine.weeks[0].capacity_minutes
        assert round(28 / 1_680, 2) == mine.weeks[0].utilisation

    def test_an_absent_officer_has_no_capacity(self):
        """Utilisation has no divisor then."""
        events = [*docket(1), officer("day 1", "o-1", status="leave"), assigned("day 1 10:00", "o-1", case_id="case-1")]
        assert forecast(events, until="day 12")[0].officers[0].weeks[0].utilisation is None

    def test_the_terms_of_30_days(self):
        """A date 29 days ahead counts, one 30 days ahead does not; the expected number needs a fifth week."""
        events = [
            *docket(1, 2),
            booked("day 2", "day 41 23:59", case_id="case-1"),
            booked("day 2", "day 42", case_id="case-2"),
        ]
        found, _ = forecast(events, until="day 12")
        terms = found.offices[0].thirty_days
        assert 1 == terms.check_ins.booked
        assert 2 * 120 + 15 == terms.workload_minutes_booked
        # both dates lie in the fifth week: two of its seven days are of the 30
        assert 2 * 2 / 7 == pytest.approx(terms.check_ins.expected, abs=0.01)
        assert forecast(events, until="day 12", weeks=4)[0].offices[0].thirty_days.check_ins.expected is None


class TestCollisions:
    ATLANTA = Rules(a_policy(offices={"ATL": {"tz": "America/New_York"}}))

    def kinds(self, events: Iterable[dict[str, Any]], until: str = "day 12") -> list[tuple[str, str]]:
        _, found = forecast(events, until, self.ATLANTA)
        return [(each.kind.value, each.what) for each in found]

    def test_the_officer_is_away(self):
        """On leave now: what is booked with the officer collides."""
        events = [
            *docket(1),
            officer("day 1", "o-1", status="leave"),
            assigned("day 1 10:00", "o-1", case_id="case-1"),
            booked("day 2", "day 15", case_id="case-1"),
        ]
        assert [("officer_away", "check_in")] == self.kinds(events)

    def test_a_federal_holiday_is_one_of_the_office(self):
        """Memorial Day in Atlanta begins and ends four hours after the day of UTC; a Sunday is no holiday."""
        events = [
            opened("day 60", office="ATL", case_id="case-1"),
            opened("day 60", office="ATL", case_id="case-2"),
            opened("day 60", office="ATL", case_id="case-3"),
            booked("day 61", "2026-05-26T03:59:00Z", case_id="case-1"),
            booked("day 61", "2026-05-26T04:01:00Z", case_id="case-2"),
            booked("day 61", "2026-05-24T15:00:00Z", case_id="case-3"),
        ]
        assert [("holiday", "check_in")] == self.kinds(events, until="day 72")

    @pytest.mark.parametrize(("at", "collides"), [("day 15 10:59", True), ("day 15 11:00", False)])
    def test_a_person_is_in_two_places(self, at: str, collides: bool):
        """A hearing of 60 minutes at ten, and a check-in before or after its end."""
        events = [
            *docket(1),
            hearing_set("day 2", "day 15 10:00", case_id="case-1"),
            booked("day 2", at, case_id="case-1"),
        ]
        assert ([("two_places", "check_in")] if collides else []) == self.kinds(events)

    def test_they_count_in_the_week_of_the_date(self):
        """They are counted by office, and for all together."""
        events = [
            *docket(1),
            officer("day 1", "o-1", status="departed"),
            assigned("day 1 10:00", "o-1", case_id="case-1"),
            booked("day 2", "day 22", case_id="case-1"),
        ]
        found, _ = forecast(events, until="day 12")
        for scope in (*found.offices, *found.officers):
            assert [0, 1, 0] == [week.collisions.officer_away for week in scope.weeks[:3]]
