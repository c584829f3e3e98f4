"""Reading one EOIR table: tab-separated, nothing quoted, with the faults of the real files seen and counted.

A row that fits the shapes of its columns is taken by one regular expression; everything else goes the slow way, to
`repair`. What is taken is a compact line (case, tag, values, line number), ready to be sorted by case.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from streams.errors import InputError
from streams.sources.eoir.columns import ALIASES, CASE_ID, SourceTable
from streams.sources.eoir.repair import FaultyRow, Layout, Repair
from streams.sources.report import ConversionReport

__all__ = ["TableNote", "read_table"]

_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PROGRESS_LINES: Final = 0x3FFF


class TableNote(StrEnum):
    """Repairs made while reading, and missing parts."""

    NUL_BYTES = "NUL bytes removed from the row"
    REPAIRED = "extra tabs: the row was shifted back, in the only way that fits its columns"
    OVERFLOW = "more fields than columns, behind the last one that is read: taken as it stands"
    REWRITTEN = "a value in another form (a date, a time, or in quotes): read"
    NO_VALUE = "a value that does not fit its column: left out, the rest of the row is read"
    NO_COLUMN = "a column that is read is not in this release"


def read_table(
    path: Path,
    table: SourceTable,
    report: ConversionReport,
    add: Callable[[int, bytes], None],
    on_read: Callable[[int], None] | None = None,
) -> None:
    """Read every row of a table.

    Args:
        path: The file.
        table: What it is.
        report: Counts rows, faults and repairs.
        add: Called with IDNCASE and the compact line of every row that is taken.
        on_read: Called now and then with the bytes read since the last call.

    Raises:
        InputError: The file cannot be read, or its first line does not name the columns that are needed.
    """
    with _opened(path) as file:
        names, layout, taken = _header(path, file.readline(), table, report)
        reader = _TableReader(table, names, layout, taken, report, add)
        unreported = 0
        number = 1
        for number, line in enumerate(file, 2):
            reader.row(number, line)
            unreported += len(line)
            if on_read is not None and not number & _PROGRESS_LINES:
                on_read(unreported)
                unreported = 0
        report.rows[table.name] += number - 1 - reader.blank
    if on_read is not None:
        on_read(unreported)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from None


class _TableReader:
    """Receives the rows of one file."""

    def __init__(
        self,
        table: SourceTable,
        names: Sequence[str],
        layout: Layout,
        taken: Sequence[int],
        report: ConversionReport,
        add: Callable[[int, bytes], None],
    ) -> None:
        self.blank = 0
        self._table, self._names, self._layout = table, names, layout
        self._report, self._add = report, add
        self._fits = re.compile(b"\t".join(layout.shape_or_any(place) for place in range(layout.width))).fullmatch
        in_file = sorted(place for place in taken if place >= 0)
        # the group of each taken column, the values being captured in the order of the file; one more for the missing
        self._groups = [in_file.index(place) if place >= 0 else len(in_file) for place in taken]
        self._pick = itemgetter(*self._groups)
        self._places = taken

    def row(self, number: int, line: bytes) -> None:
        if b"\0" in line:
            line = line.replace(b"\0", b"")
            self._report.note(self._table.name, TableNote.NUL_BYTES, number)
        body = line.rstrip(b"\r\n")
        fitting = self._fits(body)
        if fitting is not None:
            values = self._pick((*fitting.groups(b""), b""))
        else:
            if not body.strip():
                self.blank += 1
                return
            mended = self._mended(number, body, is_whole=line.endswith(b"\n"))
            if mended is None:
                return
            values = tuple(mended[place] if place >= 0 else b"" for place in self._places)
        case = int(values[0])
        self._add(case, b"%d\t%b\t%b\t%d" % (case, self._table.tag, b"\t".join(values[1:]).upper(), number))

    def _mended(self, number: int, body: bytes, *, is_whole: bool) -> Sequence[bytes] | None:
        mend = self._layout.mend(body.split(b"\t"), is_whole=is_whole)
        name = self._table.name
        if isinstance(mend, FaultyRow):
            self._report.skip(name, self._with_columns(mend.fault, mend.columns), number)
            return None
        if mend.how is Repair.SHIFTED:
            self._report.note(name, TableNote.REPAIRED, number)
        elif mend.how is Repair.OVERFLOW:
            self._report.note(name, TableNote.OVERFLOW, number)
        elif mend.how in (Repair.REWRITTEN, Repair.WITHOUT_MISFITS):
            note = TableNote.REWRITTEN if mend.how is Repair.REWRITTEN else TableNote.NO_VALUE
            for place in mend.columns:
                self._report.note(name, f"{note}: {self._names[place]}", number)
        return mend.values

    def _with_columns(self, fault: str, places: Sequence[int]) -> str:
        """A fault, with the first of the columns that show it."""
        if not places:
            return fault
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        return f"{fault}: {self._names[places[0]]}{more}"


def _header(
    path: Path, line: bytes, table: SourceTable, report: ConversionReport
) -> tuple[Sequence[str], Layout, Sequence[int]]:
    """The columns, their layout, and where each taken one is (IDNCASE first; -1 for one that is not there)."""
    if b"\r" in line.rstrip(b"\r\n"):
        raise InputError(
            str(path), 1, None, "has lines that end with CR alone, as on the classic Mac: convert them to end with LF"
        )
    for mark in _BYTE_ORDER_MARKS:
        line = line.removeprefix(mark)
    names = [_name(field) for field in line.replace(b"\0", b"").rstrip(b"\r\n").split(b"\t")]
    place_of = {name: place for place, name in reversed(list(enumerate(names)))}
    wanted = (CASE_ID, *table.columns)
    for column in wanted:
        if column.required and column.name not in place_of:
            raise InputError(
                str(path), 1, column.name, "is not among the columns: the first line must name them, tabs between them"
            )
        if column.name not in place_of:
            report.note(table.name, f"{TableNote.NO_COLUMN}: {column.name}")
    taken = {place_of[column.name]: column.shape for column in wanted if column.name in place_of}
    witnesses = {place_of[name]: shape for name, shape in table.witnesses.items() if name in place_of}
    return names, Layout(len(names), taken, witnesses), [place_of.get(column.name, -1) for column in wanted]


def _name(field: bytes) -> str:
    name = field.decode("ascii", errors="replace").strip().strip('"').upper()
    return ALIASES.get(name, name)
