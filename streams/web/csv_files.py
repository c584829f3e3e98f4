"""The lists as CSV, row by row; a cell that a spreadsheet would read as a formula is marked as text."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from msgspec.structs import astuple

from schemas.instants import to_text
from schemas.loads import Load, LoadByCause, LoadByLevel
from schemas.office_loads import OfficeLoad
from streams.core.load.office_summary import OfficeSummary
from streams.web.tables.alert_rows import CaseAlert
from streams.web.totals import CauseCounts

__all__ = ["lost_track_csv", "officers_csv", "offices_csv"]

Cell = str | int | float | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_A_CHUNK: Final = 500
_RECORD: Final = tuple(
    name for name in OfficeLoad.__struct_fields__ if name not in ("v", "by_level", "by_cause", "as_of")
)


def lost_track_csv(alerts: Iterable[CaseAlert]) -> Iterator[str]:
    """The CSV of the records that need a human look."""
    names = (
        "case_id", "cause", "cause_class", "severity", "office", "officer_id", "level", "raised_at", "deadline_at",
        "anchor_at", "escalated_at", "instance", "agency_causes", "policy", "policy_hash", "alert_id", "revision",
    )  # fmt: skip
    return _csv(names, (_alert(alert) for alert in alerts))


def officers_csv(loads: Iterable[Load]) -> Iterator[str]:
    """The CSV of officers and their loads."""
    names = (
        "officer_id", "office", "status", "minutes_per_case_month", "utilisation", "open_cases", "in_custody",
        "lost_track", "overdue", "bookings_7d", "hearings_7d", "hearings_30d", "deadlines_7d", "assigned_30d",
        "unassigned_30d", "workload_minutes_month", "capacity_minutes_month", "as_of",
    )  # fmt: skip
    return _csv(
        names,
        ([*(getattr(load, name) for name in names[:-1]), to_text(load.as_of)] for load in loads),
    )


def offices_csv(offices: Iterable[tuple[OfficeSummary, CauseCounts]], clock: int | None) -> Iterator[str]:
    """The CSV of offices: the fields of their records, the distribution over officers at work, and alert counts.

    Args:
        offices: Each with the counts of its alerts.
        clock: The instant (ms) of all of them; None before it is known, and then that of their newest partial.
    """
    names = (
        *_RECORD,
        *(f"by_level.{level}" for level in LoadByLevel.__struct_fields__),
        *(f"by_cause.{cause}" for cause in LoadByCause.__struct_fields__),
        "officers_absent", "officers_overloaded", "officers_critical",
        "cases_p50", "cases_p90", "cases_largest", "cases_gini", "utilisation_p50", "utilisation_p90",
        "utilisation_largest", "critical", "agency", "record", "person", "as_of",
    )  # fmt: skip
    return _csv(names, (_office(summary, counts, clock) for summary, counts in offices))


def _alert(alert: CaseAlert) -> Sequence[Cell]:
    escalated = None if alert.escalated_at is None else to_text(alert.escalated_at)
    return [
        alert.case_id, alert.cause, alert.side, alert.severity, alert.office, alert.officer_id, alert.level,
        to_text(alert.raised_at), to_text(alert.deadline_at), to_text(alert.anchor_at), escalated, alert.instance,
        " ".join(alert.agency_causes), alert.policy, alert.policy_hash, alert.alert_id, alert.revision,
    ]  # fmt: skip


def _office(summary: OfficeSummary, counts: CauseCounts, clock: int | None) -> Sequence[Cell]:
    record, cases, used = summary.record, summary.cases, summary.utilisation
    return [
        *(getattr(record, name) for name in _RECORD),
        *astuple(record.by_level), *astuple(record.by_cause),
        summary.officers_absent, *summary.officers_over,
        *([None] * 4 if cases is None else [cases.p50, cases.p90, cases.largest, cases.gini]),
        *([None] * 3 if used is None else [used.p50, used.p90, used.largest]),
        counts.critical, *(counts.by_side.get(side, 0) for side in ("agency", "record", "person")),
        to_text(record.as_of if clock is None else clock),
    ]  # fmt: skip


def _csv(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for number, row in enumerate(rows, 1):
        writer.writerow([_plain(cell) for cell in row])
        if number % _ROWS_A_CHUNK == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 4)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
