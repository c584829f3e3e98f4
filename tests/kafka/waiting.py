"""Waits on conditions instead of sleeps: tests ask until a condition holds, with one limit for all of them."""

import asyncio
import socket
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Final, TypeVar

__all__ = ["LIMIT", "free_port", "until", "wait_until"]

T = TypeVar("T")

LIMIT: Final = 600.0
"""The longest that a test waits for anything (s), below pytest's own limit for a test.

It is no expectation: machines are shared, and a wait ends when its condition holds.
"""

_PORTS: Final = range(10_000, 32_768)
_RANDOM: Final = SystemRandom()  # the tests' own begins with one seed in every process of a run
_returned_ports: set[int] = set()


def wait_until(condition: Callable[[], T], what: str, *, limit: float = LIMIT) -> T:
    """Ask until the answer is true.

    Args:
        condition: The question.
        what: The expected condition, for the failure message.
        limit: A longer limit (s).

    Returns:
        The first true answer.
    """
    deadline = time.monotonic() + limit
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {limit:g} s: {what}"
        time.sleep(0.02)  # the pause between two questions; nothing depends on its length
    return answer


async def until(condition: Callable[[], object]) -> None:
    """Run the other tasks of the event loop until a condition holds.

    Args:
        condition: The question between two turns of the loop.
    """
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0)


def free_port() -> int:
    """Return a free port of 127.0.0.1 that this process has not returned before.

    It lies below the ports that Linux gives to outgoing connections: one of them could take it before its server does.
    """
    while True:
        port = _RANDOM.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _returned_ports:
            _returned_ports.add(port)
            return port
