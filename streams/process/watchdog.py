"""A hard time limit: a thread that ends the process when a block takes longer than its limit.

A timeout of the event loop is not reliable: it needs a loop that is not blocked, and mode swallows the cancellation
with which the timeout ends a task.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, NoReturn

from streams.process.exits import exit_at_once

__all__ = ["TimeLimit", "Watchdog"]

_CHECK_SECONDS: Final = 0.5
_ASLEEP_SECONDS: Final = 2.0
"""After a longer pause between two checks the whole process was suspended, which is no fault of the broker."""


class TimeLimit:
    """A time limit, from now or from the last `renew`."""

    __slots__ = ("_seconds", "deadline", "sentence")

    def __init__(self, seconds: float, sentence: str) -> None:
        self._seconds, self.sentence = seconds, sentence
        self.renew()

    def renew(self) -> None:
        """Restart the limit after progress; from any thread."""
        self.deadline = monotonic() + self._seconds


class Watchdog:
    """Enforces time limits.

    Args:
        stop: Ends the process; never returns.
    """

    def __init__(self, stop: Callable[[str], NoReturn] = exit_at_once) -> None:
        self._stop = stop
        self._limits: set[TimeLimit] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start checking."""
        self._thread.start()

    def end(self) -> None:
        """Stop checking."""
        self._ended.set()

    @contextmanager
    def limit(self, seconds: float, sentence: str) -> Iterator[TimeLimit]:
        """Limit the time of a block.

        Args:
            seconds: How long it may take without a `renew`.
            sentence: The reason for the log when it takes longer.
        """
        limit = TimeLimit(seconds, sentence)
        with self.enforce(limit):
            yield limit

    @contextmanager
    def enforce(self, limit: TimeLimit) -> Iterator[None]:
        """Enforce an existing limit for a block."""
        limit.renew()
        self._limits.add(limit)
        try:
            yield
        finally:
            self._limits.discard(limit)

    def check(self, now: float, since: float) -> None:
        """End the process if a limit is exceeded.

        Args:
            now: Seconds of the monotonic clock.
            since: When the last check was.
        """
        asleep = now - since - _CHECK_SECONDS
        for limit in list(self._limits):
            if asleep > _ASLEEP_SECONDS:
                limit.deadline += asleep
            if now > limit.deadline:
                self._stop(limit.sentence)

    def _watch(self) -> None:
        checked = monotonic()
        while not self._ended.wait(_CHECK_SECONDS):
            now = monotonic()
            self.check(now, checked)
            checked = now
