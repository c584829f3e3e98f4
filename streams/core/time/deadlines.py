"""Timers: the due cases of an instant, found in time proportional to their number, never to the docket.

Far deadlines lie unsorted in buckets of 2^22 ms, some seventy minutes; a bucket is sorted when the clock enters it. A
deadline that moves before then goes from bucket to bucket, so that a case is looked at only when its time has come.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Final

from schemas.instants import AFTER_ALL_TIME, BEFORE_ALL_TIME

__all__ = ["Deadlines"]

_SHIFT: Final = 22  # a bucket is 2**22 ms: a shift costs less than a division


class Deadlines:
    """The next timer of every case of a partition.

    Args:
        next_timer_of: Gives the instant at which a case must be judged (ms), 0 for never.

    Attributes:
        earliest: No case has an earlier timer than this instant (ms); comparing it costs less than a search.

    A case with a timer lies in the bucket of that instant, or among the near ones at exactly that instant; there
    it may lie at other instants too, which costs a look when they come. What was loaded lies in lists, for sets take
    three times as long to make: a case that left its bucket since is seen to have, when the bucket is opened.
    """

    def __init__(self, next_timer_of: Callable[[str], int]) -> None:
        self._next_timer_of = next_timer_of
        self._buckets: dict[int, set[str]] = {}
        self._loaded: dict[int, list[str]] = {}
        self._order: list[int] = []
        self._near: list[tuple[int, str]] = []
        self._opened = BEFORE_ALL_TIME
        self.earliest = AFTER_ALL_TIME

    def load(self, timers: Iterable[tuple[str, int]]) -> None:
        """Load the timers (ms, 0 for none) of all cases at once, before any other."""
        loaded = self._loaded
        for case_id, next_timer in timers:
            if next_timer:
                held = loaded.get(next_timer >> _SHIFT)
                if held is None:
                    loaded[next_timer >> _SHIFT] = [case_id]
                else:
                    held.append(case_id)
        self._order = sorted(loaded)
        self.earliest = self._order[0] << _SHIFT if loaded else AFTER_ALL_TIME

    def schedule(self, case_id: str, before: int, next_timer: int) -> None:
        """Move the timer of a case from `before` to `next_timer` (ms, 0 for none)."""
        if next_timer == before:
            return
        bucket, last = next_timer >> _SHIFT, before >> _SHIFT
        if before and bucket != last and last > self._opened:
            held = self._buckets.get(last)
            if held is not None:
                held.discard(case_id)
        if not next_timer:
            return
        if next_timer < self.earliest:
            self.earliest = next_timer
        if bucket <= self._opened:
            heappush(self._near, (next_timer, case_id))
        elif not before or bucket != last:
            held = self._buckets.get(bucket)
            if held is None:
                held = self._buckets[bucket] = set()
                if bucket not in self._loaded:
                    heappush(self._order, bucket)
            held.add(case_id)

    def next_due(self, until: int) -> int | None:
        """The earliest timer at or before `until` (ms), or None."""
        while self._order and (first := self._order[0]) << _SHIFT <= until:
            if self._near and self._near[0][0] < first << _SHIFT:
                break  # nothing in that bucket can be earlier
            self._open(heappop(self._order))
        if self._near:
            self.earliest = self._near[0][0]
        else:
            self.earliest = self._order[0] << _SHIFT if self._order else AFTER_ALL_TIME
        return self.earliest if self.earliest <= until else None

    def pop_due(self, at: int) -> set[str]:
        """The cases that may be due at `at` (ms), which `next_due` just named; the caller checks their timers."""
        taken = set()
        while self._near and self._near[0][0] == at:
            taken.add(heappop(self._near)[1])
        return taken

    def _open(self, bucket: int) -> None:
        self._opened = bucket
        for case_id in self._buckets.pop(bucket, ()):
            heappush(self._near, (self._next_timer_of(case_id), case_id))
        for case_id in self._loaded.pop(bucket, ()):
            next_timer = self._next_timer_of(case_id)
            if next_timer >> _SHIFT == bucket:
                heappush(self._near, (next_timer, case_id))
