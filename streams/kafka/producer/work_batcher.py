"""Pieces of work that wait for one another, made into one: fewer transactions.

While a transaction is under way the next steps are worked on; what they ask for waits, and goes together. A large piece
comes of a backlog, and waits a moment for more even when nothing is under way: a transaction costs us and the broker
five requests, and a marker a partition, however much is in it. A small one, what comes as it happens, waits for
nothing.

A case that is in several pieces is written several times: on a docket of 141,000 cases that is one record in thirty,
and looking for them costs more than writing them.
"""

import asyncio
from time import monotonic
from typing import Final

from streams.kafka.client.limits import MAX_BATCH_BYTES
from streams.kafka.producer.packing import Packer
from streams.kafka.work import Place, ProcessedOffset, Work

__all__ = ["PendingBatch", "WorkBatch", "batched"]


_LARGE: Final = 1_000
"""Changelog records of a piece that comes of a backlog."""

_ENOUGH: Final = 20_000
"""Changelog records for which a transaction is worth its cost."""

_SECONDS: Final = 0.25


class WorkBatch:
    """One piece of work that leaves behind what all of those in it would, one after the other.

    Attributes:
        pieces: How many are in it.
        outputs: What to publish, by topic and partition.
        changelog: What to keep.
    """

    __slots__ = ("_settled", "changelog", "outputs", "pieces")

    def __init__(self) -> None:
        self.pieces = 0
        self.outputs: dict[Place, Packer] = {}
        self.changelog = Packer(MAX_BATCH_BYTES)
        self._settled: dict[str, int] = {}

    def add(self, work: Work) -> None:
        """Add a piece, and pack what is in it; nothing of it is needed afterwards."""
        self.pieces += 1
        self.changelog.add(work.changelog)
        for output in work.outputs:
            place = output.topic, output.partition
            if place not in self.outputs:
                self.outputs[place] = Packer(MAX_BATCH_BYTES)
            self.outputs[place].add(output.records)
        self._settled.update((settled.topic, settled.offset) for settled in work.settled)

    @property
    def settled(self) -> list[ProcessedOffset]:
        """What may be committed then."""
        return [ProcessedOffset(topic, offset) for topic, offset in self._settled.items()]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.outputs or self.changelog or self._settled)


def batched(*works: Work) -> WorkBatch:
    """Some pieces as one."""
    found = WorkBatch()
    for work in works:
        found.add(work)
    return found


class PendingBatch:
    """Work that becomes durable together.

    Attributes:
        gathered: What is in it.
        is_sealed: Whether no more may be added.
        is_durable: Done once all of it is, with the changelog offset behind it; None when it is not known.
    """

    __slots__ = ("_begun", "_to_go", "gathered", "is_durable", "is_sealed")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.gathered = WorkBatch()
        self.is_sealed = False
        self.is_durable: asyncio.Future[int | None] = loop.create_future()
        self._to_go: asyncio.Future[None] = loop.create_future()
        self._begun = monotonic()

    def add(self, work: Work) -> None:
        """Add a piece."""
        self.gathered.add(work)
        if len(work.changelog) < _LARGE or len(self.gathered.changelog) >= _ENOUGH:
            self.urge()

    def urge(self) -> None:
        """Let it go: somebody waits for it."""
        if not self._to_go.done():
            self._to_go.set_result(None)

    async def wait(self) -> None:
        """Return when it may go: a quarter of a second after it was begun at the latest."""
        left = self._begun + _SECONDS - monotonic()
        if left > 0:
            await asyncio.wait([self._to_go], timeout=left)
