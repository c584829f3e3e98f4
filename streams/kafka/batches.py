"""The messages of the batched transport: the records of one poll of a topic-partition, or a tick."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from streams.kafka.input_gaps import InputGap

__all__ = ["Batch", "EndOfPartition", "Record"]


class Record(Protocol):
    """The part of an aiokafka record that the product uses."""

    @property
    def offset(self) -> int:
        """Its offset in the topic-partition."""

    @property
    def key(self) -> bytes | None:
        """Its key as sent."""

    @property
    def value(self) -> bytes | None:
        """Its value as sent; None is a tombstone."""


class EndOfPartition(Struct, frozen=True):
    """A topic-partition that the consumer has read to its end.

    Attributes:
        topic: The topic.
        wall: The wall clock (ms) of the fetch request whose answer held no more records.
        position: The next offset to read, which lies behind transaction markers too.
    """

    topic: str
    wall: int
    position: int = 0


class Batch(Struct, frozen=True):
    """Records of one topic-partition in log order; a tick has none and moves the clock in order with them.

    Attributes:
        topic: The topic of the records.
        partition: The partition number.
        records: The records.
        reached: In a tick: the topics of this partition number that are read to their end and idle.
        gaps: In a tick: the open gaps of this partition number; nothing behind them is read.
    """

    topic: str
    partition: int
    records: Sequence[Record] = ()
    reached: tuple[EndOfPartition, ...] = ()
    gaps: tuple[InputGap, ...] = ()

    @property
    def is_tick(self) -> bool:
        """Whether it only reports that time passed."""
        return not self.records
