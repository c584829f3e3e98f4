"""Progress of workers by their metrics: work is complete when every clock is past the end and all of it is durable."""

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["CLOCKS", "clocks", "have_passed"]

CLOCKS: Final = (
    "docketwatch_clock_timestamp_seconds",
    "docketwatch_officer_clock_timestamp_seconds",
    "docketwatch_loads_timestamp_seconds",
)
"""Officers are judged when both their events and the loads are in."""

_HELD_UP: Final = ("docketwatch_commit_wait_seconds", "docketwatch_officer_partitions_awaited")
"""Work that is not durable yet, and officer partitions that hold up the first judging of another."""


def clocks(metrics: str, name: str) -> list[tuple[str, float]]:
    """Return the partitions whose clock a worker reports, each with its value (s)."""
    lines = re.findall(rf'^{name}\{{partition="(\d+)"\}} (\S+)$', metrics, re.MULTILINE)
    return [(number, float(value)) for number, value in lines]


def have_passed(metrics: Iterable[str], partitions: int, until: int) -> bool:
    """Return whether every partition is at or past an instant.

    Each clock must occur for each partition, once: during a takeover two workers may show the same
    clock, and a plain count would hide that another one is missing. No work may wait: a replaced worker
    that does not know it shows a clock too, until its broker refuses its write. No officer partition may
    wait for another one's first event: it has read everything by then, and has judged nothing.

    Args:
        metrics: The metrics of each worker.
        partitions: The number of partitions.
        until: The instant (ms).
    """
    expected = sorted(str(number) for number in range(partitions))
    texts = list(metrics)
    for name in CLOCKS:
        found = [clock for text in texts for clock in clocks(text, name)]
        if sorted(number for number, _ in found) != expected or min(at for _, at in found) * 1000 < until:
            return False
    pattern = rf"^(?:{'|'.join(_HELD_UP)})\{{.*\}} (\S+)$"
    return not any(float(held_up) for text in texts for held_up in re.findall(pattern, text, re.MULTILINE))
