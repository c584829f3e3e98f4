"""What tests do instead of sleeping: they ask until a condition holds, for so long and no longer."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["free_port", "wait_until"]

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Ask again and again until the answer counts as true.

    Args:
        condition: What is asked.
        seconds: For how long.
        what: What is waited for, for the failure.

    Returns:
        The first true answer.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)  # between two questions; nothing depends on its length
    return answer


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
