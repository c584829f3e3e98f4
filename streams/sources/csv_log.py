"""CSV event logs: one row an event, the columns named in the first line; rows of a case need not lie together."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, TextIO

import msgspec

from streams.errors import InputError
from streams.files.inputs import open_input
from streams.sources.case_order import in_order
from streams.sources.csv_rows import CsvRows, column_places
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.mapping_model import LogMapping
from streams.sources.record_reader import RecordReader
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport

__all__ = ["read_csv"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PROGRESS_ROWS: Final = 0xFFF
_NOTHING: Final[dict[str, str]] = {}


class _SortedRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A row on its way through the sort; the case comes first, so that the rows of one lie together."""

    case: str
    line: int
    at: int
    again: int
    activity: str
    transition: str
    values: dict[str, str]


def read_csv(
    path: Path,
    mapping: LogMapping,
    report: ConversionReport,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    *,
    present: int | None = None,
) -> Iterator[list[SourceRecord]]:
    """The records of each case, by time; rows of one time in the order of the file.

    Args:
        path: The file; whether it is gzip is seen from its bytes.
        mapping: Which column is what, the delimiter and the encoding.
        report: Counts what is read and what is not.
        on_progress: Told how many bytes of how many are read.
        chunk_bytes: Memory for gathering the rows of a case.
        present: UTC milliseconds after which no row is dated; None where nobody asks.

    Raises:
        InputError: It cannot be read, is not in the encoding, or lacks a column that the mapping names.
        DayFirstError: Its dates are written day first.
    """
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(_SortedRow).decode
    with ExternalSort(chunk_bytes=chunk_bytes) as rows:
        for row in _CsvReader(path, mapping, report, present).rows(on_progress):
            # any number that is the same for the rows of a case will do: it only brings them together
            rows.add(zlib.crc32(row.case.encode()), encode(row))
        for case, lines in groupby(map(decode, rows.merged()), key=lambda row: row.case):
            own = sorted(lines, key=lambda row: row.line)
            records = [
                SourceRecord(case, row.at, row.again, row.activity, row.transition, row.values, _NOTHING, row.line)
                for row in own
            ]
            yield in_order(records, report)


class _CsvReader:
    """Reads the rows of one file."""

    def __init__(self, path: Path, mapping: LogMapping, report: ConversionReport, present: int | None) -> None:
        self._path, self._mapping, self._report = path, mapping, report
        self._reader = RecordReader(mapping, present)

    def rows(self, on_progress: Callable[[int, int], None] | None) -> Iterator[_SortedRow]:
        """Every row that can be used.

        Args:
            on_progress: As for read_csv.
        """
        log = self._mapping.log
        try:
            total = self._path.stat().st_size
            with open_input(self._path) as raw, _text(raw, log.encoding) as text:
                lines = CsvRows(str(self._path), text, log, self._report)
                wanted = sorted({reference.name for reference in self._mapping.references()})
                places = column_places(str(self._path), lines.header, wanted)
                for line, cells in lines.rows():
                    row = self._row({name: cells[place] for name, place in places.items()}, line)
                    if row is not None:
                        yield row
                    if on_progress is not None and not line & _PROGRESS_ROWS and raw.seekable():
                        on_progress(raw.tell(), total)
        except UnicodeDecodeError:
            sentence = f"is not in the encoding {log.encoding}: set log.encoding in the mapping"
            raise InputError(str(self._path), None, None, sentence) from None
        except (EOFError, gzip.BadGzipFile):
            raise InputError(str(self._path), None, None, "the gzip stream is cut off or damaged") from None
        except OSError as error:
            raise InputError(str(self._path), None, None, f"cannot be read: {error.strerror or error}") from None

    def _row(self, cells: dict[str, str], line: int) -> _SortedRow | None:
        own = self._reader.values(cells)
        record = self._reader.record(own, _NOTHING, line)
        if isinstance(record, str):
            self._report.skip("rows", record, line)
            return None
        return _SortedRow(record.case, line, record.at, record.again, record.activity, record.transition, own)


def _text(raw: io.BufferedReader, encoding: str) -> TextIO:
    is_gzip = raw.peek(2).startswith(_GZIP_MAGIC)
    unpacked = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    return io.TextIOWrapper(unpacked, encoding=encoding, newline="")
