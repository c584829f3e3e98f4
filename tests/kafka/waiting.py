"""What tests do instead of sleeping: they ask until a condition holds, for so long and no longer."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["free_port", "until", "wait_until"]

T = TypeVar("T")

_BUSY: Final = 5


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Ask again and again until the answer counts as true.

    Args:
        condition: What is asked.
        seconds: How long it takes at most on a machine that does nothing else; a busy one has five times as long.
        what: What is waited for, for the failure.

    Returns:
        The first true answer.
    """
    deadline = time.monotonic() + _BUSY * seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {_BUSY * seconds:g} s: {what}"
        time.sleep(0.02)  # between two questions; nothing depends on its length
    return answer


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Let the other tasks of the event loop run until a condition holds.

    Args:
        condition: What is asked between two turns of the loop.
        seconds: For how long.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0)


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
