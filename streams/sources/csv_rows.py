"""The rows of a CSV file, each as wide as the first line, with the faults of exports mended or named."""

import csv
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TextIO

from streams.errors import InputError
from streams.sources.mapping_model import Source
from streams.sources.report import ConversionReport

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["CsvRows", "RowFault", "RowNote", "column_places"]

_LARGEST_FIELD: Final = 1 << 30
"""Characters; a quote that is never closed makes one field of the rest of the file."""


class RowFault(StrEnum):
    """Why a row is left out."""

    COLUMNS = "more values than the first line has columns"


class RowNote(StrEnum):
    """A repair of a row."""

    PADDED = "fewer values than the first line has columns: the missing ones at its end are taken for empty"
    EMPTY_END = "empty values behind the last column: left out"


class CsvRows:
    """Reads rows, and knows the line of each.

    Args:
        file: What to call the file in an error.
        text: The file, with its line ends as they are.
        log: Delimiter and quote character.
        report: Counts rows, mended and left out.
        table: What to call the rows in the report.
    """

    def __init__(self, file: str, text: TextIO, log: Source, report: ConversionReport, table: str = "rows") -> None:
        self._file, self._text, self._log, self._report, self._table = file, text, log, report, table
        self._physical: list[str] = []
        self._is_over = False
        csv.field_size_limit(_LARGEST_FIELD)
        self._lines = self._reader(self._remembered())
        self.header: Sequence[str] = self._next(1) or []
        self._check_quotes(1)

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The number of the line on which a row ends, and its values, as many as there are columns.

        Raises:
            InputError: A quote is not closed, or the text is no CSV.
        """
        width = len(self.header)
        self._physical.clear()
        begins = self._lines.line_num + 1
        while (cells := self._next(begins)) is not None:
            line = self._lines.line_num
            if line > begins or self._is_over:
                self._check_quotes(begins)
            self._physical.clear()
            begins = line + 1
            if not cells:
                continue
            self._report.rows[self._table] += 1
            if len(cells) != width:
                fitted = self._fitted(cells, width, line)
                if fitted is None:
                    continue
                cells = fitted
            yield line, cells

    def _next(self, begins: int) -> list[str] | None:
        try:
            return next(self._lines, None)
        except csv.Error as error:
            raise InputError(self._file, begins, None, f"is no CSV: {error}") from None

    def _fitted(self, cells: list[str], width: int, line: int) -> list[str] | None:
        if len(cells) < width:
            self._report.note(self._table, RowNote.PADDED, line)
            return cells + [""] * (width - len(cells))
        if any(cell.strip() for cell in cells[width:]):
            self._report.skip(self._table, RowFault.COLUMNS, line)
            return None
        self._report.note(self._table, RowNote.EMPTY_END, line)
        return cells[:width]

    def _check_quotes(self, begins: int) -> None:
        """Refuse a row of several lines whose quotes do not close where its field ends.

        Stock: the reader takes everything up to the next quote, or to the end of the file, for one field.
        """
        try:
            for _ in self._reader(iter(self._physical), strict=True):
                pass
        except csv.Error:
            lines = len(self._physical)
            raise InputError(
                self._file,
                begins,
                None,
                f"a quote opens here that is not closed where its value ends; it would take {lines:,} lines for one "
                'row. Close it, or set log.quote = "" in the mapping if quotes mean nothing in this file',
            ) from None

    def _remembered(self) -> Iterator[str]:
        for line in self._text:
            self._physical.append(line)
            yield line
        self._is_over = True  # the reader asks for another line only when a quote is open, or for the next row

    def _reader(self, lines: Iterator[str], *, strict: bool = False) -> "Reader":
        if not self._log.quote:
            return csv.reader(lines, delimiter=self._log.delimiter, quoting=csv.QUOTE_NONE, strict=strict)
        return csv.reader(lines, delimiter=self._log.delimiter, quotechar=self._log.quote, strict=strict)


def column_places(
    file: str, header: Sequence[str], wanted: Collection[str], required: Collection[str]
) -> dict[str, int]:
    """The position of each wanted column that exists.

    Raises:
        InputError: One that is required is not there, or a wanted one stands there twice.
    """
    names = [cell.strip() for cell in header]
    for name in sorted(wanted):
        if name not in names and name in required:
            near = get_close_matches(name, names, n=1)
            hint = f"the nearest is {near[0]!r}" if near else "is log.delimiter right?"
            sentence = "is not among the columns that the first line names, and the mapping needs it"
            raise InputError(file, 1, name, f"{sentence}; {hint}")
        if names.count(name) > 1:
            places = " and ".join(str(place) for place, one in enumerate(names, 1) if one == name)
            raise InputError(
                file,
                1,
                name,
                f"is the name of the columns {places}: name one of them otherwise, for the mapping reads it",
            )
    return {name: names.index(name) for name in sorted(wanted) if name in names}
