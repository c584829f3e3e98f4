"""Reports of offices and weeks, which `docketwatch report` makes of the event log or the topics, and its last pages."""

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

__all__ = ["MadeReport", "ReportRequest", "Reports", "weeks_before"]

_MOST_KEPT: Final = 16
"""Pages that are kept, some 30 kB each without ids."""
_WEEKS: Final = 26

Command = Callable[[Sequence[str]], Awaitable[bytes]]
"""Runs a `docketwatch` command; its standard output."""


class ReportRequest(NamedTuple):
    """What a report is asked of.

    Attributes:
        office: The office.
        week: The week of ISO 8601, such as 2026-W10.
        with_ids: Whether it names cases.
    """

    office: str
    week: str
    with_ids: bool = False


class MadeReport(Struct, frozen=True):
    """A page.

    Attributes:
        html: The page, whole.
        case_ids: The cases that it names.
        made_at: The wall clock (ms).
    """

    html: bytes
    case_ids: list[str]
    made_at: int


class _NamedCase(Struct):
    case_id: str


class _ReportDocument(Struct):
    cases: list[_NamedCase] = []


class Reports:
    """Makes reports, one at a time, and keeps the last ones.

    Args:
        log: Files of the event log; empty for the input topics.
        places: Options that name the brokers, the topics and the policy.
        command: Runs a command.
        wall: The wall clock (ms).
    """

    def __init__(self, log: Sequence[Path], places: Sequence[str], command: Command, wall: Callable[[], int]) -> None:
        self._log, self._places, self._command, self._wall = log, places, command, wall
        self._one_at_a_time = asyncio.Lock()
        self._made: OrderedDict[ReportRequest, tuple[object, MadeReport]] = OrderedDict()

    @property
    def is_busy(self) -> bool:
        """Whether a report is being made."""
        return self._one_at_a_time.locked()

    def find(self, request: ReportRequest) -> MadeReport | None:
        """The last page of a request; None when it was not made or is no longer kept."""
        found = self._made.get(request)
        return None if found is None else found[1]

    async def make(self, request: ReportRequest) -> MadeReport:
        """Make a page, or take the last one while the log is as it was.

        Raises:
            CommandFailedError: It cannot be made; the text is the sentence of `docketwatch report`.
        """
        async with self._one_at_a_time:
            log = [_version(file) for file in self._log]
            known = self._made.get(request)
            if log and known is not None and known[0] == log:
                return known[1]
            with tempfile.TemporaryDirectory(prefix="docketwatch-report-") as folder:
                page = Path(folder) / "report.html"
                words = ["report", f"--office={request.office}", f"--week={request.week}"]
                words += ["--json", "--out", str(page), *(["--ids"] if request.with_ids else []), *self._places]
                words += ["--", *map(str, self._log)]
                printed = await self._command(words)
                html = await asyncio.to_thread(page.read_bytes)
            cases = dict.fromkeys(each.case_id for each in msgspec.json.decode(printed, type=_ReportDocument).cases)
            made = MadeReport(html, list(cases), self._wall())
            self._made[request] = log, made
            self._made.move_to_end(request)
            if len(self._made) > _MOST_KEPT:
                self._made.popitem(last=False)
            return made


def weeks_before(now: int) -> list[str]:
    """The weeks up to that of an instant (ms), the latest first."""
    day = datetime.fromtimestamp(now / 1000, UTC)
    weeks = [(day - timedelta(weeks=back)).isocalendar() for back in range(_WEEKS)]
    return [f"{each.year:04}-W{each.week:02}" for each in weeks]


def _version(file: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where it is not there, which the command says."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
