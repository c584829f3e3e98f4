"""Batches units of work, so that there are fewer transactions.

While a transaction is under way, the work of the next steps waits and becomes one batch. A large unit comes from a
backlog and waits a moment for more even when no transaction is under way: each transaction costs five requests, and a
marker a partition, whatever its size. A small unit, of live events, does not wait.

A case in several units is written several times: on a docket of 141,000 cases that is one record in thirty, and
deduplicating costs more than writing them.
"""

import asyncio
from time import monotonic
from typing import Final

from streams.kafka.client.limits import MAX_BATCH_BYTES
from streams.kafka.producer.packing import Packer
from streams.kafka.work import PartitionId, ProcessedOffset, Work

__all__ = ["PendingBatch", "WorkBatch", "batched"]


_LARGE: Final = 1_000
"""Changelog records of a unit that comes from a backlog."""

_ENOUGH: Final = 20_000
"""Changelog records for which a transaction is worth its cost."""

_SECONDS: Final = 0.25


class WorkBatch:
    """Several units of work with the same result as one after the other.

    Attributes:
        pieces: How many units.
        outputs: Records to publish, by topic-partition.
        changelog: Changelog records.
        flush_number: The number in its last flush marker; 0 without one.
    """

    __slots__ = ("_processed", "_repeated", "changelog", "flush_number", "outputs", "pieces")

    def __init__(self) -> None:
        self.pieces = self.flush_number = 0
        self.outputs: dict[PartitionId, Packer] = {}
        self.changelog = Packer(MAX_BATCH_BYTES)
        self._processed: dict[str, int] = {}
        self._repeated: ProcessedOffset | None = None

    def add(self, work: Work) -> None:
        """Add a unit, and pack its records; the unit is not needed afterwards."""
        self.pieces += 1
        self.changelog.add(work.changelog)
        for output in work.outputs:
            tp = output.topic, output.partition
            if tp not in self.outputs:
                self.outputs[tp] = Packer(MAX_BATCH_BYTES)
            self.outputs[tp].add(output.records)
        self._processed.update((processed.topic, processed.offset) for processed in work.processed)
        self._repeated = work.repeated or self._repeated
        self.flush_number = work.flush_number or self.flush_number

    @property
    def numbered(self) -> list[ProcessedOffset]:
        """Offsets to commit with the flush number: those of `processed`, or else one that is committed already."""
        return self.processed or ([] if self._repeated is None else [self._repeated])

    @property
    def processed(self) -> list[ProcessedOffset]:
        """Offsets to commit."""
        return [ProcessedOffset(topic, offset) for topic, offset in self._processed.items()]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write or commit."""
        return not (self.outputs or self.changelog or self._processed)


def batched(*works: Work) -> WorkBatch:
    """Units of work as one batch."""
    found = WorkBatch()
    for work in works:
        found.add(work)
    return found


class PendingBatch:
    """A batch that still grows, until it is delivered.

    Attributes:
        batch: The work.
        is_sealed: Whether no more may be added.
        is_durable: Done once all of it is durable, with the changelog offset behind it; None when that is not known.
    """

    __slots__ = ("_is_due", "_started_at", "batch", "is_durable", "is_sealed")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.batch = WorkBatch()
        self.is_sealed = False
        self.is_durable: asyncio.Future[int | None] = loop.create_future()
        self._is_due: asyncio.Future[None] = loop.create_future()
        self._started_at = monotonic()

    def add(self, work: Work) -> None:
        """Add a unit."""
        self.batch.add(work)
        if len(work.changelog) < _LARGE or len(self.batch.changelog) >= _ENOUGH:
            self.flush_now()

    def flush_now(self) -> None:
        """Deliver it without further delay."""
        if not self._is_due.done():
            self._is_due.set_result(None)

    async def wait_until_due(self) -> None:
        """Return when it is due: a quarter of a second after its start at the latest."""
        left = self._started_at + _SECONDS - monotonic()
        if left > 0:
            await asyncio.wait([self._is_due], timeout=left)
