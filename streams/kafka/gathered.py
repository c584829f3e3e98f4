"""Pieces of work that wait for one another, made into one: fewer transactions.

While a transaction is under way the next steps are worked on; what they ask for waits, and goes together. A large piece
comes of a backlog, and waits a moment for more even when nothing is under way: a transaction costs us and the broker
five requests, and a marker a partition, however much is in it. A small one, what comes as it happens, waits for
nothing.

A case that is in several pieces is written several times: on a docket of 141,000 cases that is one record in thirty,
and looking for them costs more than writing them.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from time import monotonic
from typing import Final

from streams.kafka.work import KeyValue, Output, Settled, Work

__all__ = ["Gathering", "gathered"]


_LARGE: Final = 1_000
"""Changelog records of a piece that comes of a backlog."""

_ENOUGH: Final = 20_000
"""Changelog records for which a transaction is worth its cost."""

_SECONDS: Final = 0.25


class Gathering:
    """Work that becomes durable together.

    Attributes:
        works: The pieces, in order.
        is_sealed: Whether no more may be added.
        is_durable: Done once all of them are, with the changelog offset behind them; None when it is not known.
    """

    __slots__ = ("_begun", "_records", "_to_go", "is_durable", "is_sealed", "works")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.works: list[Work] = []
        self.is_sealed = False
        self.is_durable: asyncio.Future[int | None] = loop.create_future()
        self._to_go: asyncio.Future[None] = loop.create_future()
        self._begun, self._records = monotonic(), 0

    def add(self, work: Work) -> None:
        """Add a piece."""
        self.works.append(work)
        count = len(work.changelog)
        self._records += count
        if count < _LARGE or self._records >= _ENOUGH:
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


def gathered(works: Sequence[Work]) -> Work:
    """One piece of work that leaves behind what all of them would, one after the other.

    Args:
        works: Of one partition number, in order.
    """
    if len(works) == 1:
        return works[0]
    outputs: dict[tuple[str, int], list[KeyValue]] = {}
    settled: dict[str, int] = {}
    for work in works:
        for output in work.outputs:
            outputs.setdefault((output.topic, output.partition), []).extend(output.records)
        settled.update((each.topic, each.offset) for each in work.settled)
    return Work(
        [Output(topic, partition, records) for (topic, partition), records in outputs.items()],
        list(chain.from_iterable(work.changelog for work in works)),
        [Settled(topic, offset) for topic, offset in settled.items()],
    )
