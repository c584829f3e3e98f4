"""How many open cases an officer had at earlier period ends, for what was taken in is measured against what there was.

A change takes eight bytes: the minute in the upper bits of an integer (it lasts beyond the year 9999), the count in the
lower. A thousand changes of each of six thousand officers are 48 MB; as tuples they were ten times that.
"""

from array import array
from bisect import bisect_right

from streams.core.time.business_days import DAY_MS

__all__ = ["LOOK_BACK_MS", "OpenCaseHistory"]

LOOK_BACK_MS = 30 * DAY_MS
"""How far back open cases are asked for."""

_MINUTE_MS = 60_000
_BITS = 30
_COUNT = (1 << _BITS) - 1
_PRUNED_AT_ONCE = 32


class OpenCaseHistory:
    """Open cases of one officer by period end, as a list of changes; before the first there were none."""

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        self._changes = array("q")

    def record(self, at: int, open_cases: int) -> None:
        """Record a count that differs from the last one.

        Args:
            at: A period end (ms), whole minutes, later than every one before.
            open_cases: The count from then on.
        """
        changes = self._changes
        changes.append((at // _MINUTE_MS) << _BITS | open_cases)
        # the last change at or before the horizon says what held then; what is older is of no use any more
        if len(changes) > _PRUNED_AT_ONCE:
            expired = self._place(at - LOOK_BACK_MS) - 1
            if expired >= _PRUNED_AT_ONCE:
                del changes[:expired]

    def at(self, instant: int) -> int:
        """The count at a period end (ms) at most LOOK_BACK_MS before the last one recorded."""
        place = self._place(instant)
        return self._changes[place - 1] & _COUNT if place else 0

    def least(self, since: int) -> int:
        """The smallest count at the period ends from an instant (ms) on; that is as far back as for `at`."""
        return min([self.at(since), *(change & _COUNT for change in self._changes[self._place(since) :])])

    def next_change(self, instant: int) -> int | None:
        """The first period end (ms) after an instant at which the count changed, or None."""
        place = self._place(instant)
        return (self._changes[place] >> _BITS) * _MINUTE_MS if place < len(self._changes) else None

    def _place(self, instant: int) -> int:
        return bisect_right(self._changes, (instant // _MINUTE_MS) << _BITS | _COUNT)
