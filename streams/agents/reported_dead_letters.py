"""Offsets above the committed one whose dead letter is already published, so that a restart does not publish it twice.

A dead letter is published at once. The committed offset stays before the first event that waits for the watermark, so
a restart reads the refused record again. The offsets above the committed one are kept in the changelog, in the same
transaction as the letters, record by record: a record that is refused because too much of its case waits may be another
one the next time, and each needs its letter. With the delivery `ordered`, a crash before the offsets are committed
repeats letters.

Letters are keyed, and `redrive` sends a refused record once however many letters it has. Without this module every
restart while an event waits would still write all letters behind that event again, as often as the worker restarts:
the counter of refused records and its alert would report faults that are not new, and the dead-letter topic would grow
by the restarts of a worker instead of by the faults of a feed.
"""

from bisect import bisect_right
from operator import itemgetter
from typing import Final

import msgspec
from msgspec import Struct

__all__ = ["REPORTED_KEY", "ReportedDeadLetters"]

_REPORTED: Final = "\x00letters"
REPORTED_KEY: Final = _REPORTED.encode()
"""Changelog key of the reported letters; no case id and no key of the officer table begins so."""

_MOST_RUNS: Final = 2_000
"""Runs of a topic that are kept: an event from the far future would let them grow, and they must fit a message."""

_start: Final = itemgetter(0)
_end: Final = itemgetter(1)


class _ReportedLetters(Struct, array_like=True):
    """The letters of one input topic.

    Attributes:
        since: The offset that may be committed: reading never goes on before it.
        runs: Offsets beyond it whose letters are published, as sorted, separate runs: (first, after the last).
    """

    since: int = 0
    runs: list[tuple[int, int]] = []


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[str, _ReportedLetters]).decode


class ReportedDeadLetters:
    """The letters of one partition number."""

    def __init__(self) -> None:
        self._topics: dict[str, _ReportedLetters] = {}
        self._kept: bytes | None = None
        self._is_changed = False

    def restore(self, records: dict[str, bytes]) -> None:
        """Remove and restore the reported offsets from the newest changelog records by key."""
        value = records.pop(_REPORTED, None)
        if value is not None:
            self._kept, self._topics = value, _decode(value)

    def read(self, name: str, offset: int) -> None:
        """Note the first offset of a batch of a topic.

        A batch begins before the committed offset only if an operator reset the group's offsets or recreated the topic.
        Then the reported offsets are discarded, for they would suppress letters of other records. While the committed
        offset is 0 this case cannot be detected; it can suppress the few letters reported by then, once.
        """
        topic = self._topics.get(name)
        if topic is not None and offset < topic.since:
            self._topics[name] = _ReportedLetters(offset)
            self._is_changed = True

    def report(self, name: str, offset: int) -> bool:
        """Note a refused record.

        Returns:
            Whether its letter is to be written; it is out already otherwise.
        """
        runs = self._topics.setdefault(name, _ReportedLetters()).runs
        first = last = bisect_right(runs, offset, key=_start)
        start, end = offset, offset + 1
        if first and runs[first - 1][1] >= offset:
            first -= 1
            start, before = runs[first]
            if before > offset:
                return False
        if last < len(runs) and runs[last][0] == end:
            end = runs[last][1]
            last += 1
        runs[first:last] = [(start, end)]
        del runs[:-_MOST_RUNS]
        self._is_changed = True
        return True

    def forget_before(self, name: str, offset: int) -> None:
        """Forget a topic's offsets before an offset: they will not be read again."""
        topic = self._topics.setdefault(name, _ReportedLetters())
        topic.since = offset
        if topic.runs and topic.runs[0][1] <= offset:
            del topic.runs[: bisect_right(topic.runs, offset, key=_end)]
            self._is_changed = True

    def forget_from(self, name: str, offset: int) -> None:
        """Forget a topic's offsets from an offset on: other records have them now."""
        topic = self._topics.get(name)
        if topic is not None:
            runs = [(start, min(end, offset)) for start, end in topic.runs if start < offset]
            self._topics[name] = _ReportedLetters(min(topic.since, offset), runs)
            self._is_changed = True

    def drain(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog records to write, if anything has changed since the last call."""
        if not self._is_changed:
            return []
        self._is_changed = False
        topics = {name: topic for name, topic in self._topics.items() if topic.runs}
        value = _encode(topics) if topics else None
        if value == self._kept:
            return []
        self._kept = value
        return [(REPORTED_KEY, value)]

    def records(self) -> list[tuple[str, bytes]]:
        """All current changelog records."""
        return [] if self._kept is None else [(_REPORTED, self._kept)]
