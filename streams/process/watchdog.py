"""The hard limit on waiting: a thread that ends the process when something takes longer than it may.

A time limit of the event loop is no limit: it needs the loop to have its turn, and mode swallows the cancellation with
which it ends what it limits.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, NoReturn

from streams.process.exits import exit_at_once

__all__ = ["TimeLimit", "Watchdog"]

_LOOK_SECONDS: Final = 0.5
_ASLEEP_SECONDS: Final = 2.0
"""Between two looks: more than that, and the whole process was stopped, which says nothing of the broker."""


class TimeLimit:
    """Something that may take so long, from now or from the last `renew`."""

    __slots__ = ("_seconds", "deadline", "sentence")

    def __init__(self, seconds: float, sentence: str) -> None:
        self._seconds, self.sentence = seconds, sentence
        self.renew()

    def renew(self) -> None:
        """Say that there was progress; from any thread."""
        self.deadline = monotonic() + self._seconds


class Watchdog:
    """Keeps limits.

    Args:
        stop: Ends the process; never returns.
    """

    def __init__(self, stop: Callable[[str], NoReturn] = exit_at_once) -> None:
        self._stop = stop
        self._limits: set[TimeLimit] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    @contextmanager
    def limit(self, seconds: float, sentence: str) -> Iterator[TimeLimit]:
        """Limit what is done in the block.

        Args:
            seconds: How long it may take without a `renew`.
            sentence: What to say when it took longer.
        """
        limit = TimeLimit(seconds, sentence)
        with self.keep(limit):
            yield limit

    @contextmanager
    def keep(self, limit: TimeLimit) -> Iterator[None]:
        """Keep a limit that was made before, from now on and while the block lasts."""
        limit.renew()
        self._limits.add(limit)
        try:
            yield
        finally:
            self._limits.discard(limit)

    def look(self, now: float, since: float) -> None:
        """End the process if a limit is passed.

        Args:
            now: Seconds of the monotonic clock.
            since: When the last look was.
        """
        asleep = now - since - _LOOK_SECONDS
        for limit in list(self._limits):
            if asleep > _ASLEEP_SECONDS:
                limit.deadline += asleep
            if now > limit.deadline:
                self._stop(limit.sentence)

    def _watch(self) -> None:
        looked = monotonic()
        while not self._ended.wait(_LOOK_SECONDS):
            now = monotonic()
            self.look(now, looked)
            looked = now
