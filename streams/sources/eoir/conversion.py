"""EOIR tables to an event log, in three passes of bounded memory: read, tell case by case, write by recorded_at.

Rows of one case lie in several tables, in no order that helps, so both the gathering by case and the ordering by
recorded_at are external merge sorts on disk. Measured against it on 935,405 rows of tbl_schedule (compact lines, 64 MB
of memory each): merge sort 2.9 us CPU a row, sqlite3 with ORDER BY 4.1, sqlite3 with a clustered key 5.8.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas import hot
from schemas.decode import encode_event
from streams.sources.converting import at_once, room_on_disk
from streams.sources.eoir.case import derive_case_events
from streams.sources.eoir.columns import TABLES
from streams.sources.eoir.files import find_tables
from streams.sources.eoir.lookups import Lookups
from streams.sources.eoir.rows import CaseRows
from streams.sources.eoir.tables import read_table
from streams.sources.eoir.tools import ConversionContext
from streams.sources.eoir.when import OfficeClocks
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.logs import LogWriter
from streams.sources.pseudonym_key import Secret
from streams.sources.pseudonyms import Pseudonyms
from streams.sources.report import ConversionReport

__all__ = ["NAMESPACE", "EoirConverter", "EoirOptions"]

NAMESPACE = "eoir"
"""Whose ids those of court tables are."""
_PROGRESS_CASES = 0xFFF


@dataclass(frozen=True, slots=True)
class EoirOptions:
    """Options of the user.

    Attributes:
        zones: IANA time zone by office.
        as_history: All events of a case get one recorded_at, the latest of them.
        closes_in_absentia: An order of removal in absence closes the case.
        chunk_bytes: Memory of each of the two sorts.
    """

    zones: Mapping[str, str] = field(default_factory=dict)
    as_history: bool = False
    closes_in_absentia: bool = False
    chunk_bytes: int = CHUNK_BYTES


class EoirConverter:
    """One conversion; use it as a context manager, for it keeps temporary files (in `TMPDIR`).

    Args:
        folder: Where the release was unpacked.
        secret: Key of the pseudonyms.
        options: Options of the user.
        on_id: Called with the kind, the id and the pseudonym of each case and officer.

    Raises:
        InputError: A table that must be there is not, or it is an archive.
    """

    def __init__(
        self,
        folder: Path,
        secret: Secret,
        options: EoirOptions,
        on_id: Callable[[str, bytes, str], None] | None = None,
    ) -> None:
        self._options = options
        self._files = find_tables(folder)
        self._names = Pseudonyms(secret, NAMESPACE, on_id)
        self.report = ConversionReport(f"{NAMESPACE}.{self._names.key_id}", self._names.key_id)
        self._tools = ConversionContext(
            OfficeClocks(options.zones), Lookups(folder, self.report), self.report, options.closes_in_absentia
        )
        self._rows = ExternalSort(chunk_bytes=options.chunk_bytes)
        self._events = ExternalSort(chunk_bytes=options.chunk_bytes)
        self._without_zone: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._rows.close()
        self._events.close()

    def read(self, on_progress: Callable[[int, int], None] | None = None) -> None:
        """First pass: every table.

        Args:
            on_progress: Called with the bytes read so far and their total.

        Raises:
            InputError: A table cannot be read.
        """
        total = sum(path.stat().st_size for path in self._files.values())
        done = 0

        def on_read(more: int) -> None:
            nonlocal done
            done += more
            if on_progress is not None:
                on_progress(done, total)

        with room_on_disk():
            for table in TABLES:
                if table.name in self._files:
                    read_table(self._files[table.name], table, self.report, self._rows.add, on_read)
                else:
                    self.report.note(table.name, "table not in the release")

    def derive_events(self, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Second pass: the events of each case.

        Args:
            on_progress: Called with the rows processed so far and their total.
        """
        total, done = self.report.rows.total(), 0
        with room_on_disk():
            for number, rows in enumerate(self._cases()):
                events = derive_case_events(rows, self._names, self.report.source, self._tools)
                if self._options.as_history:
                    at_once(events)
                self._add_events(events)
                done += rows.count
                if on_progress is not None and not number & _PROGRESS_CASES:
                    on_progress(done, total)
            self._rows.close()

    def write(self, log: LogWriter, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Third pass: the log, in order of recorded_at.

        Args:
            log: Where it goes; open it before the first pass, so that a folder that is not there is known at once.
            on_progress: Called with the events written so far and their total.
        """
        total = self.report.events.total()
        with room_on_disk():
            for number, line in enumerate(self._events.merged(), 1):
                log.write_line(line)
                if on_progress is not None and not number & _PROGRESS_CASES:
                    on_progress(number, total)

    def _add_events(self, events: Sequence[hot.AnyEvent]) -> None:
        self.report.cases += bool(events)
        for event in events:
            self.report.events[event.type] += 1
            office = getattr(event, "office", None)
            if office is not None and office not in self._options.zones and office not in self._without_zone:
                self._without_zone.add(office)
                self.report.note("offices", f"no time zone in the policy, so its dates are read as UTC: {office}")
            self._events.add(event.recorded_at, encode_event(event))

    def _cases(self) -> Iterator[CaseRows]:
        split = (line.split(b"\t") for line in self._rows.merged())
        for number, lines in groupby(split, key=lambda fields: fields[0]):
            rows = CaseRows(number)
            for fields in lines:
                rows.add(fields[1], fields[2:])
            yield rows
