"""The lists as CSV, row by row; what a spreadsheet would take for a formula is marked as text."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from schemas.instants import to_text
from schemas.loads import Load
from streams.core.offices import OfficeSummary
from streams.web.board import CaseAlert
from streams.web.totals import Counts

__all__ = ["lost_track_csv", "officers_csv", "offices_csv"]

Cell = str | int | float | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_A_CHUNK: Final = 500


def lost_track_csv(alerts: Iterable[CaseAlert]) -> Iterator[str]:
    """The list of records that need a human look."""
    names = (
        "case_id", "cause", "cause_class", "severity", "office", "officer_id", "level", "raised_at", "deadline_at",
        "anchor_at", "escalated_at", "instance", "agency_causes", "policy", "policy_hash", "alert_id", "revision",
    )  # fmt: skip
    return _csv(names, (_alert(alert) for alert in alerts))


def officers_csv(loads: Iterable[Load]) -> Iterator[str]:
    """Officers by load."""
    names = (
        "officer_id", "office", "status", "minutes_per_case_month", "utilisation", "open_cases", "in_custody",
        "lost_track", "overdue", "bookings_7d", "hearings_7d", "hearings_30d", "assigned_30d", "unassigned_30d",
        "workload_minutes_month", "capacity_minutes_month", "as_of",
    )  # fmt: skip
    return _csv(
        names,
        ([*(getattr(load, name) for name in names[:-1]), to_text(load.as_of)] for load in loads),
    )


def offices_csv(offices: Iterable[tuple[OfficeSummary, Counts]]) -> Iterator[str]:
    """Offices by load."""
    names = (
        "office", "officers", "at_work", "officers_needed", "open_cases", "in_custody", "minutes_per_case_month",
        "cases_p50", "cases_p90", "cases_largest", "cases_gini", "utilisation_p50", "utilisation_p90",
        "lost_track_cases", "nobody_has", "critical", "agency", "record", "person",
    )  # fmt: skip
    return _csv(names, (_office(summary, counts) for summary, counts in offices))


def _alert(alert: CaseAlert) -> Sequence[Cell]:
    escalated = None if alert.escalated_at is None else to_text(alert.escalated_at)
    return [
        alert.case_id, alert.cause, alert.side, alert.severity, alert.office, alert.officer_id, alert.level,
        to_text(alert.raised_at), to_text(alert.deadline_at), to_text(alert.anchor_at), escalated, alert.instance,
        " ".join(alert.agency_causes), alert.policy, alert.policy_hash, alert.alert_id, alert.revision,
    ]  # fmt: skip


def _office(summary: OfficeSummary, counts: Counts) -> Sequence[Cell]:
    cases, used = summary.cases, summary.utilisation
    spread = [None] * 4 if cases is None else [cases.p50, cases.p90, cases.largest, cases.gini]
    return [
        summary.office, summary.officers, summary.at_work, summary.officers_needed, summary.open_cases,
        summary.in_custody, summary.minutes_per_case_month, *spread,
        *([None, None] if used is None else [used.p50, used.p90]),
        counts.cases, counts.nobody, counts.critical,
        *(counts.by_side.get(side, 0) for side in ("agency", "record", "person")),
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
