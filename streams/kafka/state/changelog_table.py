"""The newest value of every key of a changelog partition, as of its last complete flush.

A flush ends with its marker, a record with an agreed key. Records behind the last marker are of a flush that a crash
interrupted: they are rolled back, because their input is read again and must meet the state of the first time.
"""

from collections.abc import Sequence
from typing import Final

from streams.kafka.batches import Record

__all__ = ["CLAIM", "ChangelogTable"]

CLAIM: Final = "\x00claim:"
"""Prefix of a claim's key: a tombstone of a key that never had a value, no part of the state (see `state.history`)."""


class ChangelogTable:
    """One changelog partition while it is read.

    Keys are text, as their users need them: decoding millions of cases a second time would be slow.

    Args:
        marker_key: Key of the record that ends every flush.
        position: The offset to read first; None is the start of the log.
        initial: The newest value of every key before it, as of a complete flush; the table takes ownership.

    Attributes:
        position: The next offset to read; None is the start of the log.
        records: How many records were read.
        end: The end offset of the partition; None before it is known.
        begin: Its first offset; earlier records were deleted.
        claims: The groups that claimed it, in order.
        initial_marker: The flush marker in `initial`; None where there is none.
    """

    def __init__(self, marker_key: bytes, position: int | None = None, initial: dict[str, bytes] | None = None) -> None:
        self.position = position
        self.records = 0
        self.end: int | None = None
        self.begin = 0
        self.claims: list[str] = []
        self.initial_marker = None if initial is None else initial.get(marker_key.decode())
        self._marker_key = marker_key
        self._newest: dict[str, bytes] = {} if initial is None else initial
        self._before: dict[str, bytes | None] = {}

    @property
    def remaining(self) -> int:
        """How many offsets are still to be read; 0 while unknown."""
        return 0 if self.end is None or self.position is None else max(0, self.end - self.position)

    def read(self, records: Sequence[Record]) -> None:
        """Apply records, oldest first.

        Raises:
            UnicodeDecodeError: A key is not UTF-8.
        """
        if not records:
            return
        newest, before = self._newest, self._before
        complete = self._complete(records)
        if complete:
            before.clear()
        for record in records[:complete]:
            key = record.key
            if key is not None:
                value = record.value
                if value is not None:
                    newest[key.decode()] = value
                else:
                    self._delete(key.decode())
        for record in records[complete:]:
            if record.key is None:
                continue
            name, value = record.key.decode(), record.value
            if value is None and name.startswith(CLAIM):
                self._delete(name)
                continue
            if name not in before:
                before[name] = newest.get(name)
            if value is not None:
                newest[name] = value
            else:
                newest.pop(name, None)
        self.records += len(records)
        self.position = records[-1].offset + 1

    def _delete(self, name: str) -> None:
        if name.startswith(CLAIM):
            self.claims.append(name.removeprefix(CLAIM))
        else:
            self._newest.pop(name, None)

    def _complete(self, records: Sequence[Record]) -> int:
        """How many of them, from the first on, belong to complete flushes."""
        mark = self._marker_key
        for count in range(len(records), 0, -1):
            if records[count - 1].key == mark:
                return count
        return 0

    def rollback_incomplete(self) -> list[tuple[bytes, bytes | None]]:
        """Roll back the records behind the last flush marker.

        Returns:
            Records that repair the changelog accordingly; they end with the marker. Empty without an incomplete flush.
        """
        if not self._before:
            return []
        repair: list[tuple[bytes, bytes | None]] = []
        for name, value in self._before.items():
            if value is None:
                self._newest.pop(name, None)
            else:
                self._newest[name] = value
            repair.append((name.encode(), value))
        self._before.clear()
        repair.append((self._marker_key, self.newest(self._marker_key)))
        return repair

    def newest(self, key: bytes) -> bytes | None:
        """The newest value of a key; None if it was deleted, or never written."""
        return self._newest.get(key.decode())

    def __len__(self) -> int:
        return len(self._newest)

    def drain(self) -> dict[str, bytes]:
        """Hand over the newest value of every key that was not deleted, and keep no second copy of millions."""
        newest, self._newest = self._newest, {}
        return newest
