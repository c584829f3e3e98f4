"""An XES or CSV event log to a log of events, by a mapping: told case by case, written in order of recorded_at."""

from collections.abc import Callable, Iterator
from pathlib import Path

from schemas.decode import encode_event
from streams.sources.converting import room_on_disk
from streams.sources.csv_log import read_csv
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.logs import LogWriter
from streams.sources.mapped_case import CaseMapper
from streams.sources.mapping_model import LogMapping
from streams.sources.pseudonym_key import Secret
from streams.sources.pseudonyms import Pseudonyms
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport
from streams.sources.xes import read_xes

__all__ = ["convert_csv", "convert_xes"]


def convert_xes(
    path: Path,
    mapping: LogMapping,
    secret: Secret,
    log: LogWriter,
    *,
    as_history: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ConversionReport:
    """Convert an XES log.

    Args:
        path: The log, .xes or .xes.gz.
        mapping: Which attribute is what, and which record is what event.
        secret: Key of the pseudonyms.
        log: Where the events go; its opener publishes it.
        as_history: All events of a case get one recorded_at, whatever the mapping says.
        on_progress: Told how many bytes of how many are read.

    Raises:
        InputError: The log cannot be read.
        OutputError: There is no room for what is written.
    """
    names, report = _beginning(mapping, secret)
    cases = read_xes(path, mapping, report, on_progress)
    return _convert(cases, mapping, names, report, log, as_history=as_history)


def convert_csv(
    path: Path,
    mapping: LogMapping,
    secret: Secret,
    log: LogWriter,
    *,
    as_history: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> ConversionReport:
    """Convert a CSV log.

    Args:
        path: The log, .csv or .csv.gz.
        mapping: Which column is what, and which record is what event.
        secret: Key of the pseudonyms.
        log: Where the events go; its opener publishes it.
        as_history: All events of a case get one recorded_at, whatever the mapping says.
        on_progress: Told how many bytes of how many are read.
        chunk_bytes: Memory for gathering the rows of a case.

    Raises:
        InputError: The log cannot be read.
        OutputError: There is no room for what is written.
    """
    names, report = _beginning(mapping, secret)
    cases = read_csv(path, mapping, report, on_progress, chunk_bytes)
    return _convert(cases, mapping, names, report, log, as_history=as_history)


def _beginning(mapping: LogMapping, secret: Secret) -> tuple[Pseudonyms, ConversionReport]:
    names = Pseudonyms(secret, mapping.namespace or mapping.source)
    return names, ConversionReport(f"{mapping.source}.{names.key_id}", names.key_id)


def _convert(
    cases: Iterator[list[SourceRecord]],
    mapping: LogMapping,
    names: Pseudonyms,
    report: ConversionReport,
    log: LogWriter,
    *,
    as_history: bool,
) -> ConversionReport:
    mapper = CaseMapper(mapping, names, report.source, report)
    with room_on_disk(), ExternalSort() as lines:
        for records in cases:
            for event in mapper.events(records, as_history=as_history or mapping.history):
                lines.add(event.recorded_at, encode_event(event))
        for line in lines.merged():
            log.write_line(line)
    return report
