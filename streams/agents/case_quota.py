"""How many more events of each case may wait: too many of one would make its state too large at once.

After each step a size limit on the state of a case refuses further events. One poll can bring thousands of events of
one case, for example from a feed that gives every case one id. Without a quota the state would exceed the largest
message of the broker before the size limit sees it, and the worker would end at each restart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from schemas import hot

__all__ = ["CaseQuota"]


class CaseQuota:
    """The events of one partition number that wait, counted by case only when a case may have too many.

    Args:
        most: How many of one case may.
        waiting: All that wait.
    """

    def __init__(self, most: int, waiting: Callable[[], Iterable[hot.CaseEvent]]) -> None:
        self._most, self._waiting = most, waiting
        self._at_most = 0  # no case has more events that wait; each batch adds the records of its most frequent key

    def remaining(self, keys: Sequence[bytes | None]) -> dict[str, int]:
        """Work out the quota of records that are about to be buffered.

        Args:
            keys: Theirs.

        Returns:
            Of cases that come too often, how many of these records may be taken; nothing for the others.
        """
        counts = Counter(keys)
        coming = max(counts.values(), default=0)
        remaining: dict[str, int] = {}
        if self._at_most + coming > self._most:
            waiting = Counter(event.case_id for event in self._waiting())
            self._at_most = max(waiting.values(), default=0)
            if self._at_most + coming > self._most:
                for key, count in counts.items():
                    case_id = "" if key is None else key.decode(errors="replace")
                    if waiting[case_id] + count > self._most:
                        remaining[case_id] = max(0, self._most - waiting[case_id])
        self._at_most += coming
        return remaining
