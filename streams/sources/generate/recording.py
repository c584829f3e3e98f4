"""When the feed learned of what happened, and in which order and how often its lines come."""

import heapq
from collections.abc import Callable, Sequence
from typing import Final

from schemas import hot
from streams.sources.generate.chance import chance_of
from streams.sources.generate.options import LOAD_MS, Options

__all__ = ["DisorderedDelivery", "Recorder"]

_LEAST_LAG: Final = 500
_MOST_LAG: Final = 90_000
_DISPLACED_BY: Final = 2_000  # lines at most; so many are held back at once at most


class Recorder:
    """Sets recorded_at of the events of one case after the other.

    Args:
        options: The window, and the share of records that come late.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._start = options.start_ms
        self._loaded = options.start_ms + LOAD_MS
        self._end = options.end_ms
        self._late = options.late
        self._late_by = options.late_by.milliseconds

    def loaded_at(self, number: int) -> int:
        """When the feed loads the case of a number; it loads them in their order."""
        return self._start + number * LOAD_MS // self._options.cases

    def record(self, events: Sequence[hot.AnyEvent], loaded_at: int, chance: Callable[[], float]) -> int:
        """Sorts out what is loaded and what comes live; gives the number of the events that are loaded.

        Args:
            events: What happened, sorted by occurred_at.
            loaded_at: When the feed loads what lies before.
            chance: Gives a random number of 0 to 1.
        """
        loaded = 0
        for event in events:
            at = event.occurred_at
            if at <= loaded_at:
                event.recorded_at = loaded_at
                event.source = "feed-load"
                loaded += 1
                continue
            lot = chance()
            recorded_at = max(at, self._loaded) + _LEAST_LAG + int(lot * _MOST_LAG)
            if chance() < self._late:
                recorded_at += int(lot * self._late_by)
            if recorded_at > self._end:  # whatever happened in the window is known at its end
                recorded_at = max(at, self._loaded) + int(lot * (self._end - max(at, self._loaded)))
            event.recorded_at = recorded_at
        return loaded


class DisorderedDelivery:
    """Hands lines on, some twice and some later than their place, as asked.

    Args:
        options: The shares.
        write: Takes a line.
    """

    def __init__(self, options: Options, write: Callable[[bytes], None]) -> None:
        self._chance = chance_of(options.seed, "delivery").random
        self._duplicates = options.duplicates
        self._disorder = options.disorder
        self._write = write
        self._held: list[tuple[int, int, bytes]] = []
        self._count = 0
        self.deliver = self._deliver if self._duplicates or self._disorder else write
        """Takes the next line."""

    def _deliver(self, line: bytes) -> None:
        self._place(line)
        if self._chance() < self._duplicates:
            self._place(line)

    def _place(self, line: bytes) -> None:
        self._count += 1
        if self._chance() < self._disorder:
            heapq.heappush(self._held, (self._count + int(self._chance() * _DISPLACED_BY), self._count, line))
        else:
            self._write(line)
        while self._held and self._held[0][0] <= self._count:
            self._write(heapq.heappop(self._held)[2])

    def finish(self) -> None:
        """Hands on what is still held back."""
        while self._held:
            self._write(heapq.heappop(self._held)[2])
