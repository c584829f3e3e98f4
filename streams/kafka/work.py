"""A unit of work of a partition, made durable in one piece: outputs, state and the offsets they came from."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Protocol

from msgspec import Struct, field

from streams.kafka.batches import Batch
from streams.kafka.input_gaps import InputGap

__all__ = ["MARKED", "KeyValue", "PartitionId", "PartitionProcessor", "ProcessedOffset", "TopicOutput", "Work"]

MARKED: Final = "marked"
"""Metadata of an offset whose transaction also writes a flush marker with the same offset."""

PartitionId = tuple[str, int]
"""A topic and a partition number."""

KeyValue = tuple[bytes | None, bytes | None]
"""Key and value of a record to write; without a value it is a tombstone."""


class TopicOutput(Struct, frozen=True):
    """Records for one partition of an output topic, in order."""

    topic: str
    partition: int
    records: Sequence[KeyValue]


class ProcessedOffset(Struct, frozen=True):
    """The offset of an input topic to commit with the work: everything before it is processed."""

    topic: str
    offset: int


class Work(Struct):
    """One step of a partition.

    Attributes:
        outputs: Records to publish.
        changelog: Changelog records; they end with the flush marker. Empty when no offset is committed and no state
            changed: the marker holds the offsets that the state was made of, so none is committed without it.
        processed: Offsets to commit.
    """

    outputs: list[TopicOutput] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    processed: list[ProcessedOffset] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write or commit."""
        return not (self.outputs or self.changelog or self.processed)


class PartitionProcessor(Protocol):
    """Processes the records of a partition number; it does no I/O and never awaits."""

    def restore(self, records: dict[str, bytes]) -> None:
        """Load the state from the changelog; called once, first.

        Args:
            records: The newest value of every key that was not deleted; the processor takes ownership.
        """

    def on_restored(self) -> Work:
        """Get ready to process records, after `restore`."""

    def gaps(self) -> Collection[InputGap]:
        """Open gaps of the input; nothing behind one may be read."""

    def reset_to_committed(self) -> None:
        """Drop records that were read but not processed: they are read again."""

    def process(self, batch: Batch) -> Iterator[Work]:
        """Process records, or a tick, in steps that are small enough for one flush each."""

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        """The state in the changelog once all work returned so far is durable, without the flush marker.

        The snapshot is of the time of the call; another thread iterates it later.
        """

    def topics_to_pause(self) -> Collection[str]:
        """Topics to pause because they are too far ahead of the others."""
