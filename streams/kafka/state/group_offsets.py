"""The offsets that a group has committed of the input of one store, as states are compared with them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

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
