"""The newest value of every key of a changelog partition, as of its last complete flush.

A flush ends with its mark, the record of one agreed key. What follows the last mark was cut off by a crash: it is taken
back, for the input it came from is read again and must meet the state it met the first time.
"""

from collections.abc import Sequence
from typing import Final

from streams.kafka.batches import Record

__all__ = ["CLAIM", "ChangelogTable"]

CLAIM: Final = "\x00claim:"
"""How the key of a claim begins: a tombstone of what never was, no part of the state (see `state.history`)."""


class ChangelogTable:
    """One changelog partition while it is read.

    Keys are held as text, as they are used: what comes out is millions of cases, not to be looked up a second time.

    Args:
        mark: Key of the record with which every flush ends.
        position: The offset to read first; None is the start of the log.
        kept: The newest value of every key before it, as of a complete flush; becomes the image's own.

    Attributes:
        position: The offset to read next; None is the start of the log.
        records: How many records were read.
        end: The offset at which the partition ends, or None before it is known.
        begin: The offset at which it begins; what lay before was deleted.
        claims: The groups that claimed it, the first one first.
        begun_with: The mark in `kept`; None where there is none.
    """

    def __init__(self, mark: bytes, position: int | None = None, kept: dict[str, bytes] | None = None) -> None:
        self.position = position
        self.records = 0
        self.end: int | None = None
        self.begin = 0
        self.claims: list[str] = []
        self.begun_with = None if kept is None else kept.get(mark.decode())
        self._mark = mark
        self._newest: dict[str, bytes] = {} if kept is None else kept
        self._before: dict[str, bytes | None] = {}

    @property
    def remaining(self) -> int:
        """How many offsets are still to be read; 0 while that is not known."""
        return 0 if self.end is None or self.position is None else max(0, self.end - self.position)

    def read(self, records: Sequence[Record]) -> None:
        """Take records, oldest first.

        Raises:
            UnicodeDecodeError: A key is no text.
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
        """How many of them, from the first on, are of flushes that are through."""
        mark = self._mark
        for count in range(len(records), 0, -1):
            if records[count - 1].key == mark:
                return count
        return 0

    def take_back(self) -> list[tuple[bytes, bytes | None]]:
        """Undo what follows the last mark.

        Returns:
            What to write behind it, so that the changelog says so too; it ends with the mark. Empty if nothing was cut.
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
        repair.append((self._mark, self.newest(self._mark)))
        return repair

    def newest(self, key: bytes) -> bytes | None:
        """The newest value of a key; None if it was deleted, or never came."""
        return self._newest.get(key.decode())

    def __len__(self) -> int:
        return len(self._newest)

    def drain(self) -> dict[str, bytes]:
        """Give away the newest value of every key that was not deleted: millions are not to be held twice."""
        newest, self._newest = self._newest, {}
        return newest
