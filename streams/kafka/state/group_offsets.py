"""The offsets that a group has committed of the input of one store, as states are compared with them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from streams.core.state.origin import StateOrigin
from streams.kafka.work import CommittedOffset, PartitionId

__all__ = ["GroupOffsets"]


class GroupOffsets(Struct, frozen=True):
    """Committed offsets.

    Attributes:
        committed: By partition number and topic; a topic without one is left out.
    """

    committed: Mapping[int, Mapping[str, CommittedOffset]]

    @property
    def offsets(self) -> Mapping[int, Mapping[str, int]]:
        """The offsets alone."""
        return {number: {name: each.offset for name, each in of.items()} for number, of in self.committed.items()}

    @property
    def flush_numbers(self) -> Mapping[int, int]:
        """By partition number, the number of the last flush with which they were committed; 0 where none is known."""
        return {
            number: max((each.flush_number for each in of.values()), default=0) for number, of in self.committed.items()
        }

    def without_marker(self, tps: Iterable[PartitionId]) -> set[PartitionId]:
        """Those of these topic-partitions whose offset was committed without a flush marker."""
        return {(name, number) for name, number in tps if not self.committed[number][name].is_marked}

    def at_reading(self, before: "GroupOffsets", origins: Mapping[int, StateOrigin | None]) -> "GroupOffsets":
        """The committed offsets at the moment when states were read.

        A running worker commits between two requests. Where an offset or a flush of a state lies between those of both
        answers, the group had committed it when the state was read. Shown by tests/kafka/test_state_check.py.

        Args:
            before: The offsets before the states were read; these are those after that.
            origins: By partition number, the origin of the state that was read; None without a state.
        """
        found: dict[int, dict[str, CommittedOffset]] = {number: {} for number in self.committed}
        earlier, first, last = before.offsets, before.flush_numbers, self.flush_numbers
        for number, of in self.committed.items():
            origin = origins[number]
            offsets, flush = ({}, 0) if origin is None else (origin.offsets, origin.flush_number)
            is_between = first[number] <= flush <= last[number]
            for name, each in of.items():
                at = _between(earlier[number].get(name, 0), offsets.get(name, 0), each.offset)
                flush_then = min(each.flush_number, flush) if is_between else each.flush_number
                marked = CommittedOffset.marked(at, flush_then)
                found[number][name] = marked if each.is_marked else each._replace(offset=at)
        return GroupOffsets(found)


def _between(first: int, offset: int, last: int) -> int:
    return offset if first <= offset <= last else last
