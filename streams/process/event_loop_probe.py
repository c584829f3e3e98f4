"""Measures from another thread whether an event loop is blocked, without waiting for it."""

import asyncio
from collections.abc import Callable
from time import monotonic

__all__ = ["EventLoopProbe"]


class EventLoopProbe:
    """Schedules a callback in the loop, and measures for how long it has not run.

    Args:
        now: A clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_at: float | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Probe this loop from now on."""
        self._loop = loop

    def lag(self) -> float:
        """How long (s) the scheduled callback has waited; schedules the next one when none waits.

        So one call shows nothing and two calls, some time apart, do: a supervisor calls repeatedly. Without an attached
        loop, or with a closed one, it is 0.
        """
        asked_at, loop = self._asked_at, self._loop
        if asked_at is not None:
            return self._now() - asked_at
        if loop is not None and not loop.is_closed():
            self._asked_at = self._now()
            loop.call_soon_threadsafe(self._answer)
        return 0.0

    def _answer(self) -> None:
        self._asked_at = None
