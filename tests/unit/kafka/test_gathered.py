"""Work that goes together leaves behind what it would have left one piece after the other."""

from streams.kafka.gathered import gathered
from streams.kafka.work import Output, Settled, Work

MARK = b"mark"


class TestGathered:
    def test_of_a_key_the_last_state_is_written_and_the_mark_ends_it(self) -> None:
        """A tombstone is a state, too."""
        first = Work(changelog=[(b"x", b"1"), (b"y", b"1"), (MARK, b"1")])
        second = Work(changelog=[(b"y", None), (b"z", b"2"), (MARK, b"2")])
        assert [(b"x", b"1"), (b"y", None), (b"z", b"2"), (MARK, b"2")] == gathered([first, second], MARK).changelog

    def test_every_output_is_written_in_order(self) -> None:
        """Of each topic-partition; a consumer sees every revision."""
        first = Work([Output("t", 0, [(b"a", b"1")]), Output("t", 1, [(b"b", b"1")])])
        second = Work([Output("t", 0, [(b"a", b"2"), (b"c", None)])])
        together = gathered([first, second], MARK).outputs
        assert [
            Output("t", 0, [(b"a", b"1"), (b"a", b"2"), (b"c", None)]),
            Output("t", 1, [(b"b", b"1")]),
        ] == together

    def test_the_last_offsets_are_settled(self) -> None:
        """A topic that only one piece speaks of keeps what it said."""
        first = Work(settled=[Settled("a", 5), Settled("b", 2)])
        second = Work(settled=[Settled("a", 9)])
        assert [Settled("a", 9), Settled("b", 2)] == gathered([first, second], MARK).settled

    def test_what_waits_alone_goes_as_it_is(self) -> None:
        """Nothing is copied; and no mark is made up where nothing is kept."""
        alone = Work(settled=[Settled("a", 5)])
        assert gathered([alone], MARK) is alone
        assert [] == gathered([alone, Work(settled=[Settled("a", 6)])], MARK).changelog
