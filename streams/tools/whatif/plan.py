"""A plan of a what-if: the events of a file, with their lines, and the refusal of those that fit no docket."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from schemas import hot
from schemas.decode import Refused, decode
from schemas.instants import to_text
from streams.errors import InputError
from streams.sources.log_blocks import read_blocks

__all__ = ["PlanCheck", "PlanFile", "PlannedEvent", "read_plan"]

_recorded_at: Final = attrgetter("event.recorded_at")


class PlannedEvent(NamedTuple):
    """An event of a plan, and its line (from 1)."""

    line: int
    event: hot.AnyEvent


class PlanFile(Struct, frozen=True):
    """The events of one file.

    Attributes:
        file: Its path as the user gave it.
        planned: By recorded_at; those of one instant in the order of the file.
    """

    file: str = ""
    planned: tuple[PlannedEvent, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.planned)

    @property
    def events(self) -> list[hot.AnyEvent]:
        """The events alone."""
        return [each.event for each in self.planned]


def read_plan(path: Path) -> PlanFile:
    """Read a plan: an event log of any order, plain, .gz or .zst.

    Raises:
        InputError: The file cannot be read, or a line is no event; the text names file, line and field.
    """
    planned = []
    number = 0
    for block in read_blocks(path):
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            if not line.strip():
                continue
            try:
                planned.append(PlannedEvent(number, decode(line)))
            except Refused as refused:
                raise InputError(str(path), number, refused.field or None, refused.sentence) from refused
    return PlanFile(str(path), tuple(sorted(planned, key=_recorded_at)))


class _NamedKind(StrEnum):
    CASE = "case"
    OFFICER = "officer"
    OFFICE = "office"


_Name = tuple[_NamedKind, str]

_KINDS: Final = (
    ("case_id", _NamedKind.CASE), ("officer_id", _NamedKind.OFFICER),
    ("office", _NamedKind.OFFICE), ("from_office", _NamedKind.OFFICE), ("to_office", _NamedKind.OFFICE),
)  # fmt: skip
_FIELDS: Final[dict[type[hot.Event], tuple[tuple[str, _NamedKind], ...]]] = {
    event: tuple((field, kind) for field, kind in _KINDS if field in event.__struct_fields__)
    for event in hot.EVENTS.values()
}
"""The fields of each class of events that name a case, an officer or an office."""

_ADVICE: Final = {
    _NamedKind.CASE: "no case_opened event up to that instant opens this case; "
    "name a case of the log, or open it in the plan first",
    _NamedKind.OFFICER: "no event up to that instant names this officer; "
    "name an officer of the log, or add the officer by an officer_updated event of the plan or by --add-officers",
    _NamedKind.OFFICE: "no event of the log up to that instant names this office; name an office of the log",
}


class PlanCheck:
    """Finds what a plan names and the docket does not have at that instant.

    The log and the added officers introduce names. A plan introduces cases that it opens and officers of whom it has
    an officer_updated event, but no office: a name with a mistake would otherwise introduce itself.

    Args:
        plan: The plan.
        since: The window begins after this instant (ms).
        until: The window ends with this instant (ms).

    Raises:
        InputError: An event of the plan lies outside the window.
    """

    def __init__(self, plan: PlanFile, since: int, until: int) -> None:
        self._file = plan.file
        self._coming = list(plan.planned)
        self._awaited = {name for each in plan.planned for _, name in _names(each.event)}
        self._named_at: dict[_Name, int] = {}
        """When each name of the plan was introduced (ms)."""
        for each in plan.planned:
            if not since < each.event.recorded_at <= until:
                raise InputError(
                    self._file,
                    each.line,
                    "recorded_at",
                    f"the event lies outside the window, after {to_text(since)} and up to {to_text(until)}; "
                    "give it an instant of the window, or choose another window with --since and --until",
                )

    def note_log(self, events: Iterable[hot.Event]) -> None:
        """Take the names that events of the log, or added officers, introduce; events by recorded_at."""
        if not self._awaited:
            return
        for event in events:
            for _, name in _names(event):
                if name in self._awaited and (name[0] is not _NamedKind.CASE or isinstance(event, hot.CaseOpened)):
                    self._introduce(name, event.recorded_at)

    def check_until(self, watermark: int) -> None:
        """Check the events of the plan up to an instant (ms); `note_log` has all events of the log up to it.

        Raises:
            InputError: An event names a case, an officer or an office that the docket does not have by then.
        """
        count = bisect_right(self._coming, watermark, key=_recorded_at)
        due, self._coming = self._coming[:count], self._coming[count:]
        self._note_plan(each.event for each in due)
        for line, event in due:
            for field, name in _names(event):
                if self._named_at.get(name, watermark + 1) > event.recorded_at:
                    raise InputError(self._file, line, field, _ADVICE[name[0]])

    def _note_plan(self, events: Iterable[hot.AnyEvent]) -> None:
        for event in events:
            if isinstance(event, hot.CaseOpened):
                self._introduce((_NamedKind.CASE, event.case_id), event.recorded_at)
            elif isinstance(event, hot.OfficerUpdated):
                self._introduce((_NamedKind.OFFICER, event.officer_id), event.recorded_at)

    def _introduce(self, name: _Name, at: int) -> None:
        self._named_at.setdefault(name, at)
        self._awaited.discard(name)


def _names(event: hot.Event) -> Iterator[tuple[str, _Name]]:
    for field, kind in _FIELDS[type(event)]:
        yield field, (kind, getattr(event, field))
