"""IEEE XES event logs (.xes, .xes.gz), read trace by trace: one is in memory, nothing is fetched or expanded."""

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, TypeVar, cast

from lxml import etree

from streams.errors import InputError
from streams.files.inputs import open_input
from streams.sources.case_order import in_order
from streams.sources.external_sort import CHUNK_BYTES
from streams.sources.mapping_model import LogMapping
from streams.sources.record_reader import RecordReader
from streams.sources.records import RecordsByCase, SourceRecord
from streams.sources.report import ConversionReport

__all__ = ["XesFault", "read_attributes", "read_xes"]

_T = TypeVar("_T")

_SIMPLE: Final = frozenset(("string", "date", "int", "float", "boolean", "id"))
_NESTING: Final = frozenset(("list", "container", "values"))
_GZIP_MAGIC: Final = b"\x1f\x8b"


class XesFault(StrEnum):
    """Why a trace, or an event outside one, is left out."""

    EMPTY = "the trace has no event that can be used"
    OUTSIDE = "an event outside a trace"
    AGAIN = "a trace of a case that has had one: both are read"


def read_xes(
    path: Path,
    mapping: LogMapping,
    report: ConversionReport,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    *,
    present: int | None = None,
) -> Iterator[list[SourceRecord]]:
    """The records of each case, by time; records of one time in the order of the file, over all traces of the case.

    A trace is a case, unless log.case is an attribute of its events.

    Args:
        path: The file; whether it is gzip is seen from its bytes.
        mapping: Which attribute is what.
        report: Counts what is read and what is not.
        on_progress: Called with the bytes read so far and their total.
        chunk_bytes: Memory for gathering the records of a case.
        present: UTC milliseconds after which no event is dated; None to skip the check.

    Raises:
        InputError: It cannot be read, is no XML, or declares a document type.
        DayFirstError: Its dates are written day first.
    """
    reader = _XesReader(mapping, report, present)
    with RecordsByCase(chunk_bytes) as gathered:
        for number, trace in enumerate(_traces(path, report, reader.trace, on_progress)):
            for record in trace:
                gathered.add(record, number)
        for traces in gathered.cases():
            for again in traces[1:]:
                report.note("traces", XesFault.AGAIN, again[0].line)
            yield in_order(traces, report)


def read_attributes(path: Path, report: ConversionReport) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """The attributes of every event of a trace, and those of its trace, whatever they are called.

    Args:
        path: As for read_xes.
        report: Counts traces and events.

    Raises:
        InputError: As read_xes.
    """
    for events in _traces(path, report, lambda element: _event_attributes(element, report), None):
        yield from events


def _event_attributes(
    element: etree._Element, report: ConversionReport
) -> Sequence[tuple[Mapping[str, str], Mapping[str, str]]]:
    report.rows["traces"] += 1
    own = [_attributes(child) for child in element if etree.QName(child).localname == "event"]
    report.rows["events"] += len(own)
    trace = _attributes(element)
    return [(each, trace) for each in own]


def _traces(
    path: Path,
    report: ConversionReport,
    take: Callable[[etree._Element], _T],
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[_T]:
    """The result of `take` for each trace, which is dropped then."""
    total = path.stat().st_size
    with _opened(path) as (file, raw):
        try:
            # a log has no use for entities, and what they name must not be fetched
            parsed = etree.iterparse(
                file,
                events=("start", "end"),
                tag=("{*}log", "{*}trace", "{*}event"),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
                remove_pis=True,
                huge_tree=False,
            )
            for event, element in parsed:
                name = etree.QName(element).localname
                if event == "start":
                    if name == "log":
                        _refuse_document_type(path, element)
                elif name == "trace":
                    taken = take(element)
                    _forget(element)
                    if on_progress is not None and raw.seekable():
                        on_progress(raw.tell(), total)
                    yield taken
                elif name == "event" and etree.QName(element.getparent()).localname != "trace":
                    report.skip("events", XesFault.OUTSIDE, _line(element))
                    _forget(element)
        except etree.XMLSyntaxError as error:
            raise InputError(str(path), error.lineno, None, "is not well-formed XML up to its end") from None
        except (EOFError, gzip.BadGzipFile):
            raise InputError(str(path), None, None, "the gzip stream is cut off or damaged") from None
    if not report.rows["traces"]:
        raise InputError(str(path), None, None, "holds no trace: an XES log is <log> with a <trace> for each case")


class _XesReader:
    """Makes records of traces."""

    def __init__(self, mapping: LogMapping, report: ConversionReport, present: int | None) -> None:
        self._report = report
        self._reader = RecordReader(mapping, present)

    def trace(self, element: etree._Element) -> Sequence[SourceRecord]:
        """The records of a trace, in the order of the file."""
        self._report.rows["traces"] += 1
        attributes = self._reader.values(_attributes(element))
        records: list[SourceRecord] = []
        for child in element:
            if etree.QName(child).localname == "event":
                self._report.rows["events"] += 1
                own = self._reader.values(_attributes(child))
                record = self._reader.record(own, attributes, _line(child))
                if isinstance(record, str):
                    self._report.skip("events", record, _line(child))
                else:
                    records.append(record)
        if not records:
            self._report.skip("traces", XesFault.EMPTY, _line(element))
        return records


def _attributes(element: etree._Element, prefix: str = "") -> dict[str, str]:
    """The attributes of a trace or an event; one inside another has a path for its key."""
    found: dict[str, str] = {}
    for child in element:
        kind = etree.QName(child).localname
        if kind not in _SIMPLE and kind not in _NESTING:
            continue
        key, value = child.get("key"), child.get("value")
        path = prefix.removesuffix("/") if key is None else f"{prefix}{key}"  # <values> of a list has no key
        if kind in _SIMPLE and value is not None:
            found.setdefault(path, value)
        for inner, text in _attributes(child, f"{path}/").items() if len(child) else ():
            found.setdefault(inner, text)
    return found


def _line(element: etree._Element) -> int | None:
    return cast("int | None", element.sourceline)  # the stubs do not say


def _forget(element: etree._Element) -> None:
    """Free an element and everything before it, or the log would pile up in memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _refuse_document_type(path: Path, root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(
            str(path),
            1,
            None,
            "declares a document type (<!DOCTYPE>): XES has none, and it could hide anything; remove it",
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The stream for the parser, and the file itself, whose position gives the progress."""
    try:
        with open_input(path) as raw:
            is_gzip = raw.peek(2).startswith(_GZIP_MAGIC)
            if is_gzip:
                with gzip.open(raw, "rb") as unpacked:
                    yield unpacked, raw  # type: ignore[misc]  # a GzipFile reads like any binary file
            else:
                yield raw, raw
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from None
