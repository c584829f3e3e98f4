"""Stores the checkpoints of one changelog's partitions: which are usable, and which are obsolete.

A checkpoint is the state of the changelog up to an offset, so a restart reads only the records behind it. It is usable
while none of those can be missing: the topic is the same, the offset lies in it, and compaction cannot have removed a
tombstone written since. In doubt it is ignored, a log line gives the reason, and the changelog is read from its start.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Final

from msgspec import Struct

from schemas.topics import TOMBSTONES_KEPT
from streams.kafka.state.checkpoint_file import (
    UNFINISHED,
    CheckpointHeader,
    Record,
    UnusableCheckpoint,
    read_checkpoint,
    write_checkpoint,
)

__all__ = ["MOST_AGE", "Checkpoint", "CheckpointDirectory"]

_log: Final = logging.getLogger(__name__)
_SUFFIX: Final = ".checkpoint"
_SKEW_SECONDS: Final = 60.0

MOST_AGE: Final = TOMBSTONES_KEPT - timedelta(days=1)
"""Most age of a checkpoint: for an older one, a tombstone may be gone, and a deleted case would come back."""


class Checkpoint(Struct, frozen=True):
    """The state of a partition in a checkpoint.

    Attributes:
        position: The next changelog offset to read.
        written_at: The wall clock (ms) at the start of the write.
        records: The newest value of every key at that time.
    """

    position: int
    written_at: int
    records: dict[str, bytes]


class CheckpointDirectory:
    """The checkpoints of one changelog.

    Args:
        data: The worker's directory.
        changelog: The topic.
        topic_id: The broker's id of it.
        now: The wall clock (s).

    Attributes:
        path: Their directory.
    """

    def __init__(self, data: Path, changelog: str, topic_id: str, now: Callable[[], float] = time) -> None:
        self.path = data / changelog
        self._changelog, self._topic_id, self._now = changelog, topic_id, now

    def load(self, number: int) -> Checkpoint | None:
        """The checkpoint of a partition, if there is a usable one."""
        try:
            header, records = read_checkpoint(self._file(number), lambda header: self._check(header, number))
        except FileNotFoundError:
            return None
        except UnusableCheckpoint as error:
            self.reject(number, str(error))
            return None
        return Checkpoint(header.position, header.written_at, records)

    def reject(self, number: int, why: str) -> None:
        """Log that the checkpoint of a partition is not usable."""
        _log.warning(
            "%s: the checkpoint of partition %d is ignored: %s; reading the changelog from its start",
            self._changelog, number, why,
        )  # fmt: skip

    def save(
        self, number: int, position: int, records: Iterable[Record], is_abandoned: Callable[[], bool]
    ) -> tuple[int, int]:
        """Write the checkpoint of a partition.

        Args:
            number: The partition number.
            position: The changelog offset of the state.
            records: The newest value of every key.
            is_abandoned: See `write_checkpoint`.

        Returns:
            How many records it holds, and the wall clock (ms) at the start of the write.

        Raises:
            CheckpointAbandoned: The write was abandoned.
            OSError: The disk is full, read-only or broken.
        """
        written_at = int(self._now() * 1000)
        header = CheckpointHeader(self._changelog, self._topic_id, number, position, written_at)
        self.path.mkdir(mode=0o700, exist_ok=True)
        return write_checkpoint(self._file(number), header, records, is_abandoned), written_at

    def prune(self) -> None:
        """Remove checkpoints that are too old: of partitions that other workers own, of topics that are gone."""
        try:
            for path in self.path.parent.glob("*/*"):
                if (
                    path.suffix in {_SUFFIX, UNFINISHED}
                    and self._now() - path.stat().st_mtime > MOST_AGE.total_seconds()
                ):
                    path.unlink(missing_ok=True)
        except OSError as error:
            _log.info("old checkpoints cannot be removed from %s: %s", self.path.parent, error.strerror)

    def _file(self, number: int) -> Path:
        return self.path / f"{number}{_SUFFIX}"

    def _check(self, header: CheckpointHeader, number: int) -> None:
        if (header.changelog, header.partition) != (self._changelog, number):
            raise UnusableCheckpoint(f"it is of partition {header.partition} of {header.changelog}")
        if header.topic_id != self._topic_id:
            raise UnusableCheckpoint("the changelog was created anew since")
        age = self._now() - header.written_at / 1000
        if age < -_SKEW_SECONDS:
            raise UnusableCheckpoint("it was written in the future: the machine's clock was set back")
        if age > MOST_AGE.total_seconds():
            raise UnusableCheckpoint(f"it is older than {MOST_AGE.days} days: deletions since may be missing")
