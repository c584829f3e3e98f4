"""The lag of the feeds: their end offsets, the time of their newest records, and the group's committed offsets."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from schemas.topics import input_topics, topic
from streams.errors import BrokerError
from streams.kafka.client.committed_reader import CommittedReader, TimedRecord
from streams.kafka.client.settings import Settings
from streams.kafka.client.worker_clocks import partials_of_clocks, tail_of_partials
from streams.kafka.work import PartitionId

__all__ = ["FeedLagReader", "PartitionLag"]

_PATIENCE_SECONDS: Final = 10.0
_NEWEST_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.2


class PartitionLag(Struct, frozen=True):
    """One topic-partition.

    Attributes:
        begin: Its first offset that is kept.
        end: The offset after its last committed record.
        committed: What the group has committed; None when nothing, and then it is read from its beginning.
    """

    begin: int
    end: int
    committed: int | None

    @property
    def next(self) -> int:
        """The offset of the first record that is not processed."""
        return self.begin if self.committed is None else max(self.begin, self.committed)

    @property
    def uncommitted(self) -> int:
        """Offsets that the group has not committed; transaction markers and `clock` records count among them."""
        return max(0, self.end - self.next)


class FeedLagReader:
    """Asks the broker, for as long as the block runs.

    Every method raises BrokerError when the broker does not answer, or not within ten seconds.

    Args:
        settings: How to reach it; names and partitions of the topics; the workers' group.

    Attributes:
        partials: The one partition of the load partials that is read.
        audit: Where gaps are accepted.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = [each.name for each in input_topics(settings.prefix)]
        self._tps: list[PartitionId] = [(name, number) for name in self._names for number in range(settings.partitions)]
        self.partials = partials_of_clocks(settings)
        self.audit: PartitionId = (topic("audit", settings.prefix).name, 0)
        # the group: to ask what it has committed; who assigns by hand does not join
        self._reader = CommittedReader(settings, self._silent, group_id=settings.group)

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._reader.__aexit__(kind, error, trace)

    async def read_newest(self) -> dict[str, int]:
        """When the newest record of each topic came (ms), as of now; a topic that holds none is left out."""
        async with self._in_time():
            return await self._read_newest()

    async def seek_to_partials(self) -> None:
        """Read the newest load partials, and the audit trail from its beginning, with the next `poll`."""
        async with self._in_time():
            begins = await self._reader.begins([self.partials, self.audit])
            ends = await self._reader.ends([self.partials])
        newest = tail_of_partials(self._settings, begins[self.partials], ends[self.partials])
        self._reader.assign({self.partials: newest, self.audit: begins[self.audit]})

    async def poll(self, seconds: float) -> Mapping[PartitionId, Sequence[TimedRecord]]:
        """Load partials and audit records that have come, by where they lie.

        Args:
            seconds: How long to wait for the first.
        """
        async with self._in_time():
            return await self._reader.poll(seconds)

    async def lag(self) -> dict[PartitionId, PartitionLag]:
        """The end offset and the committed offset of each partition of the input topics."""
        async with self._in_time():
            begins, ends = await self._reader.begins(self._tps), await self._reader.ends(self._tps)
            offsets = await asyncio.gather(*(self._reader.committed(tp) for tp in self._tps))
        committed = dict(zip(self._tps, offsets, strict=True))
        return {tp: PartitionLag(begins[tp], ends[tp], committed[tp]) for tp in self._tps}

    async def members(self) -> int | None:
        """How many workers the group has now; None when the broker does not say."""
        async with self._in_time():
            return await self._reader.members()

    async def _read_newest(self) -> dict[str, int]:
        begins, ends = await self._reader.begins(self._tps), await self._reader.ends(self._tps)
        todo = {tp: end - 1 for tp, end in ends.items() if end > begins[tp]}
        self._reader.assign(todo)
        newest: dict[str, int] = {}
        deadline = time.monotonic() + _NEWEST_SECONDS
        while todo and time.monotonic() < deadline:
            for tp, records in (await self._reader.poll(_POLL_SECONDS)).items():
                todo.pop(tp, None)
                came = max(record.timestamp for record in records)
                newest[tp[0]] = max(came, newest.get(tp[0], 0))
                self._reader.pause(tp)
        return newest

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                yield
        except TimeoutError as error:
            raise BrokerError(self._silent(f"it took longer than {_PATIENCE_SECONDS:g} s")) from error

    def _silent(self, why: BaseException | str) -> str:
        return f"the broker at {self._settings.brokers} does not answer about the feeds: {why}"
