"""Records as Kafka writes them in a batch (magic 2), by aiokafka's own builder: what is done without a compiler."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from aiokafka.record.default_records import DefaultRecordBatchBuilder  # type: ignore[import-untyped]  # ships no types

from streams.kafka.work import KeyValue

__all__ = ["pack"]

_NO_HEADERS: Final[list[tuple[str, bytes]]] = []


def pack(records: Sequence[KeyValue], begin: int, most: int) -> tuple[bytearray, int]:
    """As many records as fit, packed behind room for the batch's header.

    Args:
        records: What to pack.
        begin: The place of the first among them.
        most: Bytes under which a batch stays; the first record fits, however large.

    Returns:
        The batch, whose first 61 bytes are yet to be written, and the place of the first record that is not in it.

    Raises:
        TypeError: A key or a value is neither bytes nor None.
    """
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=most
    )
    append, count = builder.append, 0
    for key, value in islice(records, begin, None):
        if append(count, 0, key, value, _NO_HEADERS) is None:
            break
        count += 1
    return builder.build(), begin + count  # with a header, over which the batch's own is written
