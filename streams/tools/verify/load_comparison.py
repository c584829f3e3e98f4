"""Compares the load table on a broker with the one expected: every field but `as_of`.

A worker publishes the load of an officer when it changes, so a row on the topic is as of its last change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from streams.errors import InputError

__all__ = ["LoadComparison", "LoadDifference"]

_AS_OF: Final = "as_of"
_COUNTS: Final = (
    "open_cases", "in_custody", "bookings_7d", "hearings_7d", "hearings_30d", "deadlines_7d", "overdue", "lost_track",
    "assigned_30d", "unassigned_30d",
)  # fmt: skip
"""All of them 0, and the row may be missing."""

Kind = Literal["missing", "extra", "different"]
Value = str | int | float | dict[str, int] | None
Row = dict[str, Value]

_row: Final = msgspec.json.Decoder(Row).decode


@dataclass(frozen=True, slots=True)
class LoadDifference:
    """The load of an officer that is not as expected.

    Attributes:
        kind: `missing`, `extra` or `different` (its fields are named).
        officer_id: The officer.
        words: What it is, or how it differs.
    """

    kind: Kind
    officer_id: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: load of officer {self.officer_id}: {self.words}"


class LoadComparison:
    """Compares the broker's loads with the expected ones.

    Args:
        name: What to call the source of the expected rows in an error.
        lines: Line number and JSON object of every row expected.

    Raises:
        InputError: A line is no load.
    """

    def __init__(self, name: str, lines: Iterable[tuple[int, bytes]]) -> None:
        self._expected: dict[str, Row] = {}
        self._found: dict[str, Row] = {}
        for number, line in lines:
            try:
                row = _row(line)
                officer_id = row["officer_id"]
            except (msgspec.MsgspecError, KeyError) as error:
                raise InputError(name, number, None, f"is no load as `evaluate --loads` writes it: {error}") from error
            self._expected[str(officer_id)] = _without_as_of(row)

    def __len__(self) -> int:
        return len(self._expected)

    @property
    def found(self) -> int:
        """Officers of whom the broker has a load."""
        return len(self._found)

    def add_record(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Add a record of the load topic; those of a partition in the order of its log."""
        del topic
        officer_id = "" if key is None else key.decode(errors="replace")
        if value is None:
            self._found.pop(officer_id, None)
        else:
            self._found[officer_id] = _without_as_of(_row(value))

    def differences(self) -> list[LoadDifference]:
        """Every difference, by kind and officer."""
        differences = [
            LoadDifference("different", officer_id, _fields_that_differ(row, self._found[officer_id]))
            for officer_id, row in self._expected.items()
            if officer_id in self._found and self._found[officer_id] != row
        ]
        differences += _only("missing", self._expected, self._found)
        differences += _only("extra", self._found, self._expected)
        return sorted(differences, key=lambda difference: (difference.kind, difference.officer_id))


def _only(kind: Kind, here: Mapping[str, Row], there: Mapping[str, Row]) -> list[LoadDifference]:
    return [
        LoadDifference(kind, officer_id, f"{row.get('open_cases')} open cases, {row.get('in_custody')} in custody")
        for officer_id, row in here.items()
        if officer_id not in there and any(row.get(name) for name in _COUNTS)
    ]


def _without_as_of(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != _AS_OF}


def _fields_that_differ(should: Row, does: Row) -> str:
    return "; ".join(
        f"{name} is {_text(does, name)}, not {_text(should, name)}"
        for name in sorted(should | does)
        if should.get(name) != does.get(name) or (name in should) != (name in does)
    )


def _text(row: Row, name: str) -> str:
    return msgspec.json.encode(row[name]).decode() if name in row else "left out"
