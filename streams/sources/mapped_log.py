"""Converts an XES or CSV event log by a mapping, case by case, and writes the events in order of recorded_at."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from schemas.decode import encode_event
from streams.errors import InputError
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
from streams.sources.times.timestamps import DayFirstError

__all__ = ["convert_csv", "convert_xes"]


def convert_xes(
    path: Path,
    mapping: LogMapping,
    secret: Secret,
    log: LogWriter,
    *,
    as_history: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    present: int | None = None,
    on_id: Callable[[str, bytes, str], None] | None = None,
) -> ConversionReport:
    """Convert an XES log.

    Args:
        path: The log, .xes or .xes.gz.
        mapping: Which attribute is what, and which record is what event.
        secret: Key of the pseudonyms.
        log: Where the events go; its opener publishes it.
        as_history: All events of a case get one recorded_at, whatever the mapping says.
        on_progress: Called with the bytes read so far and their total.
        present: UTC milliseconds after which nothing has happened; None to skip the check.
        on_id: Called with the kind, the id and the pseudonym of each case, officer and office.

    Raises:
        InputError: The log cannot be read.
        OutputError: There is no room for what is written.
    """
    from streams.sources.xes import read_xes  # late: its parser is of the extra `sources`

    names, report = _beginning(mapping, secret, on_id)
    cases = read_xes(path, mapping, report, on_progress, present=present)
    with _dates_of(path):
        return _convert(
            cases,
            CaseMapper(mapping, names, report.source, report, present),
            report,
            log,
            as_history or mapping.history,
        )


def convert_csv(
    paths: Sequence[Path],
    mapping: LogMapping,
    secret: Secret,
    log: LogWriter,
    *,
    as_history: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    present: int | None = None,
    on_id: Callable[[str, bytes, str], None] | None = None,
) -> ConversionReport:
    """Convert a CSV log.

    Args:
        paths: Its files, .csv or .csv.gz: rows of events, and rows of changes of fields.
        mapping: Which column is what, and which record is what event.
        secret: Key of the pseudonyms.
        log: Where the events go; its opener publishes it.
        as_history: All events of a case get one recorded_at, whatever the mapping says.
        on_progress: Called with the bytes read so far and their total.
        chunk_bytes: Memory for gathering the rows of a case.
        present: UTC milliseconds after which nothing has happened; None to skip the check.
        on_id: Called with the kind, the id and the pseudonym of each case, officer and office.

    Raises:
        InputError: The log cannot be read.
        OutputError: There is no room for what is written.
    """
    names, report = _beginning(mapping, secret, on_id)
    cases = read_csv(paths, mapping, report, on_progress, chunk_bytes, present=present)
    with _dates_of(*paths):
        return _convert(
            cases,
            CaseMapper(mapping, names, report.source, report, present),
            report,
            log,
            as_history or mapping.history,
        )


def _beginning(
    mapping: LogMapping, secret: Secret, on_id: Callable[[str, bytes, str], None] | None
) -> tuple[Pseudonyms, ConversionReport]:
    names = Pseudonyms(secret, mapping.namespace or mapping.source, on_id)
    return names, ConversionReport(f"{mapping.source}.{names.key_id}", names.key_id)


@contextmanager
def _dates_of(*paths: Path) -> Iterator[None]:
    """Name the files whose dates are not of the form that they were taken for."""
    try:
        yield
    except DayFirstError as error:
        raise InputError(" and ".join(map(str, paths)), error.line, error.key, str(error)) from None


def _convert(
    cases: Iterator[list[SourceRecord]],
    mapper: CaseMapper,
    report: ConversionReport,
    log: LogWriter,
    as_history: bool,
) -> ConversionReport:
    with room_on_disk(), ExternalSort() as lines:
        for records in cases:
            for event in mapper.events(records, as_history=as_history):
                lines.add(event.recorded_at, encode_event(event))
        mapper.finish()
        for line in lines.merged():
            log.write_line(line)
    return report
