"""Compiled modules beside the same modules without a compiler: `python -m tests.load.bench_compiled`; run by hand.

Both run in one process, in turns. The figures are CPU time, the median of the rounds; the machines are shared, so
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from streams.core.time import _day_steps, plain_day_steps
from streams.kafka.client import _partitioning, plain_partitioning
from streams.kafka.client.limits import MAX_BATCH_BYTES
from streams.kafka.producer import _packing, plain_packing

_ROUNDS: Final = 11
_COUNT: Final = 100_000
_DAY_MS: Final = 86_400_000
_START_MS: Final = 1_767_225_600_000  # 2026
_DAYS: Final = 400


def partition(partition_of: Callable[[bytes, int], int], keys: Sequence[bytes]) -> None:
    """Find the partition of each key."""
    for key in keys:
        partition_of(key, 16)


def pack(packer: Any, keys: Sequence[bytes]) -> None:
    """Pack a record of about 110 bytes of each key."""
    packed = packer(MAX_BATCH_BYTES)
    packed.add((key, b"x" * 90) for key in keys)
    packed.finish()


def step(steps: Any, instants: Sequence[int]) -> None:
    """Add business days to each instant; every day is in the cache after the first time."""
    later = steps(lambda day: (day * _DAY_MS + 18_000_000, 3 * _DAY_MS, 5 * _DAY_MS), lambda ms: ms).later
    for ms in instants:
        later(ms)


def nanoseconds(run: Callable[..., None], what: object, given: Sequence[object]) -> float:
    """Return the CPU time of one call."""
    began = time.process_time()
    run(what, given)
    return (time.process_time() - began) / len(given) * 1e9


def main() -> None:
    """Print the table."""
    chance = random.Random(1)
    keys = [f"case-{chance.randrange(10**7):08d}".encode() for _ in range(_COUNT)]
    instants = [_START_MS + chance.randrange(_DAYS * _DAY_MS) for _ in range(_COUNT)]
    print("| part | compiled, ns | without, ns | ratio |\n|---|---|---|---|")
    for name, run, compiled, plain, given in (
        ("the partition of a key", partition, _partitioning.partition_of, plain_partitioning.partition_of, keys),
        ("pack a record", pack, _packing.Packer, plain_packing.Packer, keys),
        ("add business days", step, _day_steps.BusinessDayCache, plain_day_steps.BusinessDayCache, instants),
    ):
        rounds = [[nanoseconds(run, what, given) for what in (compiled, plain)] for _ in range(_ROUNDS)]
        fast, slow = (statistics.median(each) for each in zip(*rounds, strict=True))
        print(f"| {name} | {fast:.0f} | {slow:.0f} | {slow / fast:.1f} |")


if __name__ == "__main__":
    main()
