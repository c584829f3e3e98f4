"""Tracks the committable offset of a topic-partition: that of the first record that is not processed.

A record is processed when the watermark of its partition has passed the instant it was recorded at, because it has left
the merge buffer then. So the record that sets a topic's watermark is not committed before a later one is read, and a
restarted worker reads it again and has the same watermark as before.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

__all__ = ["OffsetTracker"]

_LEAST_TO_SWEEP: Final = 10_000


class OffsetTracker:
    """The records of one topic-partition that were read and are not processed yet."""

    def __init__(self) -> None:
        self._open: deque[tuple[int, int]] = deque()
        self._end: int | None = None
        self._sweep_at = _LEAST_TO_SWEEP

    def __len__(self) -> int:
        return len(self._open)

    def read(self, records: Iterable[tuple[int, int]], end: int) -> None:
        """Add records that were read.

        Args:
            records: (offset, recorded_at in ms) in log order; a refused record is left out.
            end: The offset after the last record read, refused ones included.
        """
        self._open.extend(records)
        self._end = end

    def pass_markers(self, position: int) -> None:
        """Set the position behind the last record, where only transaction markers lie.

        Retention deletes them with the records before them. A restart that began at a deleted one would take it for a
        missing record. Without any record since the last restart, the committed offset is unknown and stays.

        Args:
            position: The next offset to read.
        """
        if self._end is not None and position > self._end:
            self._end = position

    def committable(self, through: int) -> int | None:
        """The offset to read from after a restart, once everything recorded up to `through` (ms) is processed.

        Returns:
            None while nothing was read.
        """
        waiting = self._open
        while waiting and waiting[0][1] <= through:
            waiting.popleft()
        if len(waiting) > self._sweep_at:
            # one record from the far future would block all later ones: a broken feed clock must not fill memory
            waiting = self._open = deque(record for record in waiting if record[1] > through)
            self._sweep_at = max(_LEAST_TO_SWEEP, 2 * len(waiting))
        return waiting[0][0] if waiting else self._end
