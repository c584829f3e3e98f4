"""Pieces of work that wait for one another, made into one: fewer transactions, and of a case only its last state.

While a transaction is under way the next steps are worked on; what they ask for waits, and goes together.
"""

import asyncio
from collections.abc import Sequence

from streams.kafka.work import KeyValue, Output, Settled, Work

__all__ = ["Gathering", "gathered"]


class Gathering:
    """Work that becomes durable together.

    Attributes:
        works: The pieces, in order.
        is_sealed: Whether no more may be added.
        is_durable: Done once all of them are, with the changelog offset behind them; None when it is not known.
    """

    __slots__ = ("is_durable", "is_sealed", "works")

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.is_sealed = False
        self.is_durable: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()


def gathered(works: Sequence[Work], mark: bytes) -> Work:
    """One piece of work that leaves behind what all of them would, one after the other.

    Args:
        works: Of one partition number, in order.
        mark: Key of the record with which a changelog ends.
    """
    if len(works) == 1:
        return works[0]
    outputs: dict[tuple[str, int], list[KeyValue]] = {}
    changelog: dict[bytes, bytes | None] = {}
    settled: dict[str, int] = {}
    for work in works:
        for output in work.outputs:
            outputs.setdefault((output.topic, output.partition), []).extend(output.records)
        changelog.update(work.changelog)
        settled.update((each.topic, each.offset) for each in work.settled)
    if mark in changelog:
        changelog[mark] = changelog.pop(mark)  # a record's place is that of its first, and this one comes last
    return Work(
        [Output(topic, partition, records) for (topic, partition), records in outputs.items()],
        list(changelog.items()),
        [Settled(topic, offset) for topic, offset in settled.items()],
    )
