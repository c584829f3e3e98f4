"""The states of a partition are the same whether they lie packed or not."""

import pytest

from streams.core.state.case_state import CaseState
from streams.core.state.case_states import CaseStates
from streams.core.state.packed_state import pack, unpack


def _states(*names: str, kept: int = 2) -> CaseStates:
    return CaseStates({name: pack(CaseState(office=name)) for name in names}, kept)


class TestCaseStates:
    def test_what_was_kept_is_found(self) -> None:
        """The very state, not a copy: it is not packed in between."""
        states = _states("a")
        state = states.find("a")
        assert state is not None
        state.next_timer = 7
        states.keep("a", state)
        assert state is states.find("a")
        assert 7 == states.next_timer_of("a")
        assert 7 == unpack(states.packed_of("a")).next_timer

    def test_a_case_counts_from_its_first_event_on(self) -> None:
        """Though it is not packed yet."""
        states = _states()
        assert states.find("a") is None
        states.keep("a", CaseState(office="ATL"))
        assert "a" in states
        assert 1 == len(states)
        assert "ATL" == unpack(states.packed()["a"]).office

    def test_what_was_not_touched_for_long_is_packed(self) -> None:
        """Every change is in what comes of it, however often a case is touched; keeping alone bounds what is unpacked.

        A silence judges every case in one step: without a bound, millions of states would lie unpacked.
        """
        states = _states("a", "b", "c", "d", "e", "f")
        for turn in range(1, 4):
            for name in "abcdef":
                state = states.find(name)
                assert state is not None
                assert turn - 1 == state.next_timer
                state.next_timer = turn
                states.keep(name, state)
        first = states.find("a")
        assert first is not None
        assert first is not states.find("a"), "one that is packed is unpacked each time"
        assert {3} == {unpack(packed).next_timer for packed in states.packed().values()}

    def test_a_change_after_packing_is_packed_again(self) -> None:
        """The changelog has taken the state; the next event changes it anew."""
        states = _states("a")
        for turn in range(3):
            state = states.find("a") or CaseState()
            state.next_timer = turn
            states.keep("a", state)
            assert turn == unpack(states.packed_of("a")).next_timer

    def test_a_case_that_is_unknown_has_no_packed_state(self) -> None:
        """As of a mapping."""
        with pytest.raises(KeyError):
            _states().packed_of("a")
