"""Due dates of many cases, counted by how far ahead they lie.

Sorted arrays of 8 bytes a date, one for each stretch of time: adding or removing a date costs the same small time
however many an officer has.
"""

from array import array
from bisect import bisect_left, insort
from typing import Final, Self

from schemas.instants import AFTER_ALL_TIME
from streams.core.time.business_days import DAY_MS

__all__ = ["DueDates"]

_WEEK: Final = (0, 7 * DAY_MS)
_WEEK_AND_MONTH: Final = (*_WEEK, 30 * DAY_MS)
_SHIFT: Final = 30  # a stretch is 2**30 ms, twelve days and some hours
_NONE: Final = array("q")


class DueDates:
    """A multiset of instants (ms)."""

    __slots__ = ("_stretches",)

    def __init__(self) -> None:
        self._stretches: dict[int, array[int]] = {}

    @classmethod
    def of(cls, dues: "array[int]") -> Self:
        """All of these (typecode "q"), in any order."""
        made, ordered = cls(), sorted(dues)
        start, count = 0, len(ordered)
        while start < count:
            number = ordered[start] >> _SHIFT
            end = bisect_left(ordered, number + 1 << _SHIFT, start)
            made._stretches[number] = array("q", ordered[start:end])
            start = end
        return made

    def add(self, due: int) -> None:
        """Put one in."""
        held = self._stretches.get(due >> _SHIFT)
        if held is None:
            held = self._stretches[due >> _SHIFT] = array("q")
        insort(held, due)

    def remove(self, due: int) -> None:
        """Remove an instant that was added."""
        held = self._stretches[due >> _SHIFT]
        del held[bisect_left(held, due)]
        if not held:
            del self._stretches[due >> _SHIFT]

    def exchange(self, before: list[int], after: list[int]) -> None:
        """Replace instants that were added by others; both are ascending, and nearly always most are the same.

        Raises:
            KeyError, IndexError: One was not put in.
        """
        added = after.copy()
        for due in before:
            if due in added:
                added.remove(due)
            else:
                self.remove(due)
        for due in added:
            self.add(due)

    def move(self, before: int, after: int) -> None:
        """Remove one instant, 0 for none, and add another, 0 for none.

        Raises:
            KeyError, IndexError: It was not put in.
        """
        if before != after:
            if before:
                self.remove(before)
            if after:
                self.add(after)

    def count_within(self, c: int) -> tuple[int, int, int]:
        """How many lie in [c, c + 7 days) and in [c, c + 30 days), and until when that is sure.

        Returns:
            The two numbers, and an instant (ms) before which they stay as they are if nothing is put in or taken out.
        """
        (now, week, month), until = self._before(c, _WEEK_AND_MONTH)
        return week - now, month - now, until

    def within_week(self, c: int) -> tuple[int, int]:
        """How many lie in [c, c + 7 days), and until when that is sure, as `count_within` says it."""
        (now, week), until = self._before(c, _WEEK)
        return week - now, until

    def before_each(self, bounds: list[int]) -> list[int]:
        """How many lie before each of these ascending instants (ms), without those in stretches before the first's."""
        stretches, counts, whole, number = self._stretches, [], 0, bounds[0] >> _SHIFT
        for at in bounds:
            while number < at >> _SHIFT:
                whole += len(stretches.get(number, _NONE))
                number += 1
            counts.append(whole + bisect_left(stretches.get(number, _NONE), at))
        return counts

    def _before(self, c: int, spans: tuple[int, ...]) -> tuple[list[int], int]:
        """How many lie before each span after c, of some stretches on; until when the differences are sure."""
        stretches, until = self._stretches, AFTER_ALL_TIME
        counts, whole, number = [], 0, c >> _SHIFT
        for span in spans:
            at = c + span
            while number < at >> _SHIFT:
                whole += len(stretches.get(number, _NONE))
                number += 1
            held = stretches.get(number, _NONE)
            place = bisect_left(held, at)
            counts.append(whole + place)
            following = held[place] if place < len(held) else self._first_after(number)
            if following != AFTER_ALL_TIME:
                until = min(until, following - span + 1)
        return counts, until

    def _first_after(self, number: int) -> int:
        """The first date of a later stretch, however far ahead; AFTER_ALL_TIME when there is none."""
        later = [other for other in self._stretches if other > number]
        return self._stretches[min(later)][0] if later else AFTER_ALL_TIME
