"""The greatest key wins a register, in whatever order the events become known (CONTRACT.md §3)."""

from streams.core.state.fact_key import RANK
from streams.core.state.registers import APPLIERS
from tests.builders import (
    assigned,
    booked,
    cancelled,
    checked_in,
    closed,
    event,
    hearing_cancelled,
    hearing_set,
    held,
    in_absentia,
    level,
    missed,
    only,
    opened,
    received,
    rescinded,
    sent,
    when,
)
from tests.driver import Driver
from tests.oracle import facts

GRACE = {"standard": "0d", "intensive": "0d", "low": "0d", "annual": "0d"}
OVERDUE = only("check_in_overdue", contact={"grace": GRACE})
UNRESOLVED = only("hearing_unresolved", after="0d")
OFFICER = only("no_officer", after="1d")


def due(*events) -> list[str]:
    """Return the due dates of the open check_in_overdue alerts in the end."""
    driver = Driver(OVERDUE).feed(opened("day 1"), *events).at("day 100")
    return [record["anchor_at"] for record in driver.standing()]


def unresolved(*events) -> list[str]:
    """Return the due dates of the open hearing_unresolved alerts in the end."""
    driver = Driver(UNRESOLVED).feed(opened("day 1"), *events).at("day 100")
    return [record["anchor_at"] for record in driver.standing()]


class TestRank:
    def test_the_table(self):
        """Core and oracle have the contract's ranks."""
        assert facts.RANK == RANK

    def test_every_case_type_has_one(self):
        """Every event of a case can be applied."""
        assert set(RANK) <= {name for _, _, name in APPLIERS.values()}


class TestKey:
    def test_occurred_at_first(self):
        """The latest fact wins, however late the other became known."""
        assert [when("day 20")] == due(booked("day 3", "day 20"), booked("day 2", "day 10", known="day 9"))

    def test_rank_second(self):
        """At one instant a cancellation comes before a new date: the appointment is booked again."""
        assert [when("day 20")] == due(
            booked("day 2", "day 10"), booked("day 3", "day 20"), cancelled("day 3", "agency")
        )

    def test_a_miss_before_a_new_date(self):
        """A miss comes before it, too: rebooked at the same instant, it is due again."""
        assert [when("day 20")] == due(booked("day 2", "day 10"), booked("day 10", "day 20"), missed("day 10"))

    def test_recorded_at_third(self):
        """At one instant and rank the fact recorded last wins."""
        assert [when("day 20")] == due(
            booked("day 2", "day 20", known="day 4"), booked("day 2", "day 10", known="day 3")
        )

    def test_event_id_fourth(self):
        """Then the fact with the greater id wins."""
        assert [when("day 20")] == due(booked("day 2", "day 20", event_id="b"), booked("day 2", "day 10", event_id="a"))

    def test_canonical_json_last(self):
        """Then the fact whose canonical JSON is greater wins."""
        first, second = booked("day 2", "day 10", event_id="a"), booked("day 2", "day 20", event_id="a")
        assert [when("day 20")] == due(first, second) == due(second, first)


class TestLevelAndOffice:
    def test_level(self):
        """The level is that of the newest statement."""
        driver = Driver(OFFICER).feed(
            opened("day 1"), level("day 2", "annual"), level("day 1 12:00", "low", known="day 3")
        )
        assert "annual" == driver.at("day 9").last("no_officer")["level"]

    def test_supervision_of_the_opening_instant(self):
        """A supervision_changed of the opening's instant wins over the opening."""
        driver = Driver(OFFICER).feed(level("day 1", "low"), opened("day 1")).at("day 2")
        assert "low" == driver.last("no_officer")["level"]

    def test_office(self):
        """The office is that of the newest opening, assignment or arrival."""
        driver = (
            Driver(OFFICER).feed(opened("day 1", office="A"), sent("day 2", "B"), received("day 3", "B")).at("day 4")
        )
        assert "B" == driver.last("no_officer")["office"]

    def test_the_office_sent_to(self):
        """An office does not have the case before it arrived."""
        driver = Driver(OFFICER).feed(opened("day 1", office="A"), sent("day 1", "B")).at("day 4")
        assert "A" == driver.last("no_officer")["office"]

    def test_the_old_offices_feed_names_its_office(self):
        """The old office's feed does not assign the officer, but its office is a statement of the office."""
        events = (assigned("day 1", "X"), received("day 3", "B"), assigned("day 3 12:00", "X", office="A"))
        driver = Driver(OFFICER).feed(opened("day 1", office="A"), *events).at("day 4")
        assert (None, "A") == (driver.last("no_officer")["officer_id"], driver.last("no_officer")["office"])


class TestBooking:
    def test_repeated_while_missed(self):
        """A date repeated after a miss does not undo it."""
        driver = Driver(only("check_in_overdue")).feed(opened("day 1"), booked("day 2", "day 10"), missed("day 10"))
        assert ["raised"] == driver.feed(booked("day 11", "day 10")).at("day 12").story("check_in_overdue")

    def test_repeated_after_a_cancellation(self):
        """A date repeated after a cancellation is a new booking."""
        assert [when("day 10")] == due(
            booked("day 2", "day 10"), cancelled("day 3", "agency"), booked("day 4", "day 10")
        )

    def test_repeated_after_the_person_cancelled_too_late(self):
        """A cancellation that counts as a miss is no cancellation for a repetition."""
        record = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 10", event_id="first"))
        record.feed(cancelled("day 11", "person"), booked("day 12", "day 10", event_id="again")).at("day 13")
        assert ["first"] == record.last("check_in_overdue")["evidence"]

    def test_a_miss_older_than_the_date(self):
        """A miss of the old date, recorded after the rebooking, does not affect the new one."""
        assert [when("day 20")] == due(
            booked("day 2", "day 10"), booked("day 11", "day 20"), missed("day 10", known="day 12")
        )

    def test_a_miss_known_before_the_date(self):
        """A miss whose booking becomes known later has a due date then."""
        driver = Driver(OVERDUE).feed(opened("day 1"), missed("day 10"), booked("day 2", "day 9", known="day 12"))
        assert [when("day 12")] == [record["raised_at"] for record in driver.at("day 30").alerts()]

    def test_a_cancellation_judged_by_the_date_that_wins(self):
        """The winning date decides whether the person cancelled in time, even if it becomes known later."""
        events = (booked("day 2", "day 10"), cancelled("day 9", "person"), booked("day 3", "day 8", known="day 12"))
        driver = Driver(OVERDUE).feed(opened("day 1"), *events).at("day 30")
        assert [(when("day 8"), when("day 12"))] == [(a["anchor_at"], a["raised_at"]) for a in driver.alerts()]

    def test_completed_changes_no_booking(self):
        """A completion leaves the booking scheduled: booked again for the same date it is a repetition."""
        assert [] == due(booked("day 2", "day 10"), checked_in("day 9", "k1"), booked("day 9 12:00", "day 10"))


class TestHearing:
    def test_moved(self):
        """The winning date counts."""
        assert [when("day 20")] == unresolved(hearing_set("day 2", "day 10"), hearing_set("day 3", "day 20"))

    def test_held_before_it_was_moved(self):
        """An outcome older than the new date does not resolve it."""
        assert [when("day 20")] == unresolved(
            hearing_set("day 2", "day 10"), hearing_set("day 11", "day 20"), held("day 10", "yes")
        )

    def test_missed_then_rescinded(self):
        """A hearing that is decided in absence and rescinded at one instant is rescinded."""
        driver = (
            Driver(only("hearing_missed")).feed(opened("day 1"), rescinded("day 5"), in_absentia("day 5")).at("day 9")
        )
        assert [] == driver.alerts()

    def test_cancelled_and_set_again(self):
        """A hearing that is cancelled and set again at one instant for the same date is scheduled."""
        events = (hearing_set("day 2", "day 10"), hearing_set("day 3", "day 10"), hearing_cancelled("day 3"))
        assert [when("day 10")] == unresolved(*events)


class TestOpened:
    def test_protected_for_good(self):
        """A case is protected once any of its openings says so."""
        driver = (
            Driver(OFFICER).feed(opened("day 1", protected=True), opened("day 1 12:00", protected=False)).at("day 3")
        )
        assert driver.partition.state("case-A").protected

    def test_unregistered(self):
        """Without case_opened a case is only counted."""
        driver = (
            Driver(OFFICER).feed(closed("day 1"), event("case_reopened", "day 2"), assigned("day 3", "X")).at("day 9")
        )
        assert ([], 1) == (driver.alerts(), driver.partition.unregistered)
        assert {} == {name: row for name, row in driver.loads().items() if row["open_cases"]}

    def test_registered_late(self):
        """When its opening becomes known, all of its earlier events count."""
        driver = Driver(OFFICER).feed(assigned("day 3", "X"), opened("day 1", known="day 6")).at("day 9")
        assert ([], 0) == (driver.alerts(), driver.partition.unregistered)
        assert 1 == driver.loads()["X"]["open_cases"]
