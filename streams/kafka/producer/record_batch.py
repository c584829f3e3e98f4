"""A whole batch of records, as aiokafka's producer sends it."""

from struct import Struct
from typing import Final

from aiokafka.record.util import calc_crc32c  # type: ignore[import-untyped]  # ships no type information

__all__ = ["RecordBatch"]

_HEADER: Final = Struct(">qiibIhiqqqhii")
_CRC: Final = Struct(">I")
_AFTER_LENGTH: Final = 12
_CRC_AT: Final = 17
_AFTER_CRC: Final = 21
_NO_EPOCH: Final = -1
_MAGIC: Final = 2
_TRANSACTIONAL: Final = 0x10


class RecordBatch:
    """Replaces aiokafka's BatchBuilder, which adds records one at a time, with a complete batch.

    Args:
        packed: The records behind room for the header, from `packing.Packer`.
        count: How many records.
        at: Timestamp of all of them (ms).
        is_transactional: Whether the producer has a transactional id.
    """

    __slots__ = ("_at", "_attributes", "_buffer", "_count", "_is_built", "_producer")

    def __init__(self, packed: bytearray, count: int, at: int, *, is_transactional: bool) -> None:
        self._buffer, self._count, self._at = packed, count, at
        self._attributes = _TRANSACTIONAL if is_transactional else 0
        self._producer = -1, -1, 0
        self._is_built = False

    def record_count(self) -> int:
        """How many records it has."""
        return self._count

    def size(self) -> int:
        """How many bytes it has."""
        return len(self._buffer)

    def closed(self) -> bool:
        """Always True: nothing may be added."""
        return True

    def close(self) -> None:
        """Nothing: it is closed."""

    def append(self, **_: object) -> None:
        """Return None, which means full: the producer's own sends must not add to it."""

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytearray:
        buffer = self._buffer
        if not self._is_built:  # a retry sends the batch with the same sequence
            length, last = len(buffer) - _AFTER_LENGTH, self._count - 1
            moment = self._at, self._at
            written = (0, length, _NO_EPOCH, _MAGIC, 0, self._attributes, last, *moment, *self._producer, self._count)
            _HEADER.pack_into(buffer, 0, *written)
            _CRC.pack_into(buffer, _CRC_AT, calc_crc32c(memoryview(buffer)[_AFTER_CRC:]))
            self._is_built = True
        return buffer
