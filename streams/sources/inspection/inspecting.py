"""Reads an export without a mapping and says what is in it."""

import gzip
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from streams.errors import InputError
from streams.extras import require
from streams.files.inputs import open_input
from streams.sources.csv_rows import CsvRows
from streams.sources.inspection.attributes import AttributeSummary
from streams.sources.mapping_model import Source
from streams.sources.report import ConversionReport

__all__ = ["Inspection", "inspect_csv", "inspect_xes", "is_xes", "summary"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_FIRST_BYTES: Final = 64 << 10


@dataclass(slots=True)
class Inspection:
    """What an export holds.

    Attributes:
        records: Rows, or events.
        attributes: Columns, or attributes of events and traces (`trace:NAME`).
        delimiter: Of a CSV file; None for XES.
        twice: Columns whose name stands twice, with the number of times.
        repeated: Records that say nothing but what one before them says.
        report: What could not be read, and what was mended.
    """

    records: int = 0
    attributes: dict[str, AttributeSummary] = field(default_factory=dict)
    delimiter: str | None = None
    twice: Mapping[str, int] = field(default_factory=dict)
    repeated: int = 0
    report: ConversionReport = field(default_factory=lambda: ConversionReport("inspected", "none"))
    _seen: set[int] = field(default_factory=set)

    def name_columns(self, columns: Sequence[str]) -> None:
        """Take the header of a CSV file, before any record: a column without a value is an attribute, too."""
        self.twice = {name: number for name, number in Counter(columns).items() if number > 1}
        self.attributes = {name: AttributeSummary(name) for name in columns}

    def add(self, values: Iterable[tuple[str, str]]) -> None:
        """Count the values of a record."""
        self.records += 1
        values = tuple(values)
        self.repeated += hash(values) in self._seen
        self._seen.add(hash(values))
        for name, value in values:
            self.attributes.setdefault(name, AttributeSummary(name)).add(value)


def is_xes(path: Path) -> bool:
    """Whether a file is XML rather than CSV.

    Raises:
        InputError: It cannot be read.
    """
    return _beginning(path).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def inspect_csv(path: Path, delimiter: str | None = None, encoding: str = "utf-8-sig") -> Inspection:
    """What a CSV file holds.

    Args:
        path: The file; whether it is gzip is seen from its bytes.
        delimiter: What stands between values; None to see it from the first line.
        encoding: As Python names it.

    Raises:
        InputError: It cannot be read, is not in the encoding, or a quote is not closed.
    """
    first = _beginning(path).decode(encoding, errors="replace").partition("\n")[0]
    found = Inspection(delimiter=delimiter or max(_DELIMITERS, key=first.count))
    names = {"case": "-", "activity": "-", "timestamp": "-"}
    log = Source.model_validate({**names, "delimiter": found.delimiter, "encoding": encoding})
    try:
        with open_input(path) as raw:
            unpacked = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(_GZIP_MAGIC) else raw
            with TextIOWrapper(unpacked, encoding=encoding, newline="") as text:
                rows = CsvRows(str(path), text, log, found.report)
                columns = [cell.strip() for cell in rows.header]
                found.name_columns(columns)
                for _, cells in rows.rows():
                    found.add(zip(columns, cells, strict=True))
    except UnicodeDecodeError:
        raise InputError(str(path), None, None, f"is not in the encoding {encoding}: name it with --encoding") from None
    except (EOFError, gzip.BadGzipFile):
        raise InputError(str(path), None, None, "the gzip stream is cut off or damaged") from None
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from None
    return found


def inspect_xes(path: Path) -> Inspection:
    """What an XES log holds: the attributes of its events, and as `trace:NAME` those of its traces.

    Raises:
        InputError: It cannot be read, or is no XES.
        MissingExtraError: The parser is not installed.
    """
    require("sources", "an XES log")
    from streams.sources.xes import read_attributes  # late: its parser is of that extra

    found = Inspection()
    for own, trace in read_attributes(path, found.report):
        found.add([*own.items(), *((f"trace:{name}", value) for name, value in trace.items())])
    return found


def _beginning(path: Path) -> bytes:
    try:
        with open_input(path) as raw:
            is_gzip = raw.peek(2).startswith(_GZIP_MAGIC)
            return (gzip.GzipFile(fileobj=raw) if is_gzip else raw).read(_FIRST_BYTES)
    except (EOFError, gzip.BadGzipFile):
        raise InputError(str(path), None, None, "the gzip stream is cut off or damaged") from None
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from None


def summary(inspection: Inspection, shapes: int = 2) -> Sequence[str]:
    """The attributes as lines for a terminal."""
    width = max((len(name) for name in inspection.attributes), default=0)
    lines = [f"{'attribute':<{width}}  {'filled':>10}  {'different':>14}  {'dates':>10}  shapes"]
    for one in inspection.attributes.values():
        common = ", ".join(shape for shape, _ in one.shapes.most_common(shapes))
        lines.append(f"{one.name:<{width}}  {one.filled:>10,}  {one.different:>14}  {one.dates:>10,}  {common}")
    return lines
