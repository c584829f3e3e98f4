"""Whether an event loop still turns, asked from another thread without waiting for it."""

import asyncio
from collections.abc import Callable
from time import monotonic

__all__ = ["EventLoopProbe"]


class EventLoopProbe:
    """Asks the loop to say that it lives, and remembers since when it owes the answer.

    Args:
        now: A clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_at: float | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on it is this loop that is asked."""
        self._loop = loop

    def silence(self) -> float:
        """For how long (s) the loop has owed an answer; asks again when it owes none.

        So one call says nothing and two, some time apart, do: a supervisor calls again and again. A loop that is not
        attached yet, or over, owes nothing.
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
