"""The states of the cases of one partition: all of them packed, the ones touched last also unpacked.

Most events come soon after another one of the same case, so that its state need not be unpacked and packed for each.
What a state became is packed when it is asked for, as for the changelog, or when the case was not touched for long.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `case_states.pxd` gives the types.
"""

from streams.core.state.case_state import CaseState
from streams.core.state.packed_state import next_timer_of, pack, unpack

__all__ = ["CaseStates"]


class CaseStates:
    """The states of the cases of one partition, by case id.

    Args:
        packed: The packed states; they become its own.
        kept: After how many cases the ones touched before them are packed; at most twice as many are unpacked.
    """

    __slots__ = ("_changed", "_kept", "_older", "_packed", "_recent")

    def __init__(self, packed: dict[str, bytes], kept: int) -> None:
        self._packed = packed
        self._kept = kept
        self._recent: dict[str, CaseState] = {}
        self._older: dict[str, CaseState] = {}
        self._changed: set[str] = set()

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, case_id: str) -> bool:
        return case_id in self._packed

    @property
    def state_bytes(self) -> int:
        """Bytes of the packed states, as far as they are packed; from any thread, for no other code runs meanwhile."""
        return sum(map(len, self._packed.values()))

    def find(self, case_id: str) -> CaseState | None:
        """The state of a case, to be changed and kept; None when there is none."""
        state = self._recent.get(case_id)
        if state is not None:
            return state
        if self._older:
            state = self._older.get(case_id)
            if state is not None:
                return state
        packed = self._packed.get(case_id)
        return None if packed is None else unpack(packed)

    def keep(self, case_id: str, state: CaseState) -> None:
        """Take what the state of a case became; a change after this needs another `find`."""
        self._changed.add(case_id)
        if self._recent.get(case_id) is not state:
            self._recent[case_id] = state
            if case_id not in self._packed:
                self._packed[case_id] = b""  # a case counts from its first event on
            if len(self._recent) > self._kept:
                self._forget_old()  # here: a long time without events judges every case in one step

    def _forget_old(self) -> None:
        """Pack the cases that were not touched for long."""
        changed, packed, recent = self._changed, self._packed, self._recent
        for case_id, state in self._older.items():
            if case_id in changed and case_id not in recent:
                changed.discard(case_id)
                packed[case_id] = pack(state)
        self._older = recent
        self._recent = {}

    def find_packed(self, case_id: str) -> bytes | None:
        """The packed state of a case, None when there is none; it is as of the last `keep` or `replace`."""
        if case_id in self._changed:
            return self.packed_of(case_id)
        return self._packed.get(case_id)

    def replace(self, case_id: str, packed: bytes) -> None:
        """Take what the state of a case became, packed; the case is there, and `find_packed` was its last use."""
        self._packed[case_id] = packed
        self._recent.pop(case_id, None)
        self._older.pop(case_id, None)

    def packed_of(self, case_id: str) -> bytes:
        """The packed state of a case.

        Raises:
            KeyError: There is none.
        """
        if case_id in self._changed:
            self._changed.discard(case_id)
            packed = self._packed[case_id] = self._pack(case_id)
            return packed
        return self._packed[case_id]

    def packed(self) -> dict[str, bytes]:
        """All states, packed; to be read, and replaced by others that say the same."""
        for case_id in self._changed:
            self._packed[case_id] = self._pack(case_id)
        self._changed.clear()
        return self._packed

    def next_timer_of(self, case_id: str) -> int:
        """The instant (ms) at which a case must be judged though nothing happens; 0 for never."""
        state = self._recent.get(case_id) or self._older.get(case_id)
        return next_timer_of(self._packed[case_id]) if state is None else state.next_timer

    def _pack(self, case_id: str) -> bytes:
        return pack(self._recent.get(case_id) or self._older[case_id])
