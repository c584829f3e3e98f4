"""Packs records into Kafka's batch format; in C where the installation compiled it, with the same bytes.

`deploy/wheel/compile.py` compiles `streams/kafka/producer/_packing.pyx`. aiokafka's builder is C too, but has a call
per record, which takes several times as long (`python -m tests.load.bench_compiled`). One source for both, in Cython's
pure-Python mode, took 5.2 times the time of `_packing.pyx` (406 ns against 78 ns a record): without C's pointers it
writes every part of a record through a slice.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from streams.kafka.client.limits import MAX_BATCH_BYTES
from streams.kafka.work import KeyValue

__all__ = ["Packer", "packed"]

if TYPE_CHECKING:
    from streams.kafka.producer.plain_packing import Packer
else:
    try:
        from streams.kafka.producer._packing import Packer
    except ImportError:
        from streams.kafka.producer.plain_packing import Packer


def packed(records: Iterable[KeyValue]) -> Packer:
    """Pack records."""
    packer = Packer(MAX_BATCH_BYTES)
    packer.add(records)
    return packer
