"""Packed record batches as a consumer reads them."""

from aiokafka.record.memory_records import MemoryRecords

from streams.kafka.producer.batch_producer import fill_batches
from streams.kafka.producer.packing import Packer
from streams.kafka.work import KeyValue

__all__ = ["unpacked"]


def unpacked(packer: Packer) -> list[KeyValue]:
    """Return all records, parsed by aiokafka."""
    records = MemoryRecords(
        b"".join(bytes(batch._build()) for batch in fill_batches(packer, 0, is_transactional=False))
    )
    found: list[KeyValue] = []
    while records.has_next():
        batch = records.next_batch()
        assert batch.validate_crc()
        found += [(record.key, record.value) for record in batch]
    return found
