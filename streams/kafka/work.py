"""What a partition asks the edge to make durable: outputs, state and the offsets they came from, in one piece."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Protocol

from msgspec import Struct, field

from streams.kafka.batches import Batch
from streams.kafka.input_gaps import InputGap

__all__ = ["MARKED", "KeyValue", "PartitionProcessor", "Place", "ProcessedOffset", "TopicOutput", "Work"]

MARKED: Final = "marked"
"""Metadata of an offset that is committed in the transaction that writes a mark with the same offset."""

Place = tuple[str, int]
"""A topic and a partition number."""

KeyValue = tuple[bytes | None, bytes | None]
"""A record to write; without a value it is a tombstone."""


class TopicOutput(Struct, frozen=True):
    """Records for one partition of an output topic, in order."""

    topic: str
    partition: int
    records: Sequence[KeyValue]


class ProcessedOffset(Struct, frozen=True):
    """Everything of an input topic before `offset` is done with once the work is durable."""

    topic: str
    offset: int


class Work(Struct):
    """One step of a partition, whole.

    Attributes:
        outputs: What to publish.
        changelog: What to keep; it ends with the application's mark. Empty when nothing is settled and nothing changed:
            the mark says up to which offsets the state was made, so none is committed without it.
        settled: What may be committed then.
    """

    outputs: list[TopicOutput] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    settled: list[ProcessedOffset] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.outputs or self.changelog or self.settled)


class PartitionProcessor(Protocol):
    """What a partition number does with its records; it does no I/O and never awaits."""

    def restore(self, records: dict[str, bytes]) -> None:
        """Take the state kept in the changelog; called once, before anything else.

        Args:
            records: The newest value of every key that was not deleted; they become the application's own.
        """

    def restored(self) -> Work:
        """Be ready to work, now that the state is whole."""

    def gaps(self) -> Collection[InputGap]:
        """Gaps of the input that are open: behind them nothing is to be read."""

    def rewind(self) -> None:
        """Forget what was read and not settled: it will be read again."""

    def take(self, batch: Batch) -> Iterator[Work]:
        """Work on records, or on a tick, in steps small enough for one flush each."""

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        """What the changelog comes to once all work handed out by now is durable, its mark left out.

        Taken at once, and gone through later by another thread.
        """

    def ahead(self) -> Collection[str]:
        """Topics that have read too far ahead of the others to read on."""
