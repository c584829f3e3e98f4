"""The checkpoints of one changelog's partitions: which one fits, and which are of no use any more.

A checkpoint is the changelog read up to an offset, so a restart reads only what follows. It fits as long as nothing
between the two can be missing: the topic is the same, the offset lies in it, and no tombstone written since can have
been removed. When in doubt it is left, a log line says why, and the changelog is read from its start.
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
    UnfitCheckpoint,
    read_checkpoint,
    write_checkpoint,
)

__all__ = ["MOST_AGE", "Checkpoint", "CheckpointDirectory"]

_log: Final = logging.getLogger(__name__)
_SUFFIX: Final = ".checkpoint"
_SKEW_SECONDS: Final = 60.0

MOST_AGE: Final = TOMBSTONES_KEPT - timedelta(days=1)
"""Older, and a tombstone written since may be gone: the checkpoint would bring back what was deleted."""


class Checkpoint(Struct, frozen=True):
    """What was kept of a partition.

    Attributes:
        position: The changelog offset to read next.
        written_at: The wall clock (ms) when it was begun.
        records: The newest value of every key, as of then.
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
        path: Where they are.
    """

    def __init__(self, data: Path, changelog: str, topic_id: str, now: Callable[[], float] = time) -> None:
        self.path = data / changelog
        self._changelog, self._topic_id, self._now = changelog, topic_id, now

    def load(self, number: int) -> Checkpoint | None:
        """That of a partition, if there is one that fits."""
        try:
            header, records = read_checkpoint(self._file(number), lambda header: self._check(header, number))
        except FileNotFoundError:
            return None
        except UnfitCheckpoint as error:
            self.reject(number, str(error))
            return None
        return Checkpoint(header.position, header.written_at, records)

    def reject(self, number: int, why: str) -> None:
        """Say that the checkpoint of a partition does not fit."""
        _log.warning(
            "%s: the checkpoint of partition %d is left: %s; reading the changelog from its start",
            self._changelog, number, why,
        )  # fmt: skip

    def save(
        self, number: int, position: int, records: Iterable[Record], is_given_up: Callable[[], bool]
    ) -> tuple[int, int]:
        """Keep what a partition comes to.

        Args:
            number: The partition number.
            position: The changelog offset up to which it was read.
            records: The newest value of every key.
            is_given_up: See `write_checkpoint`.

        Returns:
            How many records it holds, and the wall clock (ms) when it was begun.

        Raises:
            GivenUp: It was given up.
            OSError: The disk does not take it.
        """
        written_at = int(self._now() * 1000)
        header = CheckpointHeader(self._changelog, self._topic_id, number, position, written_at)
        self.path.mkdir(mode=0o700, exist_ok=True)
        return write_checkpoint(self._file(number), header, records, is_given_up), written_at

    def prune(self) -> None:
        """Remove what is too old to be used: of partitions that others have had since, of topics that are gone."""
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
            raise UnfitCheckpoint(f"it is of partition {header.partition} of {header.changelog}")
        if header.topic_id != self._topic_id:
            raise UnfitCheckpoint("the changelog was created anew since")
        age = self._now() - header.written_at / 1000
        if age < -_SKEW_SECONDS:
            raise UnfitCheckpoint("it was written in the future: the machine's clock went back")
        if age > MOST_AGE.total_seconds():
            raise UnfitCheckpoint(f"it is older than {MOST_AGE.days} days: deletions since may be missing")
