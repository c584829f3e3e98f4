"""Where workers stand, as their metrics say: nothing is over before all clocks have come so far, and it is durable."""

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
    """The partitions of which a worker tells a clock, each with where it stands (s)."""
    lines = re.findall(rf'^{name}\{{partition="(\d+)"\}} (\S+)$', metrics, re.MULTILINE)
    return [(number, float(value)) for number, value in lines]


def have_passed(metrics: Iterable[str], partitions: int, until: int) -> bool:
    """Whether every partition stands at an instant or later.

    Each clock is looked for in each partition, once: of workers that are just taking partitions over, two may show one
    clock, and the count would hide that no worker shows another yet. No work may wait: a worker that was replaced
    and does not know it shows a clock too, until its broker refuses what it has worked on. And no officer partition may
    wait for another to say where the log begins: it has read everything by then, and has judged nothing.

    Args:
        metrics: The metrics of each worker.
        partitions: How many there are.
        until: The instant (ms).
    """
    everybody = sorted(str(number) for number in range(partitions))
    texts = list(metrics)
    for name in CLOCKS:
        told = [clock for text in texts for clock in clocks(text, name)]
        if sorted(number for number, _ in told) != everybody or min(at for _, at in told) * 1000 < until:
            return False
    pattern = rf"^(?:{'|'.join(_HELD_UP)})\{{.*\}} (\S+)$"
    return not any(float(held_up) for text in texts for held_up in re.findall(pattern, text, re.MULTILINE))
