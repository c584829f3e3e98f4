"""The rows of one case, gathered from all tables, each as a tuple of named values."""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

__all__ = ["CaseRow", "CaseRows", "CustodyRow", "HearingRow", "MotionRow", "ProceedingRow"]


class CaseRow(NamedTuple):
    """A row of A_TblCase."""

    custody: bytes
    address_changed: bytes
    detained: bytes
    released: bytes
    line: bytes


class ProceedingRow(NamedTuple):
    """A row of B_TblProceeding."""

    number: bytes
    charged: bytes
    entered: bytes
    city: bytes
    judge: bytes
    arrived: bytes
    previous_city: bytes
    decision: bytes
    completion: bytes
    completed: bytes
    absentia: bytes
    venue_granted: bytes
    transfer_to: bytes
    case_type: bytes
    detained: bytes
    released: bytes
    line: bytes


class HearingRow(NamedTuple):
    """A row of tbl_schedule."""

    number: bytes
    proceeding: bytes
    city: bytes
    judge: bytes
    entered: bytes
    entered_time: bytes
    updated: bytes
    updated_time: bytes
    calendar: bytes
    due: bytes
    due_time: bytes
    reason: bytes
    schedule: bytes
    line: bytes


class CustodyRow(NamedTuple):
    """A row of tbl_CustodyHistory."""

    number: bytes
    custody: bytes
    detained: bytes
    released: bytes
    line: bytes


class MotionRow(NamedTuple):
    """A row of tbl_Court_Motions."""

    number: bytes
    motion: bytes
    completed: bytes
    decision: bytes
    line: bytes


_Numbered = TypeVar("_Numbered", ProceedingRow, HearingRow, CustodyRow, MotionRow)


@dataclass(slots=True)
class CaseRows:
    """Every row of one case, each number once.

    Attributes:
        number: IDNCASE.
        repeated: Table tags of rows whose number had been there, with their lines.
        count: How many rows.
    """

    number: bytes
    cases: list[CaseRow] = field(default_factory=list)
    proceedings: dict[bytes, ProceedingRow] = field(default_factory=dict)
    hearings: dict[bytes, HearingRow] = field(default_factory=dict)
    custody: dict[bytes, CustodyRow] = field(default_factory=dict)
    motions: dict[bytes, MotionRow] = field(default_factory=dict)
    repeated: list[tuple[bytes, bytes]] = field(default_factory=list)
    count: int = 0

    def add(self, tag: bytes, values: list[bytes]) -> None:
        """Add the values of one compact line; of rows with one number the first stands."""
        self.count += 1
        if tag == b"s":
            self._add_once(self.hearings, tag, HearingRow._make(values))
        elif tag == b"p":
            self._add_once(self.proceedings, tag, ProceedingRow._make(values))
        elif tag == b"u":
            self._add_once(self.custody, tag, CustodyRow._make(values))
        elif tag == b"m":
            self._add_once(self.motions, tag, MotionRow._make(values))
        elif self.cases:
            self.repeated.append((tag, values[-1]))
        else:
            self.cases.append(CaseRow._make(values))

    def _add_once(self, rows: dict[bytes, _Numbered], tag: bytes, row: _Numbered) -> None:
        if row.number in rows:
            self.repeated.append((tag, row.line))
        else:
            rows[row.number] = row
