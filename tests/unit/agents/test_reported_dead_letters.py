"""Which letters are out: exactly those that were told, kept and found again, and forgotten when they cannot return."""

from hypothesis import given
from hypothesis import strategies as st

from streams.agents.reported_dead_letters import REPORTED_KEY, ReportedDeadLetters
from tests.newest import newest

CASE = (b"c-1", b"state")
OFFSETS = st.integers(0, 60)


def told(*offsets: int) -> ReportedDeadLetters:
    letters = ReportedDeadLetters()
    for offset in offsets:
        assert letters.report("cases", offset)
    return letters


def again(letters: ReportedDeadLetters) -> ReportedDeadLetters:
    """What the next worker knows."""
    after = ReportedDeadLetters()
    kept = {**newest([CASE, *letters.drain()]), **dict(letters.records())}
    after.restore(kept)
    assert kept == newest([CASE])
    return after


class TestTell:
    @given(st.lists(OFFSETS, max_size=120), st.sets(OFFSETS))
    def test_each_once_in_any_order(self, offsets: list[int], asked: set[int]) -> None:
        """Also after a restart, and nothing that was not."""
        letters = ReportedDeadLetters()
        seen: set[int] = set()
        for offset in offsets:
            assert letters.report("cases", offset) == (offset not in seen)
            seen.add(offset)
        after = again(letters)
        assert {offset for offset in asked if not after.report("cases", offset)} == asked & seen

    def test_of_each_topic(self) -> None:
        """Offsets are its own."""
        after = again(told(7))
        assert after.report("hearings", 7)
        assert not after.report("cases", 7)

    def test_a_flood_is_a_few_bytes(self) -> None:
        """One run, however long."""
        ((_, value),) = told(*range(100_000)).drain()
        assert value is not None
        assert len(value) < 50

    def test_what_cannot_be_kept_for_ever_is_the_newest(self) -> None:
        """Behind an event from the far future letters pile up: what is kept of them fits a message of the broker."""
        letters = told(*range(0, 20_000, 2))
        ((_, value),) = letters.drain()
        assert value is not None
        assert len(value) < 100_000
        assert not letters.report("cases", 19_998)
        assert letters.report("cases", 0)


class TestSettle:
    @given(st.sets(OFFSETS), OFFSETS)
    def test_what_will_be_read_again_is_kept(self, offsets: set[int], committed: int) -> None:
        """Whatever else is."""
        letters = told(*offsets)
        letters.forget_before("cases", committed)
        after = again(letters)
        assert not any(after.report("cases", offset) for offset in offsets if offset >= committed)

    def test_nothing_is_kept_of_what_will_not(self) -> None:
        """No record of the changelog, or none any more."""
        letters = told(7, 8, 12)
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
        """A letter of 12 is out, and reading goes on at 10."""
        letters = told(12)
        letters.forget_before("cases", 10)
        return letters

    def test_reading_on_forgets_nothing(self) -> None:
        """From where was committed, or later: the broker may have deleted some."""
        for offset in (10, 11):
            after = again(self.kept())
            after.read("cases", offset)
            assert not after.report("cases", 12)

    def test_a_topic_made_anew_is_told_of(self) -> None:
        """Its offsets begin before what was committed: other records lie there; and that is kept."""
        after = again(self.kept())
        after.read("cases", 0)
        assert after.drain() == [(REPORTED_KEY, None)]
        assert after.report("cases", 12)

    def test_only_of_that_topic(self) -> None:
        """The others were left alone."""
        letters = self.kept()
        letters.report("hearings", 3)
        after = again(letters)
        after.read("cases", 0)
        assert not after.report("hearings", 3)
