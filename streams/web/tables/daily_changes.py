"""A count by day, kept as its changes; what lies long ago is kept as one change."""

from typing import Final

__all__ = ["DailyChanges"]

_MOST_DAYS: Final = 2_000
_ALL_BEFORE: Final = -(1 << 40)


class DailyChanges:
    """The changes; a day is a number of days from 1970-01-01."""

    def __init__(self) -> None:
        self._changes: dict[int, int] = {}

    def add(self, day: int, change: int) -> None:
        """Add a change of a day."""
        total = self._changes.get(day, 0) + change
        if total:
            self._changes[day] = total
        else:
            self._changes.pop(day, None)
        if len(self._changes) > _MOST_DAYS:
            oldest = sorted(self._changes)[: _MOST_DAYS // 2]
            self._changes[_ALL_BEFORE] = sum(self._changes.pop(each) for each in oldest)

    def on(self, day: int) -> int:
        """The change of one day."""
        return self._changes.get(day, 0)

    def until(self, first: int, last: int) -> list[int]:
        """The count at the end of each day from the first to the last."""
        total = sum(change for day, change in self._changes.items() if day < first)
        counts = []
        for day in range(first, last + 1):
            total += self._changes.get(day, 0)
            counts.append(total)
        return counts
