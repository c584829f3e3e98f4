"""CSV event logs: one row an event, the columns named in the first line; rows of a case need not lie together.

Several files are read as one log. One that has the column `changes.field` of the mapping holds changes of fields.
"""

import gzip
import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from streams.errors import InputError
from streams.files.inputs import open_input
from streams.sources.case_order import in_order
from streams.sources.csv_rows import CsvRows, column_places
from streams.sources.external_sort import CHUNK_BYTES
from streams.sources.field_changes import with_values_of_their_time
from streams.sources.mapping_model import Changes, LogMapping
from streams.sources.record_reader import RecordReader
from streams.sources.records import RecordsByCase, SourceRecord
from streams.sources.report import ConversionReport
from streams.sources.times.timestamps import DayFirstError

__all__ = ["read_csv"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PROGRESS_ROWS: Final = 0xFFF
_NOTHING: Final[dict[str, str]] = {}


def read_csv(
    paths: Sequence[Path],
    mapping: LogMapping,
    report: ConversionReport,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    *,
    present: int | None = None,
) -> Iterator[list[SourceRecord]]:
    """The records of each case, by time; rows of one time in the order of their file, those of the first file first.

    Args:
        paths: The files; whether one is gzip is seen from its bytes.
        mapping: Which column is what, the delimiter and the encoding.
        report: Counts what is read and what is not.
        on_progress: Called with the bytes read so far and their total.
        chunk_bytes: Memory for gathering the rows of a case.
        present: UTC milliseconds after which no row is dated; None to skip the check.

    Raises:
        InputError: One cannot be read, is not in the encoding, lacks a column that the mapping names, or has its dates
            written day first.
    """
    with RecordsByCase(chunk_bytes) as rows:
        for number, path in enumerate(paths):
            table = "rows" if len(paths) == 1 else f"rows of file {number + 1}"
            for record in _CsvReader(path, mapping, report, table, present).records(on_progress):
                rows.add(record, number)
        for by_file in rows.cases():
            ordered = [in_order([own], report) for own in by_file]
            records = list(heapq.merge(*ordered, key=lambda record: record.at))
            yield list(with_values_of_their_time(records, mapping))


class _CsvReader:
    """Reads the rows of one file."""

    def __init__(
        self, path: Path, mapping: LogMapping, report: ConversionReport, table: str, present: int | None
    ) -> None:
        self._path, self._mapping = path, mapping
        self._report, self._table = report, table
        self._changes: Changes | None = None
        self._reader = RecordReader(mapping, present)

    def records(self, on_progress: Callable[[int, int], None] | None) -> Iterator[SourceRecord]:
        """The record of every row that can be used.

        Args:
            on_progress: As for read_csv.
        """
        log = self._mapping.log
        try:
            total = self._path.stat().st_size
            with open_input(self._path) as raw, _text(raw, log.encoding) as text:
                lines = CsvRows(str(self._path), text, log, self._report, self._table)
                places = self._places(lines.header)
                for line, cells in lines.rows():
                    record = self._record({name: cells[place] for name, place in places.items()}, line)
                    if record is not None:
                        yield record
                    if on_progress is not None and not line & _PROGRESS_ROWS and raw.seekable():
                        on_progress(raw.tell(), total)
        except DayFirstError as error:
            raise InputError(str(self._path), error.line, error.key, str(error)) from None
        except UnicodeDecodeError:
            sentence = f"is not in the encoding {log.encoding}: set log.encoding in the mapping"
            raise InputError(str(self._path), None, None, sentence) from None
        except (EOFError, gzip.BadGzipFile):
            raise InputError(str(self._path), None, None, "the gzip stream is cut off or damaged") from None
        except OSError as error:
            raise InputError(str(self._path), None, None, f"cannot be read: {error.strerror or error}") from None

    def _places(self, header: Sequence[str]) -> dict[str, int]:
        names = [cell.strip() for cell in header]
        if self._mapping.changes is not None and self._mapping.changes.field.name in names:
            self._changes = self._mapping.changes
        wanted = {reference.name for reference in self._mapping.references()}
        return column_places(str(self._path), header, wanted, self._mapping.required_columns(names))

    def _record(self, cells: dict[str, str], line: int) -> SourceRecord | None:
        own = self._reader.values(cells)
        if self._changes is None:
            record = self._reader.record(own, _NOTHING, line)
        else:
            record = self._reader.change(own, self._changes, line)
        if isinstance(record, str):
            self._report.skip(self._table, record, line)
            return None
        return record


def _text(raw: io.BufferedReader, encoding: str) -> TextIO:
    is_gzip = raw.peek(2).startswith(_GZIP_MAGIC)
    unpacked = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    return io.TextIOWrapper(unpacked, encoding=encoding, newline="")
