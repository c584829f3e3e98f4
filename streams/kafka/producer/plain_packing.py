"""Records as Kafka writes them in a batch (magic 2), by aiokafka's own builder: what is done without a compiler."""

from collections.abc import Iterable
from typing import Final

from aiokafka.record.default_records import DefaultRecordBatchBuilder  # type: ignore[import-untyped]  # ships no types

from streams.kafka.work import KeyValue

__all__ = ["Packer"]

_NO_HEADERS: Final[list[tuple[str, bytes]]] = []


class Packer:
    """Record batches, of which the last takes more. `len` is how many records they have in all.

    Records are packed as they come, while the processor has them at hand: twenty thousand of them later each costs a
    wait for memory, and the garbage collector has looked at them meanwhile.

    Args:
        most: Bytes under which a batch stays; a record that is larger has one of its own.
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
        """Pack records behind those that are there.

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
        self._full.append((self._builder.build(), self._count))  # with a header, over which the batch's own is written
        self._begin()

    def take(self) -> list[tuple[bytearray, int]]:
        """What is packed, batch by batch, and how many records are in each; no more is added after it.

        The first 61 bytes of a batch are yet to be written.
        """
        if self._count:
            self._close()
        return self._full
