"""The load table as of the clock (CONTRACT.md §8)."""

import pytest

from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.builders import (
    acknowledged,
    address,
    assigned,
    booked,
    checked_in,
    closed,
    custody,
    hearing_set,
    held,
    level,
    missed,
    ms,
    officer,
    only,
    opened,
    policy,
    received,
    reopened,
    sent,
    trained,
    unassigned,
    when,
)
from tests.driver import Driver, hot_event

QUIET = only()


def load(*events, at="day 10", officer_id="X", under=QUIET, **fields):
    """Return an officer's row as of an instant."""
    return Driver(under).feed(*events).at(at).loads()[officer_id]


def of_x(case_id, *, given="day 1", **fields):
    """Return a case of X."""
    return opened("day 1", case_id=case_id, **fields), assigned(given, "X", case_id=case_id)


class TestCounts:
    def test_open_cases(self):
        """Open cases at liberty count, by level."""
        events = (*of_x("a"), *of_x("b", level="low"), *of_x("c", level="low"))
        row = load(*events)
        assert (3, 0) == (row["open_cases"], row["in_custody"])
        assert {"intensive": 0, "standard": 1, "low": 2, "annual": 0} == row["by_level"]

    def test_in_custody(self):
        """Cases in custody count separately, and in no level."""
        row = load(
            *of_x("a"), custody("day 3", "detained", case_id="a"), *of_x("b"), custody("day 3", "other", case_id="b")
        )
        assert (0, 2, 0) == (row["open_cases"], row["in_custody"], sum(row["by_level"].values()))

    def test_closed(self):
        """A closed case counts for no officer, but its officer of record stays."""
        row = load(*of_x("a"), closed("day 3", case_id="a"))
        assert (0, 0) == (row["open_cases"], row["unassigned_30d"])

    def test_stale(self):
        """A case that has come to another office since does not count either."""
        assert 0 == load(*of_x("a"), sent("day 2", "B", case_id="a"), received("day 3", "B", case_id="a"))["open_cases"]

    def test_in_transit(self):
        """A case in transit still counts for the officer who sent it."""
        assert 1 == load(*of_x("a"), sent("day 2", "B", case_id="a"))["open_cases"]

    def test_of_the_level_now(self):
        """A case counts at its current level."""
        assert 1 == load(*of_x("a"), level("day 2", "annual", case_id="a"))["by_level"]["annual"]

    def test_never_opened(self):
        """A case without a case_opened counts for no officer."""
        assert 0 == load(officer("day 1", "X"), assigned("day 1", "X"))["open_cases"]


class TestBookings:
    @pytest.mark.parametrize(
        ("due", "count"),
        [("day 9 23:59:59.999", 0), ("day 10", 1), ("day 16 23:59:59.999", 1), ("day 17", 0)],
    )
    def test_bookings_7d(self, due, count):
        """Unsatisfied bookings due from the clock until seven days later, the end not included."""
        assert count == load(*of_x("case-A"), booked("day 1", due))["bookings_7d"]

    def test_satisfied(self):
        """A satisfied booking does not count."""
        assert 0 == load(*of_x("case-A"), booked("day 1", "day 12"), checked_in("day 9", "k1"))["bookings_7d"]

    def test_in_custody(self):
        """The bookings of a detained person's case count, but are no workload."""
        row = load(*of_x("case-A"), booked("day 1", "day 12"), custody("day 2", "detained"))
        assert (1, 0) == (row["bookings_7d"], row["workload_minutes_month"])

    def test_missed_ahead(self):
        """A miss entered before the due date leaves the booking unsatisfied."""
        assert 1 == load(*of_x("case-A"), booked("day 1", "day 12"), missed("day 9"))["bookings_7d"]


class TestHearings:
    @pytest.mark.parametrize(
        ("due", "week", "month"),
        [
            ("day 9 23:59:59.999", 0, 0),
            ("day 10", 1, 1),
            ("day 17", 0, 1),
            ("day 39 23:59:59.999", 0, 1),
            ("day 40", 0, 0),
        ],
    )
    def test_windows(self, due, week, month):
        """Hearings that are still scheduled, due within 7 and within 30 days, count."""
        row = load(*of_x("case-A"), hearing_set("day 1", due))
        assert (week, month) == (row["hearings_7d"], row["hearings_30d"])

    def test_held(self):
        """A hearing that was held early does not count."""
        assert 0 == load(*of_x("case-A"), hearing_set("day 1", "day 12"), held("day 9", "yes"))["hearings_30d"]

    def test_in_custody(self):
        """A detained person's hearing counts."""
        row = load(*of_x("case-A"), hearing_set("day 1", "day 12"), custody("day 2", "detained"))
        assert (1, 60.0) == (row["hearings_30d"], row["workload_minutes_month"])


class TestStanding:
    def test_lost_track(self):
        """Cases with open alerts count once each, and by cause."""
        under = only("notice_undeliverable", "check_in_overdue", after="1d")
        mail = (address("day 2", "missing", case_id=case_id) for case_id in ("a", "b"))
        row = load(*of_x("a"), *of_x("b"), *of_x("c"), *mail, booked("day 1", "day 2", case_id="a"), under=under)
        assert (2, 1) == (row["lost_track"], row["overdue"])
        assert {"notice_undeliverable": 2, "check_in_overdue": 1} == {k: n for k, n in row["by_cause"].items() if n}

    def test_two_hearings_of_one_case(self):
        """Two unresolved hearings of a case are one case."""
        under = only("hearing_unresolved", after="1d")
        hearings = (hearing_set("day 1", "day 3", hearing_id=name) for name in ("h1", "h2"))
        assert 1 == load(*of_x("case-A"), *hearings, under=under)["by_cause"]["hearing_unresolved"]

    def test_at_the_deadline(self):
        """A deadline at the clock counts as passed."""
        under = only("notice_undeliverable", after="1d")
        assert 1 == load(*of_x("case-A"), address("day 9", "missing"), under=under)["lost_track"]


class TestChanges:
    def test_assigned(self):
        """A case that became the officer's counts."""
        row = load(*of_x("a"), *of_x("b"))
        assert (2, 0) == (row["assigned_30d"], row["unassigned_30d"])

    @pytest.mark.parametrize(("at", "count"), [("day 31 23:59:59.999", 1), ("day 32", 0)])
    def test_window(self, at, count):
        """It counts for thirty days, the first instant not included."""
        assert count == load(*of_x("a", given="day 2"), at=at)["assigned_30d"]

    def test_when_it_became_known(self):
        """The days count from when it became known."""
        events = (opened("day 1"), assigned("day 1", "X", known="day 40"))
        assert 1 == load(*events, at="day 45")["assigned_30d"]

    def test_handed_over(self):
        """One officer loses the case, the other gains it."""
        driver = Driver(QUIET).feed(*of_x("case-A"), assigned("day 5", "Y")).at("day 10")
        assert [(1, 1), (1, 0)] == [(row["assigned_30d"], row["unassigned_30d"]) for row in driver.loads().values()]

    def test_within_one_instant(self):
        """The states before and after an instant are compared: a change that it undoes does not count."""
        events = (assigned("day 4", "Y", known="day 5"), assigned("day 4 12:00", "X", known="day 5"))
        assert (1, 0) == tuple(load(*of_x("case-A"), *events)[name] for name in ("assigned_30d", "unassigned_30d"))

    def test_repeated(self):
        """A nightly feed's repetition assigns no case."""
        assert 1 == load(*of_x("case-A"), *(assigned(f"day {n}", "X") for n in range(2, 9)))["assigned_30d"]

    def test_closed_and_reopened(self):
        """Closing takes no case from its officer, so reopening gives none back."""
        row = load(*of_x("case-A"), closed("day 3"), reopened("day 5"))
        assert (1, 0) == (row["assigned_30d"], row["unassigned_30d"])

    def test_before_it_was_opened(self):
        """A case without a case_opened has no officer: it becomes the officer's when the opening becomes known."""
        row = load(assigned("day 1", "X"), unassigned("day 2"), assigned("day 3", "X"), opened("day 1", known="day 4"))
        assert (1, 0) == (row["assigned_30d"], row["unassigned_30d"])


class TestWorkload:
    def test_by_level(self):
        """The workload has minutes per month by level."""
        levels = ("intensive", "standard", "low", "annual")
        row = load(*(event for name in levels for event in of_x(name, level=name)))
        assert 240 + 120 + 60 + 10 == row["workload_minutes_month"]

    def test_hearings_and_bookings(self):
        """Hearings and unsatisfied bookings of the next thirty days are added."""
        row = load(
            *of_x("case-A"),
            hearing_set("day 1", "day 12"),
            booked("day 1", "day 39"),
            booked("day 1", "day 40", check_in_id="k2"),
        )
        assert 120 + 60 + 15 == row["workload_minutes_month"]

    def test_capacity_of_the_policy(self):
        """An officer without an officer_updated has the policy's hours."""
        row = load(*of_x("case-A"))
        assert (7200, 120 / 7200, 7200) == tuple(
            row[name] for name in ("capacity_minutes_month", "utilisation", "minutes_per_case_month")
        )

    def test_capacity_of_the_officer(self):
        """The hours of officer_updated override the policy's."""
        row = load(*of_x("case-A"), officer("day 2", "X", capacity_hours_month=10))
        assert (600, 0.2, 600) == tuple(
            row[name] for name in ("capacity_minutes_month", "utilisation", "minutes_per_case_month")
        )

    def test_updated_without_hours(self):
        """An update without hours leaves the policy's."""
        assert 7200 == load(officer("day 2", "X", capacity_hours_month=None))["capacity_minutes_month"]

    def test_no_capacity(self):
        """Without capacity there is no utilisation."""
        row = load(*of_x("case-A"), officer("day 2", "X", capacity_hours_month=0))
        assert (0, None, 0) == tuple(
            row[name] for name in ("capacity_minutes_month", "utilisation", "minutes_per_case_month")
        )

    def test_no_cases(self):
        """Without open cases there are no minutes per case."""
        assert load(officer("day 2", "X"))["minutes_per_case_month"] is None

    def test_weights(self):
        """Every weight is the policy's."""
        weights = {"minutes_per_month": {"standard": 7}, "hearing_minutes": 3, "check_in_minutes": 2}
        under = policy(load=weights | {"capacity_hours_month": 1})
        row = load(*of_x("case-A"), hearing_set("day 1", "day 12"), booked("day 1", "day 13"), under=under)
        assert (12, 0.2) == (row["workload_minutes_month"], row["utilisation"])


class TestPeriodEnds:
    @pytest.mark.parametrize(
        ("given", "count"), [("day 1 09:59:59.999", 1), ("day 1 10:00", 1), ("day 1 10:00:00.001", 0)]
    )
    def test_events(self, given, count):
        """An event recorded at the end of a period belongs to it; one recorded a millisecond later does not."""
        driver = Driver(QUIET).feed(opened("day 1 09:30"), assigned(given, "X")).at("day 1 10:30")
        (partial,) = [partial for partial in driver.partials if partial.as_of == ms("day 1 10:00")]
        assert count == sum(row.open_cases for row in partial.rows)

    @pytest.mark.parametrize(
        ("at", "count"), [("day 1 09:59:59.999", 1), ("day 1 10:00", 1), ("day 1 10:00:00.001", 0)]
    )
    def test_deadlines(self, at, count):
        """A deadline at the end belongs to it, too."""
        driver = Driver(only("hearing_unresolved", after="0d")).feed(*of_x("case-A"), hearing_set("day 1 09:30", at))
        driver.at("day 1 10:30")
        (partial,) = [partial for partial in driver.partials if partial.as_of == ms("day 1 10:00")]
        assert count == sum(row.lost_track for row in partial.rows)

    def test_one_per_change(self):
        """Every period in which a row changed has one, and so has the last period, for its watermark."""
        driver = Driver(QUIET).feed(*of_x("case-A"), closed("day 1 02:30")).at("day 1 04:59:59.999")
        assert [ms(f"day 1 0{hour}:00") for hour in (0, 3, 4)] == [partial.as_of for partial in driver.partials]
        assert [1, 0, 0] == [sum(row.open_cases for row in partial.rows) for partial in driver.partials]
        assert [None, ms("day 1 00:00"), ms("day 1 03:00")] == [partial.previous for partial in driver.partials]

    def test_only_the_officers_whose_row_changed(self):
        """The first partial names all officers; the later ones name those who changed."""
        driver = Driver(QUIET).feed(*of_x("case-A"), opened("day 1", case_id="b"), assigned("day 1", "Y", case_id="b"))
        driver.feed(closed("day 1 02:30", case_id="b")).at("day 1 03:30")
        assert [{"X", "Y"}, {"Y"}] == [{row.officer_id for row in partial.rows} for partial in driver.partials]

    def test_an_officer_without_cases(self):
        """The officer is named once, with a row of zeros."""
        driver = Driver(QUIET).feed(*of_x("case-A"), closed("day 1 02:30")).at("day 40")
        (gone,) = [row for partial in driver.partials for row in partial.rows if row.is_zero]
        assert "X" == gone.officer_id

    def test_a_row_that_changed_back(self):
        """The period has no partial for it."""
        driver = Driver(QUIET).feed(*of_x("case-A"), address("day 1 02:30", "missing")).at("day 1 05:30")
        assert [ms("day 1 00:00"), ms("day 1 05:00")] == [partial.as_of for partial in driver.partials]
        assert [] == driver.partials[-1].rows

    def test_eight_thousand_quiet_years_cost_nothing(self):
        """A booking of the year 9998 waits at their end."""
        booking = booked("day 1", "day 1")
        booking["due_at"] = "9998-06-01T00:00:00Z"
        driver = Driver(QUIET).feed(*of_x("case-A"), booking).at(ms("9999-01-01T00:00:00Z"))
        assert len(driver.partials) < 10
        assert ms("9999-01-01T00:00:00Z") == driver.partials[-1].as_of


class TestOfficer:
    def test_status(self):
        """The newest update by key sets status and office."""
        row = load(officer("day 3", "X", status="leave", office="B"), officer("day 2", "X", office="A", known="day 4"))
        assert ("leave", "B") == (row["status"], row["office"])

    def test_office_of_a_case(self):
        """Otherwise the office is that of the case that came last."""
        events = (*of_x("a", office="A"), opened("day 1", case_id="b"), assigned("day 2", "X", office="B", case_id="b"))
        row = load(*events, acknowledged("day 3", "X", case_id="a"))
        assert (None, "B") == (row["status"], row["office"])

    def test_office_of_a_case_that_left(self):
        """A case that left does not count for it."""
        events = (*of_x("a"), opened("day 1", case_id="b"), assigned("day 2", "X", office="B", case_id="b"))
        assert "UTC-1" == load(*events, closed("day 3", case_id="b"))["office"]

    def test_offices_of_one_instant(self):
        """Of cases that came at one instant the greatest key sets the office."""
        events = (opened("day 1", case_id="a"), opened("day 1", case_id="b"))
        events += (assigned("day 2", "X", office="B", case_id="a", event_id="e2"),)
        events += (assigned("day 2", "X", office="C", case_id="b", event_id="e1"),)
        assert "B" == load(*events)["office"]

    @pytest.mark.parametrize(("of_a", "of_b", "office"), [("e1", "e2", "C"), ("e2", "e1", "B"), ("e1", "e1", "C")])
    def test_offices_of_one_instant_in_two_partitions(self, of_a, of_b, office):
        """This holds for cases in two partitions; with the same event_id their canonical JSON decides."""
        rules, cases = Rules(QUIET), (("case-A", of_a, "B"), ("case-B", of_b, "C"))
        board = OfficerTable(rules, sources=2)
        for number, (case_id, event_id, where) in enumerate(cases):
            events = (
                opened("day 1", case_id=case_id),
                assigned("day 2", "X", case_id=case_id, event_id=event_id, office=where),
            )
            partition = CasePartition(rules, number)
            partition.advance(list(map(hot_event, events)), ms("day 3"))
            board.add_partial(partition.final_partial())
        assert [office] == [row.office for row in board.rows(ms("day 3"))]

    def test_only_training(self):
        """An officer with only training has a row."""
        assert 0 == load(trained("day 2", "X", "day 90"))["open_cases"]

    def test_as_of(self):
        """Every row has the instant."""
        assert when("day 10") == load(officer("day 2", "X"))["as_of"]
