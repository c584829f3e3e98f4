"""Reads the deadlines ahead: at intervals, and when a user asks."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import msgspec

from streams.errors import DocketwatchError
from streams.web.due_soon.reading import DueSoonReading

__all__ = ["DueSoonReader"]

_log: Final = logging.getLogger(__name__)
_READY_SECONDS: Final = 0.5
_AFTER_A_FAILURE: Final = timedelta(minutes=1)


class DueSoonReader:
    """Reads the deadlines ahead.

    Args:
        command: Runs `docketwatch due --json` over the workers' state.
        is_ready: Whether workers have judged a case; the first reading waits for that, or for a user who asks.
        every: How long after a reading the next one begins, unless a user asks before.
        wall: The wall clock (ms).

    Attributes:
        latest: The last reading; None before the first.
        fault: Why the last attempt failed; None when it did not.
        is_reading: Whether a reading is under way.
    """

    def __init__(
        self,
        command: Callable[[], Awaitable[bytes]],
        is_ready: Callable[[], bool],
        every: timedelta,
        wall: Callable[[], int],
    ) -> None:
        self._command, self._is_ready, self._every, self._wall = command, is_ready, every, wall
        self._asked = asyncio.Event()
        self.latest: DueSoonReading | None = None
        self.fault: str | None = None
        self.is_reading = False

    def ask(self) -> None:
        """Let the next reading begin soon; one that is under way is enough."""
        if not self.is_reading:
            self._asked.set()

    async def run(self) -> None:
        """Read until cancelled."""
        while not self._is_ready() and not self._asked.is_set():
            await asyncio.sleep(_READY_SECONDS)
        while True:
            started = time.monotonic()
            await self._read()
            rest = time.monotonic() - started
            await asyncio.sleep(rest)  # users who ask take half of the time at most
            every = self._every if self.fault is None else min(self._every, _AFTER_A_FAILURE)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, every.total_seconds() - rest)):
                    await self._asked.wait()

    async def _read(self) -> None:
        self._asked.clear()
        self.is_reading = True
        try:
            printed = await self._command()
            self.latest = await asyncio.to_thread(DueSoonReading.of, printed, self._wall())
            self.fault = None
        except (DocketwatchError, msgspec.MsgspecError) as error:  # an error that escaped would end all readings
            _log.warning("the deadlines ahead cannot be read: %s", error)
            self.fault = str(error)
        finally:
            self.is_reading = False
