"""What one message of the batched transport carries: the records of one poll of a topic-partition, or a tick."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from streams.kafka.input_gaps import InputGap

__all__ = ["Batch", "EndOfPartition", "Record"]


class Record(Protocol):
    """What is used of an aiokafka record."""

    @property
    def offset(self) -> int:
        """Its place in the topic-partition."""

    @property
    def key(self) -> bytes | None:
        """Its key as sent."""

    @property
    def value(self) -> bytes | None:
        """Its value as sent; None is a tombstone."""


class EndOfPartition(Struct, frozen=True):
    """A topic that is read to its end.

    Attributes:
        topic: The topic.
        wall: The wall clock (ms) when the broker was asked and said that there was no more.
        position: The offset to be read next: behind marks of transactions, too, which are no records.
    """

    topic: str
    wall: int
    position: int = 0


class Batch(Struct, frozen=True):
    """Records of one topic-partition in the order of its log; a tick has none, so that time passes in order with them.

    Attributes:
        topic: Where the records come from.
        partition: The partition number.
        records: The records.
        reached: Of a tick: the topics of this partition number that are read to their end and idle.
        gaps: Of a tick: the gaps behind which nothing of this partition number is read.
    """

    topic: str
    partition: int
    records: Sequence[Record] = ()
    reached: tuple[EndOfPartition, ...] = ()
    gaps: tuple[InputGap, ...] = ()

    @property
    def is_tick(self) -> bool:
        """Whether it only says that time passed."""
        return not self.records
