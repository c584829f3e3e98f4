"""Refusals of one case partition: dead letters, records that are too large, and too many events of a case."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.agents import cases
from streams.agents.reported_dead_letters import REPORTED_KEY
from streams.core.state.partition_record import META_KEY
from streams.kafka.state.checkpoint_store import CheckpointDirectory
from tests.unit.agents.case_driver import (
    CASE,
    CASE_TOPICS,
    CASES,
    CHECK_INS,
    DAY,
    DEAD_LETTERS,
    HOUR,
    SOME_CASES,
    CaseDriver,
    published,
    text,
)


class TestLetters:
    """Each refused record becomes one dead letter, whatever the committed offset at that moment."""

    BAD = b"no event"

    @staticmethod
    def letters(driver: CaseDriver) -> list[int]:
        """Return the offsets of its dead letters."""
        return [letter["offset"] for _, letter in published(driver.work, DEAD_LETTERS)]

    def test_a_worker_that_reads_a_refused_record_again_reports_nothing(self) -> None:
        """The former worker was killed with an event waiting; the new one does not count its letter again."""
        before = CaseDriver()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        after = CaseDriver().restored_from(before)
        after.read(CASES, event, self.BAD)
        last = CaseDriver().restored_from(after)
        last.read(CASES, event, self.BAD, self.BAD)

        assert [self.letters(driver) for driver in (before, after, last)] == [[1], [], [2]]
        assert after.worker.refused == {}
        assert last.worker.refused == {(CASES, "not_json"): 1}

    @given(
        st.lists(st.sampled_from(["bad", "event", "clock"]), max_size=20),
        st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.sampled_from(["go on", "rewind", "die"]))),
    )
    def test_batches_waiting_events_and_crashes_change_nothing(
        self, log: list[str], reading: list[tuple[int, bool, str]]
    ) -> None:
        """The property holds for any batches, any waiting events and any crash."""
        driver, letters = CaseDriver(), list[int]()
        made = {
            "event": lambda at: driver.event(at, "address_changed", status="valid"),
            "clock": lambda at: driver.event(at, "clock"),
            "bad": lambda _: self.BAD,
        }
        values = [made[kind](index * 1_000) for index, kind in enumerate(log)]
        for size, passes, then in [*reading, (len(log), True, "die")]:
            at = driver._offsets.get(CASES, 0)
            if some := values[at : at + size]:
                driver.read(CASES, *some)
            if passes:
                for name in CASE_TOPICS[1:]:
                    driver.read(name, driver.event(driver._offsets.get(CASES, 0) * 1_000, "clock"))
            if then == "rewind":
                driver.rewind()
            elif then == "die":
                letters += self.letters(driver)
                driver = CaseDriver().restored_from(driver)
        assert sorted(letters) == [index for index, kind in enumerate(log) if kind == "bad"]

    def test_a_flush_of_letters_alone_ends_with_the_marker(self) -> None:
        """A restore does not take it for an incomplete flush."""
        driver = CaseDriver()
        (work,) = driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert [key for key, _ in work.changelog] == [REPORTED_KEY, META_KEY]

    def test_a_rewind_reports_nothing_again(self) -> None:
        """A rebalance left the partition where it was: the letter is published once and counted once."""
        driver = CaseDriver()
        event = driver.event(0, "case_opened", office="ATL", level="low")
        driver.read(CASES, event, self.BAD)
        driver.rewind()
        driver.read(CASES, event, self.BAD)

        assert self.letters(driver) == [1]
        assert driver.worker.refused == {(CASES, "not_json"): 1}

    def test_a_record_that_was_accepted_the_first_time_is_reported(self) -> None:
        """It lies between two published letters; a restart may refuse other ones of a case's many events."""
        before = CaseDriver()
        events = [before.event(at, "case_opened", office="ATL", level="low") for at in (0, 1)]
        before.read(CASES, events[0], self.BAD, events[1], self.BAD)
        after = CaseDriver().restored_from(before)
        after.read(CASES, events[0], self.BAD, self.BAD, self.BAD)

        assert (self.letters(before), self.letters(after)) == ([1, 3], [2])

    def test_a_letter_that_no_restart_reads_again_is_forgotten(self) -> None:
        """The flush that applies the event before it forgets it."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert REPORTED_KEY.decode() in dict(driver.processor.snapshot())
        applied = next(work for work in driver.clock(HOUR) if len(work.changelog) > 1)

        assert [key for key, _ in applied.changelog] == [CASE.encode(), REPORTED_KEY, META_KEY]
        assert dict(applied.changelog)[REPORTED_KEY] is None
        assert REPORTED_KEY.decode() not in dict(driver.processor.snapshot())

    def test_letters_of_a_recreated_topic_are_published(self) -> None:
        """The new topic begins before the old committed offset, so the reports of the old one do not count."""
        before = CaseDriver()
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.clock(HOUR)
        before.read(CASES, before.event(2 * HOUR, "address_changed", status="valid"), self.BAD)
        assert (before.committed[CASES], self.letters(before)) == (1, [3])
        after = CaseDriver().restored_from(before)
        del after._offsets[CASES]
        event = after.event(3 * HOUR, "address_changed", status="valid")
        after.read(CASES, event, event, event, self.BAD)

        assert self.letters(after) == [3]

    def test_a_checkpoint_has_it(self, tmp_path: Path) -> None:
        """A processor restored from a checkpoint with the flush marker equals one restored from the whole changelog."""
        before = CaseDriver()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        mark = before.work[-1].changelog[-1]
        directory = CheckpointDirectory(tmp_path, "docket.case-state", "id-1")
        directory.save(0, 2, [*before.processor.snapshot(), (META_KEY.decode(), mark[1] or b"")], lambda: False)
        kept = directory.load(0)
        assert kept is not None
        after = CaseDriver().restored_from(before, kept.records)
        after.read(CASES, event, self.BAD)

        assert self.letters(after) == []
        assert dict(after.processor.snapshot()) == dict(before.processor.snapshot())


class TestSize:
    def test_a_case_that_was_too_large_stays_so_after_a_restart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It accepts no further event, and another case does."""
        before, other = CaseDriver(), SOME_CASES[1]
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.read(CASES, before.event(0, "case_closed", reason="removed", case_id=other))
        before.clock(HOUR)
        small, large = sorted(len(value) for name, value in before.processor.snapshot())
        monkeypatch.setattr(cases, "_LARGEST_STATE", (small + large) // 2)
        after = CaseDriver().restored_from(before)
        for case_id in CASE, other:
            after.read(CASES, after.event(2 * HOUR, "supervision_changed", level="low", case_id=case_id))

        (letter,) = [letter for _, letter in published(after.work, DEAD_LETTERS)]
        assert (letter["code"], letter["offset"]) == ("oversized", before.committed[CASES])


class TestCaseQuota:
    def test_one_case_that_fills_a_poll_is_limited_by_count(self) -> None:
        """Further events are refused with the reason; the case's state fits a message of the broker."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        many = [
            driver.event(
                1_000 + n, "check_in_scheduled", check_in_id=f"k-{n:062}", event_id=f"e-{n:062}",
                due_at=text(30 * DAY + n), channel="office",
            )
            for n in range(8_000)
        ]  # fmt: skip
        work = [*driver.read(CHECK_INS, *many), *driver.clock(HOUR)]

        largest = max(len(value) for each in work for _, value in each.changelog if value is not None)
        letters = [letter for _, letter in published(work, DEAD_LETTERS)]
        assert largest < 900_000
        assert len(letters) == 8_000 - 1_999  # the case_opened waits, too
        assert {(letter["code"], letter["field"]) for letter in letters} == {("oversized", "case_id")}
        assert "so many of its events came at once that no more can be taken" in letters[0]["sentence"]

    def test_applied_events_free_the_quota(self) -> None:
        """Poll after poll of one case is accepted, as long as its events do not wait together."""
        driver = CaseDriver()
        for turn in range(4):
            at = turn * HOUR
            driver.read(CASES, *[driver.event(at + n, "supervision_changed", level="low") for n in range(1_500)])
            driver.clock(at + HOUR)
        assert dict(driver.worker.refused) == {}

    def test_refused_records_use_no_quota(self) -> None:
        """Thousands of invalid records leave the case's quota as it was, for any length of time."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        for _ in range(3):
            driver.read(CASES, *[b"no event"] * 1_500)
        driver.read(CASES, *[driver.event(n, "supervision_changed", level="low") for n in range(1_000)])
        assert dict(driver.worker.refused) == {(CASES, "not_json"): 4_500}
