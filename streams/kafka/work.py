"""A unit of work of a partition, made durable in one piece: outputs, state and the offsets they came from."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol, Self

from msgspec import Struct, field

from streams.kafka.batches import Batch
from streams.kafka.input_gaps import InputGap

__all__ = ["CommittedOffset", "KeyValue", "PartitionId", "PartitionProcessor", "ProcessedOffset", "TopicOutput", "Work"]

_MARKED: Final = "marked"
_NUMBERED: Final = re.compile(rf"{_MARKED} (\d{{1,18}})", re.ASCII)

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


class CommittedOffset(NamedTuple):
    """An offset that a group has committed.

    Attributes:
        offset: The next offset to read.
        metadata: What its writer added to it: `marked` and the flush number.
    """

    offset: int
    metadata: str

    @classmethod
    def marked(cls, offset: int, flush_number: int) -> Self:
        """One whose transaction also writes the flush marker of this number, with the same offset."""
        return cls(offset, f"{_MARKED} {flush_number}" if flush_number else _MARKED)

    @property
    def is_marked(self) -> bool:
        """Whether a flush marker was written with it."""
        return self.metadata == _MARKED or self.flush_number > 0

    @property
    def flush_number(self) -> int:
        """The number of the flush that committed it; 0 where no worker has committed it, or an older one has."""
        found = _NUMBERED.fullmatch(self.metadata)
        return 0 if found is None else int(found[1])


class Work(Struct):
    """One step of a partition.

    Attributes:
        outputs: Records to publish.
        changelog: Changelog records; they end with the flush marker. Empty when no offset is committed and no state
            changed: the marker holds the offsets that the state was made of, so none is committed without it.
        processed: Offsets to commit.
        repeated: An offset that is committed already: where none is new, it is committed again with the flush number.
        flush_number: The number in its flush marker; 0 without one.
    """

    outputs: list[TopicOutput] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    processed: list[ProcessedOffset] = field(default_factory=list)
    repeated: ProcessedOffset | None = None
    flush_number: int = 0

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
