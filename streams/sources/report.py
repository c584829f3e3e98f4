"""Counts what a conversion reads, writes and skips, with reasons and line numbers; never a value of the source."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct

__all__ = ["ConversionReport", "Count", "ReportRecord"]


class Count(Struct, frozen=True, kw_only=True):
    """How often something happened in a table, and the line of its first time (None where lines mean nothing)."""

    table: str
    reason: str
    count: int
    first_line: int | None


class ReportRecord(Struct, frozen=True, kw_only=True):
    """The report as `--report` writes it.

    Attributes:
        source: `source` of every event written; ends with the key_id.
        key_id: Which key made the pseudonyms.
        rows_read: Rows by table.
        cases: Cases that have events in the log.
        events: Events written by type.
        skipped: Rows, values or cases that gave no event.
        noted: What was mended or taken with a grain of salt.
    """

    source: str
    key_id: str
    rows_read: dict[str, int]
    cases: int
    events: dict[str, int]
    skipped: list[Count]
    noted: list[Count]


class ConversionReport:
    """Counts while a conversion runs.

    Args:
        source: `source` of every event.
        key_id: Which key makes the pseudonyms.
    """

    def __init__(self, source: str, key_id: str) -> None:
        self.source, self.key_id = source, key_id
        self.cases = 0
        self.rows: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self._skipped: dict[tuple[str, str], _OccurrenceCount] = {}
        self._noted: dict[tuple[str, str], _OccurrenceCount] = {}

    def skip(self, table: str, reason: StrEnum | str, line: int | None = None) -> None:
        """Something gave no event.

        Args:
            table: Name of the table or file.
            reason: Why, in words that hold no value.
            line: Where.
        """
        _count(self._skipped, table, reason, line)

    def note(self, table: str, reason: StrEnum | str, line: int | None = None, *, count: int = 1) -> None:
        """Something was mended, or taken with a grain of salt; `count` is how often."""
        _count(self._noted, table, reason, line, count)

    def record(self) -> ReportRecord:
        """The report as it stands."""
        return ReportRecord(
            source=self.source,
            key_id=self.key_id,
            rows_read=dict(sorted(self.rows.items())),
            cases=self.cases,
            events=dict(sorted(self.events.items())),
            skipped=_counts(self._skipped),
            noted=_counts(self._noted),
        )

    def json(self) -> bytes:
        """The report as `--report` writes it."""
        return msgspec.json.format(msgspec.json.encode(self.record()), indent=2) + b"\n"

    def text(self) -> str:
        """The report for a terminal."""
        record = self.record()
        lines = [
            f"{sum(record.events.values()):,} events of {record.cases:,} cases, source {record.source}",
            f"key {record.key_id}: ids made with another key do not join with these",
        ]
        lines += _section("rows read", record.rows_read)
        lines += _section("events written", record.events)
        lines += _reasons("skipped", record.skipped)
        lines += _reasons("noted", record.noted)
        return "\n".join(lines)


@dataclass(slots=True)
class _OccurrenceCount:
    count: int
    first_line: int | None


def _count(
    tallies: dict[tuple[str, str], _OccurrenceCount], table: str, reason: str, line: int | None, count: int = 1
) -> None:
    tally = tallies.setdefault((table, str(reason)), _OccurrenceCount(0, line))
    tally.count += count
    if line is not None and (tally.first_line is None or line < tally.first_line):
        tally.first_line = line


def _counts(tallies: Mapping[tuple[str, str], _OccurrenceCount]) -> list[Count]:
    return [
        Count(table=table, reason=reason, count=tally.count, first_line=tally.first_line)
        for (table, reason), tally in sorted(tallies.items(), key=lambda item: item[0])
    ]


def _section(title: str, numbers: Mapping[str, int]) -> list[str]:
    return [f"{title}:", *(f"  {number:>12,} {name}" for name, number in numbers.items())] if numbers else []


def _reasons(title: str, counts: list[Count]) -> list[str]:
    if not counts:
        return [f"{title}: nothing"]
    return [
        f"{title}:",
        *(
            f"  {one.count:>12,} {one.table}: {one.reason}"
            + (f" (first in line {one.first_line:,})" if one.first_line is not None else "")
            for one in counts
        ),
    ]
