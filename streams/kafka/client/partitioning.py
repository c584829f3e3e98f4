"""Computes the partition of a key as Kafka's own clients do; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/kafka/client/_partitioning.pyx`. `streams.kafka.client.plain_partitioning`
does the same in Python and takes fifty times as long (`python -m tests.load.bench_compiled`). One source for both, in
Cython's pure-Python mode, took 1.6 times the time of `_partitioning.pyx` (53 ns against 34 ns a key).
"""

from functools import lru_cache
from typing import TYPE_CHECKING

__all__ = ["partition_of", "partition_of_known"]

if TYPE_CHECKING:
    from streams.kafka.client.plain_partitioning import partition_of
else:
    try:
        from streams.kafka.client._partitioning import partition_of
    except ImportError:
        from streams.kafka.client.plain_partitioning import partition_of


@lru_cache(maxsize=65_536)
def partition_of_known(name: str, partitions: int) -> int:
    """The same, cached, for a name out of a small set that comes often, such as that of an officer."""
    return partition_of(name.encode(), partitions)
