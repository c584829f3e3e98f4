"""Records of an event log, whatever file they come from, and those of each case brought together."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType
from typing import Final, Self

import msgspec

from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.mapping_fields import Reference

__all__ = ["RecordsByCase", "SourceRecord", "value_of"]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One event of a log: an action in a case.

    Attributes:
        case: Whose, as the source calls it.
        at: When, in UTC milliseconds.
        again: When the clock on the wall shows the same time once more; `at` but for the night it is put back.
        activity: What was done.
        transition: Lifecycle transition, or "".
        own: Attributes of the record itself.
        trace: Attributes of its trace; none where there are no traces.
        line: Where it is in the file, if that means anything.
        is_change: Whether it says what became of one field; its activity is the name of that field.
    """

    case: str
    at: int
    again: int
    activity: str
    transition: str
    own: Mapping[str, str]
    trace: Mapping[str, str]
    line: int | None
    is_change: bool = False

    def value(self, reference: Reference) -> str | None:
        """The value of an attribute, without the blanks around it; None when there is none."""
        return value_of(reference, self.own, self.trace)


def value_of(reference: Reference, own: Mapping[str, str], trace: Mapping[str, str]) -> str | None:
    """The value that a reference names, without the blanks around it; None when there is none."""
    text = None if reference.scope == "trace" else own.get(reference.name)
    if text is None and reference.scope != "event":
        text = trace.get(reference.name)
    return text.strip() or None if text is not None else None


class _SortedRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A record on its way through the sort; the case comes first, so that the records of one lie together."""

    case: str
    part: int
    place: int
    at: int
    again: int
    activity: str
    transition: str
    own: dict[str, str]
    trace: dict[str, str]
    line: int | None
    is_change: bool


_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(_SortedRecord).decode


class RecordsByCase:
    """Brings the records of each case together, wherever they stand in the log; on disk, by an external sort.

    Use it as a context manager, as ExternalSort.

    Args:
        chunk_bytes: How many bytes of records are held in memory.
    """

    def __init__(self, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._sort = ExternalSort(chunk_bytes=chunk_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sort.close()

    def add(self, record: SourceRecord, part: int) -> None:
        """Add the next record.

        Args:
            record: The record.
            part: Number of the file or the trace that it is of.
        """
        row = _SortedRecord(
            record.case,
            part,
            len(self._sort),
            record.at,
            record.again,
            record.activity,
            record.transition,
            dict(record.own),
            dict(record.trace),
            record.line,
            record.is_change,
        )
        # any number that is the same for the records of a case will do: it only brings them together
        self._sort.add(zlib.crc32(record.case.encode()), _ENCODE(row))

    def cases(self) -> Iterator[list[list[SourceRecord]]]:
        """For each case its parts, each with its records, in the order in which they were added."""
        for _, rows in groupby(map(_DECODE, self._sort.merged()), key=lambda row: row.case):
            parts = groupby(sorted(rows, key=lambda row: row.place), key=lambda row: row.part)
            yield [[_record(row) for row in own] for _, own in parts]


def _record(row: _SortedRecord) -> SourceRecord:
    return SourceRecord(
        row.case,
        row.at,
        row.again,
        row.activity,
        row.transition,
        row.own,
        row.trace,
        row.line,
        row.is_change,
    )
