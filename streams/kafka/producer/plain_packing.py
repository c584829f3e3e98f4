"""Packs records into Kafka's batch format (magic 2) with aiokafka's builder, where no compiler is installed."""

from collections.abc import Iterable
from typing import Final

from aiokafka.record.default_records import DefaultRecordBatchBuilder  # type: ignore[import-untyped]  # ships no types

from streams.kafka.work import KeyValue

__all__ = ["Packer"]

_NO_HEADERS: Final[list[tuple[str, bytes]]] = []


class Packer:
    """Packs records into batches. `len` is the number of records in all.

    It packs records as they come, while they are in the CPU cache: packing twenty thousand of them later costs a cache
    miss each, and the garbage collector has traversed them meanwhile.

    Args:
        most: Most bytes of a batch; a larger record has a batch of its own.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._full: list[tuple[bytearray, int]] = []
        self._total = 0
        self._begin()

    def _begin(self) -> None:
        self._count = 0
        self._builder = DefaultRecordBatchBuilder(
            2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=self._most
        )

    def __len__(self) -> int:
        return self._total

    def add(self, records: Iterable[KeyValue]) -> None:
        """Pack more records.

        Raises:
            TypeError: A key or a value is neither bytes nor None.
        """
        for key, value in records:
            if self._builder.append(self._count, 0, key, value, _NO_HEADERS) is None:
                self._close()
                self._builder.append(0, 0, key, value, _NO_HEADERS)
            self._count += 1
            self._total += 1

    def _close(self) -> None:
        self._full.append((self._builder.build(), self._count))  # `RecordBatch` overwrites the header
        self._begin()

    def finish(self) -> list[tuple[bytearray, int]]:
        """The batches, each with its number of records; nothing may be added afterwards.

        The first 61 bytes of each are room for the header.
        """
        if self._count:
            self._close()
        return self._full
