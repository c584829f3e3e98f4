"""A cache of the milliseconds to add to an instant, by UTC day."""

from collections.abc import Callable
from typing import Final

__all__ = ["BusinessDayCache"]

_DAY_MS: Final = 86_400_000


class BusinessDayCache:
    """The milliseconds to add to an instant, by UTC day.

    Args:
        find: (UTC day) -> (first local midnight after its start, what to add before that, what from then on), ms, or
            None on a day that has no such two numbers.
        slowly: The whole answer (ms -> ms) on such a day.
    """

    __slots__ = ("_days", "_find", "_slowly")

    def __init__(self, find: Callable[[int], tuple[int, int, int] | None], slowly: Callable[[int], int]) -> None:
        self._find, self._slowly = find, slowly
        self._days: dict[int, tuple[int, int, int]] = {}

    def later(self, ms: int) -> int:
        """The instant (ms) that follows from an instant (ms)."""
        try:
            midnight, before, after = self._days[ms // _DAY_MS]
        except KeyError:
            found = self._find(ms // _DAY_MS)
            if found is None:
                return self._slowly(ms)
            midnight, before, after = self._days[ms // _DAY_MS] = found
        return ms + (before if ms < midnight else after)
