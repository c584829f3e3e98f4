"""Waits on conditions instead of sleeps: tests ask until a condition holds or its time is over."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["free_port", "until", "wait_until"]

T = TypeVar("T")

_BUSY: Final = 5


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Ask until the answer is true.

    Args:
        condition: The question.
        seconds: The limit on an idle machine; a busy one has five times as long.
        what: The expected condition, for the failure message.

    Returns:
        The first true answer.
    """
    deadline = time.monotonic() + _BUSY * seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {_BUSY * seconds:g} s: {what}"
        time.sleep(0.02)  # the pause between two questions; nothing depends on its length
    return answer


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Run the other tasks of the event loop until a condition holds.

    Args:
        condition: The question between two turns of the loop.
        seconds: The limit.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0)


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
