"""Reported dead letters: exactly the reported ones are kept and restored, and forgotten when they cannot return."""

from hypothesis import given
from hypothesis import strategies as st

from streams.agents.reported_dead_letters import REPORTED_KEY, ReportedDeadLetters
from tests.newest import newest

CASE = (b"c-1", b"state")
OFFSETS = st.integers(0, 60)


def reported(*offsets: int) -> ReportedDeadLetters:
    letters = ReportedDeadLetters()
    for offset in offsets:
        assert letters.report("cases", offset)
    return letters


def restored(letters: ReportedDeadLetters) -> ReportedDeadLetters:
    """Return the letters as the next worker restores them."""
    after = ReportedDeadLetters()
    kept = {**newest([CASE, *letters.drain()]), **dict(letters.records())}
    after.restore(kept)
    assert kept == newest([CASE])
    return after


class TestReport:
    @given(st.lists(OFFSETS, max_size=120), st.sets(OFFSETS))
    def test_each_is_reported_once_in_any_order(self, offsets: list[int], asked: set[int]) -> None:
        """This holds after a restart, and only for reported ones."""
        letters = ReportedDeadLetters()
        seen: set[int] = set()
        for offset in offsets:
            assert letters.report("cases", offset) == (offset not in seen)
            seen.add(offset)
        after = restored(letters)
        assert {offset for offset in asked if not after.report("cases", offset)} == asked & seen

    def test_each_topic_has_its_own(self) -> None:
        """Offsets belong to a topic."""
        after = restored(reported(7))
        assert after.report("hearings", 7)
        assert not after.report("cases", 7)

    def test_a_long_run_takes_a_few_bytes(self) -> None:
        """A run of any length is one entry."""
        ((_, value),) = reported(*range(100_000)).drain()
        assert value is not None
        assert len(value) < 50

    def test_only_the_newest_of_very_many_are_kept(self) -> None:
        """Letters pile up behind an event from the far future: those that are kept fit a message of the broker."""
        letters = reported(*range(0, 20_000, 2))
        ((_, value),) = letters.drain()
        assert value is not None
        assert len(value) < 100_000
        assert not letters.report("cases", 19_998)
        assert letters.report("cases", 0)


class TestForgetBefore:
    @given(st.sets(OFFSETS), OFFSETS)
    def test_offsets_that_will_be_read_again_are_kept(self, offsets: set[int], committed: int) -> None:
        """Other offsets do not matter."""
        letters = reported(*offsets)
        letters.forget_before("cases", committed)
        after = restored(letters)
        assert not any(after.report("cases", offset) for offset in offsets if offset >= committed)

    def test_no_record_is_left_when_none_will_be_read_again(self) -> None:
        """The changelog has no record, or a tombstone."""
        letters = reported(7, 8, 12)
        letters.forget_before("cases", 13)
        assert letters.drain() == letters.records() == []
        assert letters.report("cases", 20)
        letters.forget_before("cases", 13)
        ((key, value),) = letters.drain()
        assert (REPORTED_KEY, value) == (key, letters.records()[0][1])
        letters.forget_before("cases", 21)
        assert letters.drain() == [(REPORTED_KEY, None)]
        assert letters.drain() == letters.records() == []


class TestRead:
    @staticmethod
    def kept() -> ReportedDeadLetters:
        """Return letters with offset 12 of a topic that continues at 10."""
        letters = reported(12)
        letters.forget_before("cases", 10)
        return letters

    def test_continuing_forgets_nothing(self) -> None:
        """Reading begins at the committed offset or later, because the broker may have deleted some."""
        for offset in (10, 11):
            after = restored(self.kept())
            after.read("cases", offset)
            assert not after.report("cases", 12)

    def test_a_recreated_topic_forgets_its_letters(self) -> None:
        """Its offsets begin before the committed one, so they are other records; the changelog has that, too."""
        after = restored(self.kept())
        after.read("cases", 0)
        assert after.drain() == [(REPORTED_KEY, None)]
        assert after.report("cases", 12)

    def test_other_topics_keep_theirs(self) -> None:
        """The other topics were not recreated."""
        letters = self.kept()
        letters.report("hearings", 3)
        after = restored(letters)
        after.read("cases", 0)
        assert not after.report("hearings", 3)


class TestCutLog:
    def test_offsets_of_other_records_are_forgotten(self) -> None:
        """Their letters are not out; those before the cut are."""
        letters = reported(3, 4, 5, 9)
        letters.forget_before("cases", 2)
        letters.forget_from("cases", 5)
        after = restored(letters)
        assert [after.report("cases", offset) for offset in (3, 4, 5, 9)] == [False, False, True, True]

    def test_a_topic_without_letters_stays_without(self) -> None:
        """Nothing is written for it."""
        letters = ReportedDeadLetters()
        letters.forget_from("cases", 5)
        assert letters.drain() == []
