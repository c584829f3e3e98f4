"""The wall clock and spans of time, in milliseconds."""

from datetime import timedelta
from time import time

__all__ = ["in_ms", "wall_ms"]


def wall_ms() -> int:
    """The wall clock, UTC milliseconds."""
    return int(time() * 1000)


def in_ms(span: timedelta) -> int:
    """A span of time in milliseconds."""
    return span // timedelta(milliseconds=1)
