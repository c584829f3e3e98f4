"""Schedules checkpoints: in the background, one at a time, as often as they shorten a restart enough.

A restart reads a checkpoint and the changelog behind it. So a partition's checkpoint is rewritten when that part has
grown to a quarter of the state, at most once an interval, and when the worker stops. A failure is logged once, and only
makes a restart longer.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from time import monotonic, time
from typing import Final

from msgspec import Struct

from streams.kafka.state.checkpoint_file import CheckpointAbandoned, Record
from streams.kafka.state.checkpoint_store import MOST_AGE, Checkpoint, CheckpointDirectory

__all__ = ["CheckpointScheduler", "CheckpointStats", "StateSnapshot"]

_log: Final = logging.getLogger(__name__)
_PART: Final = 4
"""A checkpoint is rewritten when this fraction (one in so many) of the records has changed since."""

_LAST_SECONDS: Final = 1.5
"""How long a stopping worker may write checkpoints: each second saves the next worker as much reading."""


class StateSnapshot(Struct):
    """The state of a partition at one moment, although its last changes may not be durable yet.

    Attributes:
        records: The newest value of every key.
        position: The changelog offset behind all of it, once that is durable; None when it is not known.
    """

    records: Iterable[Record]
    position: Awaitable[int | None]


class CheckpointStats(Struct):
    """Checkpoint figures of one partition, for metrics.

    Attributes:
        written_at: When the write of its checkpoint started (ms); None while it has none.
        behind: Changelog records that a restart would read in addition.
    """

    written_at: int | None
    behind: int


class _PartitionProgress(Struct):
    """Progress of one owned partition: `size` is the records of its state, `tried` the last attempt (monotonic s)."""

    stats: CheckpointStats
    size: int
    tried: float


class CheckpointScheduler:
    """Decides when to write a checkpoint, and writes it in a thread.

    Args:
        directory: The target; None writes no checkpoints.
        every: The least time between two checkpoints of a partition (s).

    Attributes:
        failures: How many writes failed.
    """

    def __init__(self, directory: CheckpointDirectory | None, every: float) -> None:
        self.failures = 0
        self._directory, self._every = directory, every
        self._written_at: dict[int, int] = {}
        self._progress: dict[int, _PartitionProgress] = {}
        self._saving: asyncio.Task[None] | None = None
        self._abandoned = threading.Event()
        self._is_failing = False

    @property
    def stats(self) -> Mapping[int, CheckpointStats]:
        """The figures of the owned partitions; from any thread."""
        return {number: progress.stats for number, progress in list(self._progress.items())}

    async def load(self, number: int) -> Checkpoint | None:
        """The checkpoint of a partition, if there is a usable one."""
        self._written_at.pop(number, None)
        if self._directory is None:
            return None
        checkpoint = await asyncio.to_thread(self._directory.load, number)
        if checkpoint is not None:
            self._written_at[number] = checkpoint.written_at
        return checkpoint

    def reject(self, number: int) -> None:
        """Log that the checkpoint of a partition does not match its changelog."""
        if self._directory is not None and self._written_at.pop(number, None) is not None:
            self._directory.reject(number, "the changelog no longer holds what follows it")

    def register(self, number: int, *, size: int, behind: int) -> None:
        """Start tracking a restored partition.

        Args:
            number: The partition number.
            size: Records of its state.
            behind: Changelog records that were read in addition to its checkpoint, if there was one.
        """
        stats = CheckpointStats(self._written_at.pop(number, None), behind)
        self._progress[number] = _PartitionProgress(stats, size, monotonic())

    def retain_only(self, numbers: Collection[int]) -> None:
        """Stop tracking all other partitions; their files stay for a while, because the partitions may return."""
        for number in set(self._progress) - set(numbers):
            del self._progress[number]
        if self._directory is not None:
            self._directory.prune()

    def count(self, number: int, records: int) -> None:
        """Count records that were written to the changelog."""
        self._progress[number].stats.behind += records

    def is_due(self, number: int) -> bool:
        """Whether to start a checkpoint of a partition now."""
        if self._directory is None or self._saving is not None:
            return False
        progress = self._progress[number]
        return monotonic() - progress.tried >= self._every and self._is_worth_it(progress)

    def begin(self, number: int, snapshot: StateSnapshot) -> None:
        """Write one in the background."""
        self._saving = asyncio.create_task(self._save(number, snapshot))

    async def finish(self, snapshots: Mapping[int, Callable[[], StateSnapshot]]) -> None:
        """Write the checkpoints of all partitions that are behind, as far as the time allows; the last ones."""
        if self._directory is None:
            return
        timer = asyncio.get_running_loop().call_later(_LAST_SECONDS, self._abandoned.set)
        if self._saving is not None:
            await asyncio.wait({self._saving})
        behind = sorted(snapshots, key=lambda number: -self._progress[number].stats.behind)
        for number in behind:
            if self._progress[number].stats.behind and not self._abandoned.is_set():
                await self._save(number, snapshots[number]())
        timer.cancel()

    def _is_worth_it(self, progress: _PartitionProgress) -> bool:
        stats = progress.stats
        if stats.behind * _PART > progress.size:
            return True
        # the checkpoint of an unchanged partition expires by its age
        return stats.written_at is not None and time() - stats.written_at / 1000 > MOST_AGE.total_seconds() / 2

    async def _save(self, number: int, snapshot: StateSnapshot) -> None:
        directory, progress = self._directory, self._progress[number]
        assert directory is not None
        progress.tried = monotonic()
        try:
            position = await snapshot.position
            if position is None:
                return
            covered = progress.stats.behind
            size, written_at = await asyncio.to_thread(
                directory.save, number, position, snapshot.records, self._abandoned.is_set
            )
        except CheckpointAbandoned:
            _log.info("the checkpoint of partition %d takes too long for a stop: the previous one stays", number)
        except OSError as error:
            self._fail(directory, error)
        else:
            progress.size = size
            progress.stats = CheckpointStats(written_at, progress.stats.behind - covered)
            self._is_failing = False
        finally:
            self._saving = None

    def _fail(self, directory: CheckpointDirectory, error: OSError) -> None:
        self.failures += 1
        if not self._is_failing:
            _log.warning(
                "no checkpoint can be written to %s: %s; the work goes on without it", directory.path, error.strerror
            )
        self._is_failing = True
