"""`explain` never contradicts the record of a case."""

from hypothesis import given, settings

from schemas.instants import to_text
from streams.core.alerting.explanation import CauseExplanation, CauseVerdict, explain
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.case_state import AppointmentStatus
from tests.builders import booked, checked_in, custody, hearing_set, in_absentia, missed, ms, opened, policy, when
from tests.driver import Driver, hot_event
from tests.strategies import Scenario, scenarios

FAR = policy(contact={"max_ahead": "20d"})


def explained(driver: Driver, at: str, cause: str) -> CauseExplanation:
    """Return the explanation of a cause of the one case as of an instant."""
    driver.at(at)
    (case_id,) = {event["case_id"] for step in driver.steps for event in step.events}
    causes = explain(driver.partition.state(case_id), Rules(driver.policy), ms(at)).causes
    (found,) = [each for each in causes if each.cause == cause]
    return found


class TestDatesAhead:
    def test_a_booking_ahead(self) -> None:
        """An appointment is due: the explanation does not deny it."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 9"))
        entry = explained(driver, "day 3", "nothing_scheduled")
        assert entry.verdict is CauseVerdict.WAITS
        assert entry.sentence.startswith(
            f"the last date on record is still ahead, and nothing is due after it; counted from {when('day 9')}"
        )

    def test_a_booking_in_the_past(self) -> None:
        """Then no appointment is due."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 9"))
        assert explained(driver, "day 10", "nothing_scheduled").sentence.startswith(
            "no appointment has an outcome or a due date after this; counted from"
        )

    def test_a_check_in_ahead_is_not_overdue(self) -> None:
        """It has no outcome because its date has not come."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 9"))
        assert explained(driver, "day 3", "check_in_overdue").sentence.startswith(
            "the check-in is booked for a later date;"
        )
        assert explained(driver, "day 10", "check_in_overdue").sentence.startswith(
            "the booked check-in is neither completed nor cancelled;"
        )

    def test_a_check_in_recorded_as_missed(self) -> None:
        """The miss is an outcome."""
        driver = Driver().feed(opened("day 1"), booked("day 2", "day 9"), missed("day 10"))
        assert explained(driver, "day 11", "check_in_overdue").sentence.startswith("the check-in is recorded as missed")

    def test_a_hearing_ahead(self) -> None:
        """Its outcome is not expected yet."""
        driver = Driver().feed(opened("day 1"), hearing_set("day 2", "day 9"))
        assert explained(driver, "day 3", "hearing_unresolved").sentence.startswith("the hearing is on a later date;")
        assert explained(driver, "day 10", "hearing_unresolved").sentence.startswith(
            "the hearing has no outcome on record;"
        )


class TestBeyondMaxAhead:
    def test_no_contact_names_the_check_in_that_does_not_count(self) -> None:
        """The check-in is on record: the explanation does not deny it."""
        driver = Driver(FAR).feed(opened("day 1"), booked("day 2", "day 40", check_in_id="k-1"))
        assert explained(driver, "day 3", "no_contact").sentence.startswith(
            f"check-in k-1, due {when('day 40')}, was booked more than 20d ahead and counts as none; "
            "there was no contact since; counted from"
        )

    def test_nothing_scheduled_names_the_dates_that_do_not_count(self) -> None:
        """They are check-ins and hearings."""
        driver = Driver(FAR).feed(
            opened("day 1"),
            booked("day 2", "day 40", check_in_id="k-1"),
            hearing_set("day 2", "day 41", hearing_id="h-1"),
        )
        sentence = explained(driver, "day 3", "nothing_scheduled").sentence
        assert f"; check-in k-1, due {when('day 40')}, was booked more than 20d ahead and counts as none;" in sentence
        assert f"; hearing h-1, due {when('day 41')}, was booked more than 20d ahead and counts as none;" in sentence

    def test_nothing_scheduled_names_a_date_that_a_contact_settled(self) -> None:
        """It is on record for a future day, so the explanation mentions it."""
        driver = Driver(FAR).feed(opened("day 1"), booked("day 2", "day 25", check_in_id="k-1"), checked_in("day 23"))
        assert explained(driver, "day 24", "nothing_scheduled").sentence.startswith(
            f"no appointment has an outcome or a due date after this; check-in k-1, due {when('day 25')}, was booked "
            f"more than 20d ahead and counts as none; counted from {when('day 23')}"
        )

    def test_the_named_date_counts(self) -> None:
        """Of two bookings the one too far ahead is not named, even if it was made first."""
        driver = Driver(FAR).feed(
            opened("day 1"),
            booked("day 2", "day 25", check_in_id="k-1"),
            booked("day 9", "day 26", check_in_id="k-2"),
        )
        entry = explained(driver, "day 10", "no_contact")
        assert entry.verdict is CauseVerdict.DOES_NOT_HOLD
        assert f"a check-in is booked for {when('day 26')}, and that date counts" == entry.sentence


class TestBeforeTheCaseWasOpened:
    def test_an_earlier_booking(self) -> None:
        """It was neither kept nor cancelled, and does not count."""
        driver = Driver().feed(opened("day 1"), booked("day 1", "day 3"), custody("day 2", "detained"))
        driver.feed(custody("day 5", "none"))
        assert explained(driver, "day 6", "check_in_overdue").sentence.endswith(
            f", or was due before {when('day 5')}, when the case was opened or custody ended"
        )

    def test_an_earlier_missed_hearing(self) -> None:
        """It was missed without a later contact, but in custody."""
        driver = Driver().feed(opened("day 1"), custody("day 2", "detained"), in_absentia("day 3"))
        driver.feed(custody("day 5", "none"))
        assert f"no hearing was missed after {when('day 5')} without a later contact" == (
            explained(driver, "day 6", "hearing_missed").sentence
        )


class TestFacts:
    def test_an_unknown_date(self) -> None:
        """A miss without a booking is not shown as due `never`."""
        driver = Driver().feed(opened("day 1"), missed("day 2", check_in_id="k-1")).at("day 3")
        facts = explain(driver.partition.state(opened("day 1")["case_id"]), Rules(driver.policy), ms("day 3")).facts
        assert "check-in k-1: missed, due unknown: never booked" in facts


class TestAnyCase:
    @given(scenarios())
    @settings(max_examples=150, deadline=None)
    def test_no_sentence_contradicts_the_record(self, scenario: Scenario) -> None:
        """Every booking and date that an explanation names or denies is so in the registers."""
        rules = Rules(scenario.policy)
        cases = CasePartition(rules, keeps_changelog=False)
        events = [hot_event(event) for event in scenario.events if "case_id" in event]
        clock = max((event.recorded_at for event in events), default=0)
        cases.advance(events, clock)
        for case_id in sorted({event.case_id for event in events}):
            state = cases.state(case_id)
            ahead = {to_text(each.due) for each in state.bookings.values() if each.due is not None and each.due > clock}
            for entry in explain(state, rules, clock).causes:
                check(entry, state.bookings, ahead, clock)


def check(entry: CauseExplanation, bookings: dict, ahead: set[str], clock: int) -> None:
    dues = [each for each in bookings.values() if each.due is not None and each.status == AppointmentStatus.SCHEDULED]
    if "no check-in is booked" in entry.sentence:
        assert not dues, entry.sentence
    if "still ahead, and nothing is due" in entry.sentence or "booked for a later date" in entry.sentence:
        assert entry.anchor is not None
        assert entry.anchor > clock
    if entry.sentence.startswith("no appointment has an outcome or a due date after this"):
        assert entry.anchor is not None
        assert entry.anchor <= clock
        for each in dues:
            assert each.due is not None
            assert each.due <= entry.anchor or to_text(each.due) in entry.sentence or each.completed is not None, entry
    if (
        entry.cause == "no_contact"
        and entry.verdict is CauseVerdict.DOES_NOT_HOLD
        and "is booked for" in entry.sentence
    ):
        assert any(to_text(each.due) in entry.sentence for each in bookings.values() if each.due is not None)
