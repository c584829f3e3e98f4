"""What one case partition refuses: dead letters, records that are too large, cases that are too many."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.agents import cases
from streams.agents.reported_dead_letters import REPORTED_KEY
from streams.core.state.partition_record import META_KEY
from streams.kafka.state.checkpoint_store import CheckpointDirectory
from tests.unit.agents.case_flow import (
    CASE,
    CASE_TOPICS,
    CASES,
    CHECK_INS,
    DAY,
    DEAD_LETTERS,
    HOUR,
    SOME_CASES,
    Flow,
    published,
    text,
)


class TestLetters:
    """One of each refused record, whatever was committed when it was told."""

    BAD = b"no event"

    @staticmethod
    def letters(flow: Flow) -> list[int]:
        """The offsets of those that it wrote."""
        return [letter["offset"] for _, letter in published(flow.work, DEAD_LETTERS)]

    def test_a_worker_that_reads_on_before_it_tells_nothing(self) -> None:
        """The one before was killed with an event waiting; nor does it count what that one counted."""
        before = Flow()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        after = Flow().restored_from(before)
        after.read(CASES, event, self.BAD)
        last = Flow().restored_from(after)
        last.read(CASES, event, self.BAD, self.BAD)

        assert [self.letters(flow) for flow in (before, after, last)] == [[1], [], [2]]
        assert after.worker.refused == {}
        assert last.worker.refused == {(CASES, "not_json"): 1}

    @given(
        st.lists(st.sampled_from(["bad", "event", "clock"]), max_size=20),
        st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.sampled_from(["go on", "rewind", "die"]))),
    )
    def test_however_it_is_read(self, log: list[str], reading: list[tuple[int, bool, str]]) -> None:
        """In any batches, with any events waiting, and with any crash."""
        flow, letters = Flow(), list[int]()
        made = {
            "event": lambda at: flow.event(at, "address_changed", status="valid"),
            "clock": lambda at: flow.event(at, "clock"),
            "bad": lambda _: self.BAD,
        }
        values = [made[kind](place * 1_000) for place, kind in enumerate(log)]
        for size, passes, then in [*reading, (len(log), True, "die")]:
            at = flow._offsets.get(CASES, 0)
            if some := values[at : at + size]:
                flow.read(CASES, *some)
            if passes:
                for name in CASE_TOPICS[1:]:
                    flow.read(name, flow.event(flow._offsets.get(CASES, 0) * 1_000, "clock"))
            if then == "rewind":
                flow.rewind()
            elif then == "die":
                letters += self.letters(flow)
                flow = Flow().restored_from(flow)
        assert sorted(letters) == [place for place, kind in enumerate(log) if kind == "bad"]

    def test_a_flush_of_letters_alone_ends_with_the_mark(self) -> None:
        """No restore takes it for a flush that was cut off."""
        flow = Flow()
        (work,) = flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert [key for key, _ in work.changelog] == [REPORTED_KEY, META_KEY]

    def test_a_rewind_tells_nothing_again(self) -> None:
        """A rebalance that left the partition where it was: told once, and counted once."""
        flow = Flow()
        event = flow.event(0, "case_opened", office="ATL", level="low")
        flow.read(CASES, event, self.BAD)
        flow.rewind()
        flow.read(CASES, event, self.BAD)

        assert self.letters(flow) == [1]
        assert flow.worker.refused == {(CASES, "not_json"): 1}

    def test_what_was_taken_the_first_time_is_told(self) -> None:
        """Between two letters that are out: which events of a crowd are refused is another thing after a restart."""
        before = Flow()
        events = [before.event(at, "case_opened", office="ATL", level="low") for at in (0, 1)]
        before.read(CASES, events[0], self.BAD, events[1], self.BAD)
        after = Flow().restored_from(before)
        after.read(CASES, events[0], self.BAD, self.BAD, self.BAD)

        assert (self.letters(before), self.letters(after)) == ([1, 3], [2])

    def test_it_is_forgotten_once_nobody_reads_it_again(self) -> None:
        """When the event before it is applied, in the same flush."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert REPORTED_KEY.decode() in dict(flow.flow.snapshot())
        applied = next(work for work in flow.clock(HOUR) if len(work.changelog) > 1)

        assert [key for key, _ in applied.changelog] == [CASE.encode(), REPORTED_KEY, META_KEY]
        assert dict(applied.changelog)[REPORTED_KEY] is None
        assert REPORTED_KEY.decode() not in dict(flow.flow.snapshot())

    def test_a_topic_made_anew_is_told_of(self) -> None:
        """It begins before what was committed of the old one: what was told of that says nothing of it."""
        before = Flow()
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.clock(HOUR)
        before.read(CASES, before.event(2 * HOUR, "address_changed", status="valid"), self.BAD)
        assert (before.committed[CASES], self.letters(before)) == (1, [3])
        after = Flow().restored_from(before)
        del after._offsets[CASES]
        event = after.event(3 * HOUR, "address_changed", status="valid")
        after.read(CASES, event, event, event, self.BAD)

        assert self.letters(after) == [3]

    def test_a_checkpoint_knows_it(self, tmp_path: Path) -> None:
        """Written, read back and restored from, with the mark: the same as from the whole changelog."""
        before = Flow()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        mark = before.work[-1].changelog[-1]
        directory = CheckpointDirectory(tmp_path, "docket.case-state", "id-1")
        directory.save(0, 2, [*before.flow.snapshot(), (META_KEY.decode(), mark[1] or b"")], lambda: False)
        kept = directory.load(0)
        assert kept is not None
        after = Flow().restored_from(before, kept.records)
        after.read(CASES, event, self.BAD)

        assert self.letters(after) == []
        assert dict(after.flow.snapshot()) == dict(before.flow.snapshot())


class TestSize:
    def test_a_case_that_was_too_large_is_so_after_a_restart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It takes no more, and another one does."""
        before, other = Flow(), SOME_CASES[1]
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.read(CASES, before.event(0, "case_closed", reason="removed", case_id=other))
        before.clock(HOUR)
        small, large = sorted(len(value) for name, value in before.flow.snapshot())
        monkeypatch.setattr(cases, "_LARGEST_STATE", (small + large) // 2)
        after = Flow().restored_from(before)
        for case_id in CASE, other:
            after.read(CASES, after.event(2 * HOUR, "supervision_changed", level="low", case_id=case_id))

        (letter,) = [letter for _, letter in published(after.work, DEAD_LETTERS)]
        assert (letter["code"], letter["offset"]) == ("oversized", before.committed[CASES])


class TestCrowd:
    def test_one_case_that_fills_a_poll_is_no_record_too_large(self) -> None:
        """Beyond so many at once they are refused, with the reason; what is kept fits a message of the broker."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        many = [
            flow.event(
                1_000 + n, "check_in_scheduled", check_in_id=f"k-{n:062}", event_id=f"e-{n:062}",
                due_at=text(30 * DAY + n), channel="office",
            )
            for n in range(8_000)
        ]  # fmt: skip
        work = [*flow.read(CHECK_INS, *many), *flow.clock(HOUR)]

        largest = max(len(value) for each in work for _, value in each.changelog if value is not None)
        letters = [letter for _, letter in published(work, DEAD_LETTERS)]
        assert largest < 900_000
        assert len(letters) == 8_000 - 1_999  # the case's opening waits, too
        assert {(letter["code"], letter["field"]) for letter in letters} == {("oversized", "case_id")}
        assert "so many of its events came at once that no more can be taken" in letters[0]["sentence"]

    def test_what_was_applied_makes_room(self) -> None:
        """Poll after poll of the same case is taken, as long as they do not wait together."""
        flow = Flow()
        for turn in range(4):
            at = turn * HOUR
            flow.read(CASES, *[flow.event(at + n, "supervision_changed", level="low") for n in range(1_500)])
            flow.clock(at + HOUR)
        assert dict(flow.worker.refused) == {}

    def test_what_is_refused_takes_no_room(self) -> None:
        """Thousands of records that are no events leave the case as open as it was, for however long."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        for _ in range(3):
            flow.read(CASES, *[b"no event"] * 1_500)
        flow.read(CASES, *[flow.event(n, "supervision_changed", level="low") for n in range(1_000)])
        assert dict(flow.worker.refused) == {(CASES, "not_json"): 4_500}
