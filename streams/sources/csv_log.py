"""CSV event logs: one row an event, the columns named in the first line; rows of a case need not lie together."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Final, TextIO

import msgspec

from streams.errors import InputError
from streams.files.inputs import open_input
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.local_time import LocalTime, parse_timestamp
from streams.sources.mapping_model import LogMapping
from streams.sources.records import SourceRecord, value_of
from streams.sources.report import ConversionReport

__all__ = ["RowFault", "read_csv"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PROGRESS_ROWS: Final = 0xFFF
_NOTHING: Final[dict[str, str]] = {}


class RowFault(StrEnum):
    """Why a row is left out."""

    COLUMNS = "not as many columns as the first line"
    NO_CASE = "no value for log.case"
    NO_ACTIVITY = "no value for log.activity"
    NO_TIMESTAMP = "no value for log.timestamp"
    BAD_TIMESTAMP = "the value for log.timestamp is no date and time of the years 1900 to 9999"
    OTHER_TRANSITION = "its transition is not among log.transitions"


class _SortedRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A row on its way through the sort; the case comes first, so that the rows of one lie together."""

    case: str
    at: int
    line: int
    activity: str
    transition: str
    values: list[str]


def read_csv(
    path: Path,
    mapping: LogMapping,
    report: ConversionReport,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[list[SourceRecord]]:
    """The records of each case, by time; rows of one time in the order of the file.

    Args:
        path: The file; whether it is gzip is seen from its bytes.
        mapping: Which column is what, the delimiter and the encoding.
        report: Counts what is read and what is not.
        on_progress: Told how many bytes of how many are read.
        chunk_bytes: Memory for gathering the rows of a case.

    Raises:
        InputError: It cannot be read, is not in the encoding, or lacks a column that the mapping names.
    """
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(_SortedRow).decode
    with ExternalSort(chunk_bytes=chunk_bytes) as rows:
        names: list[str] = []
        for row in _CsvReader(path, mapping, report).rows(names, on_progress):
            # any number that is the same for the rows of a case will do: it only brings them together
            rows.add(zlib.crc32(row.case.encode()), encode(row))
        for case, lines in groupby(map(decode, rows.merged()), key=lambda row: row.case):
            own = sorted(lines, key=lambda row: (row.at, row.line))
            yield [
                SourceRecord(
                    case,
                    row.at,
                    row.activity,
                    row.transition,
                    dict(zip(names, row.values, strict=True)),
                    _NOTHING,
                    row.line,
                )
                for row in own
            ]


class _CsvReader:
    """Reads the rows of one file."""

    def __init__(self, path: Path, mapping: LogMapping, report: ConversionReport) -> None:
        self._path, self._mapping, self._report = path, mapping, report
        self._local = LocalTime(mapping.timezone)
        self._transitions = {one.lower() for one in mapping.log.transitions}

    def rows(self, names: list[str], on_progress: Callable[[int, int], None] | None) -> Iterator[_SortedRow]:
        """Every row that can be used.

        Args:
            names: Filled with the columns that are kept, in the order of a row's values.
            on_progress: As for read_csv.
        """
        log = self._mapping.log
        lines = None
        try:
            total = self._path.stat().st_size
            with open_input(self._path) as raw, _text(raw, log.encoding) as text:
                lines = csv.reader(text, delimiter=log.delimiter)
                places = self._header(next(lines, []))
                names.extend(places)
                width = self._width
                for cells in lines:
                    if not cells:
                        continue
                    self._report.rows["rows"] += 1
                    line = lines.line_num
                    row = RowFault.COLUMNS if len(cells) != width else self._row(cells, places, line)
                    if isinstance(row, RowFault):
                        self._report.skip("rows", row, line)
                    else:
                        yield row
                    if on_progress is not None and not line & _PROGRESS_ROWS and raw.seekable():
                        on_progress(raw.tell(), total)
        except UnicodeDecodeError:
            sentence = f"is not in the encoding {log.encoding}: set log.encoding in the mapping"
            raise InputError(str(self._path), None, None, sentence) from None
        except csv.Error as error:
            line = 1 if lines is None else lines.line_num
            raise InputError(str(self._path), line, None, f"is no CSV: {error}") from None
        except (EOFError, gzip.BadGzipFile):
            raise InputError(str(self._path), None, None, "the gzip stream is cut off or damaged") from None
        except OSError as error:
            raise InputError(str(self._path), None, None, f"cannot be read: {error.strerror or error}") from None

    def _header(self, cells: list[str]) -> dict[str, int]:
        """Where the columns are that the mapping names."""
        self._width = len(cells)
        there = {cell.strip(): place for place, cell in reversed(list(enumerate(cells)))}
        wanted = sorted({reference.name for reference in self._mapping.references()})
        for name in wanted:
            if name not in there:
                sentence = "is not among the columns that the first line names, and the mapping needs it"
                raise InputError(str(self._path), 1, name, f"{sentence}; is log.delimiter right?")
        return {name: there[name] for name in wanted}

    def _row(self, cells: list[str], places: dict[str, int], line: int) -> _SortedRow | RowFault:
        own = {name: cells[place] for name, place in places.items()}
        log = self._mapping.log
        case, activity = value_of(log.case, own, _NOTHING), value_of(log.activity, own, _NOTHING)
        timestamp = value_of(log.timestamp, own, _NOTHING)
        transition = "" if log.transition is None else value_of(log.transition, own, _NOTHING) or ""
        if self._transitions and transition.lower() not in self._transitions:
            return RowFault.OTHER_TRANSITION
        if case is None:
            return RowFault.NO_CASE
        if activity is None:
            return RowFault.NO_ACTIVITY
        if timestamp is None:
            return RowFault.NO_TIMESTAMP
        at = parse_timestamp(timestamp, self._local, log.timestamp_format)
        if at is None:
            return RowFault.BAD_TIMESTAMP
        return _SortedRow(case, at, line, activity, transition, list(own.values()))


def _text(raw: io.BufferedReader, encoding: str) -> TextIO:
    is_gzip = raw.peek(2).startswith(_GZIP_MAGIC)
    unpacked = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    return io.TextIOWrapper(unpacked, encoding=encoding, newline="")
