"""Tracks the committable offset of a topic-partition: that of the first record that is not processed.

A record is processed when the watermark of its partition has passed the instant it was recorded at, because it has left
the merge buffer then. So the record that sets a topic's watermark is not committed before a later one is read, and a
restarted worker reads it again and has the same watermark as before.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from schemas.instants import BEFORE_ALL_TIME

__all__ = ["OffsetTracker"]

_LEAST_TO_SWEEP: Final = 10_000


class OffsetTracker:
    """The records of one topic-partition that were read and are not processed yet, batch by batch."""

    def __init__(self) -> None:
        self._open: deque[_OpenBatch] = deque()
        self._count = 0
        self._end: int | None = None
        self._sweep_at = _LEAST_TO_SWEEP

    def __len__(self) -> int:
        return self._count

    def read(self, offsets: Sequence[int], instants: Sequence[int], end: int) -> None:
        """Add records that were read, in log order; refused records are left out.

        Args:
            offsets: The offset of each record; not changed afterwards.
            instants: The recorded_at (ms) of each, likewise.
            end: The offset after the last record read, refused ones included.
        """
        if offsets:
            self._open.append(_OpenBatch(offsets, instants))
            self._count += len(offsets)
        self._end = end

    def go_back(self, offset: int) -> None:
        """Read on at an earlier offset, from which on the log holds other records now.

        Events from there on that still wait allow no offset beyond it.
        """
        left = [(min(each, offset), at) for batch in self._open for each, at in batch.after(BEFORE_ALL_TIME)]
        self._open = deque([_OpenBatch([each for each, _ in left], [at for _, at in left])] if left else ())
        self._count = len(left)
        self._end = offset

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
        while waiting and waiting[0].latest <= through:
            self._count -= waiting.popleft().remaining
        if not waiting:
            return self._end
        first = waiting[0]
        self._count -= first.skip_processed(through)
        offset = first.offset
        if self._count > self._sweep_at:
            # one record from the far future would block all later ones: a broken feed clock must not fill memory
            self._sweep(through)
        return offset

    def _sweep(self, through: int) -> None:
        """Forget the records recorded up to `through` (ms), wherever they are."""
        left = [each for batch in self._open for each in batch.after(through)]
        self._open = deque([_OpenBatch([offset for offset, _ in left], [at for _, at in left])])
        self._count = len(left)
        self._sweep_at = max(_LEAST_TO_SWEEP, 2 * len(left))


class _OpenBatch:
    """The records of one batch, of which at least one waits.

    Attributes:
        latest: The greatest recorded_at (ms).
    """

    __slots__ = ("_instants", "_offsets", "_start", "latest")

    def __init__(self, offsets: Sequence[int], instants: Sequence[int]) -> None:
        self._offsets, self._instants = offsets, instants
        self._start = 0
        self.latest = max(instants)

    @property
    def remaining(self) -> int:
        """How many records lie at or behind the first one that waits."""
        return len(self._offsets) - self._start

    @property
    def offset(self) -> int:
        """The offset of the first record that waits."""
        return self._offsets[self._start]

    def skip_processed(self, through: int) -> int:
        """Move to the first record recorded after `through` (ms), of which there is one; return the number passed."""
        begin = place = self._start
        instants = self._instants
        while instants[place] <= through:
            place += 1
        self._start = place
        return place - begin

    def after(self, through: int) -> list[tuple[int, int]]:
        """(offset, recorded_at in ms) of the records recorded after `through` (ms)."""
        pairs = zip(self._offsets[self._start :], self._instants[self._start :], strict=True)
        return [(offset, at) for offset, at in pairs if at > through]
