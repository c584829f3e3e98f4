"""Small logs in which an event comes again: it keeps for ever the meaning that it had when it was first applied."""

import json
from pathlib import Path

from streams.core.state.packed_state import unpack
from streams.core.state.repetitions import KEPT
from tests.builders import (
    adjourned,
    assigned,
    booked,
    cancelled,
    hearing_set,
    missed,
    only,
    opened,
    received,
    unassigned,
    when,
)
from tests.driver import Driver

LOGS = Path(__file__).parent / "logs"
GRACE = {"standard": "0d", "intensive": "0d", "low": "0d", "annual": "0d"}
OVERDUE = only("check_in_overdue", contact={"grace": GRACE})
UNRESOLVED = only("hearing_unresolved", after="0d")


def log(name: str) -> list[dict]:
    return [json.loads(line) for line in (LOGS / name).read_text().splitlines()]


class TestAssignment:
    def test_the_old_office(self):
        """The old office repeated its officer before the officer left; the repeat assigns nothing."""
        events = log("said_again.jsonl")
        driver = Driver().feed(*events).at("2026-03-01T00:00:00Z")
        before, loads = driver.alerts(), driver.loads()
        for event in (*events, *reversed(events), events[3], events[3]):
            driver.feed(event).at("2026-03-02T00:00:00Z").restart()
        assert before == driver.alerts()
        assert [dict(row, as_of="") for row in loads.values()] == [
            dict(row, as_of="") for row in driver.loads().values()
        ]

    def test_an_assignment_before_the_transfer(self):
        """An assignment that precedes the transfer is no repetition, however late it becomes known."""
        driver = Driver().feed(*log("assigned_before_the_transfer.jsonl")).at("2022-07-08T05:53:54.165Z")
        assert [] == driver.alerts("handoff_stalled")

    def test_another_assignment_between(self):
        """A first one counts, although a later equal one had no effect."""
        old, new = {"office": "UTC-1"}, {"office": "UTC-2"}
        repeated = [assigned("day 9", "X", **old), assigned("day 12", "X", **old)]
        driver = Driver(only("no_officer", after="1d")).feed(
            opened("day 1"), assigned("day 2", "X", **old), received("day 3", "UTC-2"), assigned("day 4", "X", **new)
        )
        driver.feed(*repeated, unassigned("day 8", known="day 13")).at("day 14")
        assert ["raised"] == driver.story("no_officer")
        driver.feed(*repeated).at("day 15")
        assert ["raised"] == driver.story("no_officer")
        driver.feed(assigned("day 10", "X", **old)).at("day 16")
        assert ["raised", "resolved"] == driver.story("no_officer")


class TestAppointments:
    def test_a_repeated_booking(self):
        """A booking that repeats the date does not undo a cancellation that was recorded after it."""
        call_off = cancelled("day 4", "agency", known="day 8")
        again = booked("day 6", "day 20")
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 20"), again, call_off).at("day 30")
        before = driver.alerts()
        assert before == driver.feed(again, again).at("day 31").restart().feed(again).at("day 32").alerts()

    def test_a_rebooked_date(self):
        """It does not undo a new date either that was recorded after it, nor one that is repeated with it."""
        again = booked("day 6", "day 20")
        driver = Driver(OVERDUE).feed(
            opened("day 1"), booked("day 2", "day 20"), again, booked("day 3", "day 25", known="day 7")
        )
        driver.at("day 8").feed(again).at("day 9").restart().feed(again).at("day 40")
        assert [when("day 25")] == [record["anchor_at"] for record in driver.alerts()]

    def test_a_repeated_hearing(self):
        """The same holds for an adjourned hearing."""
        again = hearing_set("day 6", "day 20")
        driver = Driver(UNRESOLVED).feed(opened("day 1"), hearing_set("day 2", "day 20"), again)
        driver.feed(adjourned("day 4", known="day 8")).at("day 9").feed(again).at("day 40")
        assert [] == driver.alerts()

    def test_an_archived_appointment(self):
        """An event that names an archived appointment finds its archived keys."""
        again = hearing_set("day 6", "day 20")
        driver = Driver(UNRESOLVED).feed(opened("day 1"), hearing_set("day 2", "day 20"), again)
        driver.feed(adjourned("day 4", known="day 8")).at("day 9")
        (packed,) = [value for key, value in driver.changelog if key == b"case-A"][-1:]
        assert (1, {}) == (unpack(packed).archived_count, unpack(packed).repetitions)
        driver.restart()
        assert [] == driver.feed(again).at("day 40").alerts()
        assert {"hearing:h1"} == driver.partition.state("case-A").repetitions.keys()

    def test_evidence(self):
        """The evidence of an alert names the event that set the date and not its repetition."""
        first, again = booked("day 2", "day 20"), booked("day 6", "day 20")
        driver = Driver(OVERDUE).feed(opened("day 1"), first, again, cancelled("day 8", "agency")).at("day 9")
        driver.feed(again).at("day 10").feed(missed("day 11")).at("day 40")
        assert [first["event_id"]] == driver.last("check_in_overdue")["evidence"]


class TestBounds:
    def test_a_nightly_feed(self):
        """A nightly feed's repetitions take only a few keys, and a repeated night changes nothing."""
        nights = [booked(f"day {night}", "day 90") for night in range(3, 63)]
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 90"), *nights).at("day 70")
        assert KEPT == len(driver.partition.state("case-A").repetitions["check-in:k1"])
        driver.feed(cancelled("day 71", "agency")).at("day 72")
        driver.feed(*nights[::-1]).at("day 73").restart().feed(*nights).at("day 100")
        assert [] == driver.alerts()

    def test_superseded_keys(self):
        """A booking that counts makes earlier keys unnecessary."""
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 20"), booked("day 3", "day 20"))
        assert {"check-in:k1"} == driver.at("day 4").partition.state("case-A").repetitions.keys()
        assert {} == driver.feed(booked("day 5", "day 25")).at("day 6").partition.state("case-A").repetitions

    def test_cases_without_repetitions_keep_no_keys(self):
        """Such a case is packed as it was before such keys existed."""
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 20")).at("day 4")
        (packed,) = [value for key, value in driver.changelog if key == b"case-A"]
        assert (31).to_bytes(2) == packed[1:3]
