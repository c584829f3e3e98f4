"""The clocks of the case partitions, as workers publish them: a state that nothing changed keeps an older one."""

import asyncio
from typing import Final

import msgspec

from schemas.topics import topic
from streams.core.load.partial_clock import read_clock
from streams.errors import BrokerError
from streams.kafka.client.committed_reader import CommittedReader
from streams.kafka.client.settings import Settings
from streams.kafka.work import PartitionId

__all__ = ["partials_of_clocks", "read_worker_clocks", "tail_of_partials"]

_TAIL: Final = 512
"""Partials from the end of their topic, a partition: they include every case partition."""
_PATIENCE_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.2


def partials_of_clocks(settings: Settings) -> PartitionId:
    """The one partition of the load partials that is read: each carries the clocks of every case partition."""
    return topic("load-partials", settings.prefix).name, 0


def tail_of_partials(settings: Settings, begin: int, end: int) -> int:
    """The offset from which the newest partials include every case partition.

    Args:
        settings: How many partitions the topics have.
        begin: The first offset that is kept.
        end: The offset after the last record.
    """
    return max(begin, end - _TAIL * settings.partitions)


async def read_worker_clocks(settings: Settings) -> dict[int, int]:
    """The clock (ms) of each case partition that a worker has published.

    A worker publishes it once everything up to it is durable. So a state that is read afterwards holds at that instant.

    Args:
        settings: How to reach the brokers; names and partitions of the topics.

    Raises:
        BrokerError: The broker does not answer well, or not within ten seconds.
    """
    tp = partials_of_clocks(settings)
    clocks: dict[int, int] = {}
    try:
        async with CommittedReader(settings) as reader, asyncio.timeout(_PATIENCE_SECONDS):
            begin, end = (await reader.begins([tp]))[tp], (await reader.ends([tp]))[tp]
            reader.assign({tp: tail_of_partials(settings, begin, end)})
            while not await reader.has_read_to(tp, end):
                for record in (await reader.poll(_POLL_SECONDS)).get(tp, ()):
                    if record.value is not None:
                        _update(clocks, record.value)
    except TimeoutError as error:
        raise BrokerError(f"the clocks of the workers cannot be read within {_PATIENCE_SECONDS:g} s") from error
    return clocks


def _update(clocks: dict[int, int], value: bytes) -> None:
    try:
        clock = read_clock(value)
    except msgspec.MsgspecError as error:
        raise BrokerError(f"a load partial has another form: {error}") from error
    if clock.is_of_cases:
        clocks[clock.partition] = max(clock.as_of, clocks.get(clock.partition, clock.as_of))
