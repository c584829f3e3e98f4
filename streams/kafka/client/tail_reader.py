"""Reads the last records of topic-partitions, each from an offset to its end."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from streams.errors import BrokerError
from streams.kafka.client.committed_reader import CommittedReader
from streams.kafka.client.settings import Settings
from streams.kafka.work import PartitionId

__all__ = ["TailReader"]

_PATIENCE_SECONDS: Final = 3.0
_POLL_SECONDS: Final = 0.2


class TailReader:
    """Reads tails, for as long as the block runs.

    Args:
        settings: How to reach the brokers.
    """

    def __init__(self, settings: Settings) -> None:
        self._reader = CommittedReader(settings)

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._reader.__aexit__(kind, error, trace)

    async def read(self, tails: Mapping[PartitionId, tuple[int, int]]) -> dict[PartitionId, Sequence[bytes | None]]:
        """The values of records.

        Args:
            tails: By topic-partition: the first offset to read, and the one after the last.

        Returns:
            Those that were read to their end within three seconds.

        Raises:
            BrokerError: The broker does not answer, or no longer keeps an offset.
        """
        self._reader.assign({tp: begin for tp, (begin, _) in tails.items()})
        values: dict[PartitionId, list[bytes | None]] = {tp: [] for tp in tails}
        todo = set(tails)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        try:
            async with asyncio.timeout(2 * _PATIENCE_SECONDS):
                while todo and time.monotonic() < deadline:
                    for tp, records in (await self._reader.poll(_POLL_SECONDS)).items():
                        values[tp] += [record.value for record in records if record.offset < tails[tp][1]]
                    for tp in list(todo):
                        if await self._reader.has_read_to(tp, tails[tp][1]):
                            todo.discard(tp)
                            self._reader.pause(tp)
        except TimeoutError as error:
            raise BrokerError(f"the end of {len(todo)} input partitions cannot be read") from error
        return {tp: read for tp, read in values.items() if tp not in todo}
