"""Which offsets of a topic-partition may be committed: everything before the first record that is not done with.

A record is done with when the clock of its partition has passed the instant it was recorded at, for then it has left
the merge buffer. So the record by which a topic is furthest known is never committed before a later one is read, and a
restarted worker reads it again and knows the topic exactly as far as before.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

__all__ = ["OffsetTracker"]

_LEAST_TO_SWEEP: Final = 10_000


class OffsetTracker:
    """The records read of one topic-partition that are not yet done with."""

    def __init__(self) -> None:
        self._open: deque[tuple[int, int]] = deque()
        self._end: int | None = None
        self._sweep_at = _LEAST_TO_SWEEP

    def __len__(self) -> int:
        return len(self._open)

    def read(self, records: Iterable[tuple[int, int]], end: int) -> None:
        """Take note of what was read.

        Args:
            records: (offset, recorded_at in ms) in the order of the log; a refused record is left out.
            end: The offset after the last record read, refused ones included.
        """
        self._open.extend(records)
        self._end = end

    def pass_marks(self, position: int) -> None:
        """Take note of how far reading went behind the last record, where only marks of transactions lie.

        They are deleted with the records before them. A restart that began at one would take it for a record that is
        gone. Where nothing was read since the last restart, nothing is known of what is committed.

        Args:
            position: The offset to be read next.
        """
        if self._end is not None and position > self._end:
            self._end = position

    def committable(self, through: int) -> int | None:
        """The offset to read from after a restart, once what was recorded up to `through` (ms) is done with.

        Returns:
            None while nothing was read.
        """
        waiting = self._open
        while waiting and waiting[0][1] <= through:
            waiting.popleft()
        if len(waiting) > self._sweep_at:
            # one record from the far future would keep all that came after it: a dead feed clock must not fill memory
            waiting = self._open = deque(record for record in waiting if record[1] > through)
            self._sweep_at = max(_LEAST_TO_SWEEP, 2 * len(waiting))
        return waiting[0][0] if waiting else self._end
