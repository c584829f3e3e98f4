"""From counts to the load record of an officer: workload, capacity and what is left for each case (CONTRACT.md §8)."""

from schemas.loads import Load, LoadByCause, LoadByLevel
from streams.core.load.cause_counts import known_causes
from streams.core.load.partials import PartialRow
from streams.core.officers.state.registers import OfficerUpdate
from streams.core.officers.state.rules import OfficerRules

__all__ = ["load_json", "load_of"]


def load_of(
    officer_id: str, row: PartialRow | None, updated: OfficerUpdate | None, rules: OfficerRules, as_of: int
) -> Load:
    """The load record of an officer.

    Args:
        officer_id: The officer.
        row: What its cases count, of all partitions; None when no case does.
        updated: Its winning officer_updated, or None.
        rules: The policy.
        as_of: The instant (ms) of the counts.
    """
    row = row or PartialRow(officer_id)
    workload = rules.workload_units(row)
    capacity = rules.capacity(updated)
    return Load(
        officer_id=officer_id,
        open_cases=row.open_cases,
        in_custody=row.in_custody,
        by_level=LoadByLevel(*row.by_level),
        bookings_7d=row.bookings_7d,
        hearings_7d=row.hearings_7d,
        hearings_30d=row.hearings_30d,
        deadlines_7d=row.deadlines_ahead,
        overdue=row.overdue,
        lost_track=row.lost_track,
        by_cause=LoadByCause(*known_causes(row.by_cause)),
        assigned_30d=row.assigned_30d,
        unassigned_30d=row.unassigned_30d,
        workload_minutes_month=rules.workload_minutes(row),
        capacity_minutes_month=float(capacity.minutes),
        utilisation=capacity.utilisation(workload),
        minutes_per_case_month=float(capacity.minutes / row.open_cases) if row.open_cases else None,
        status=None if updated is None else updated.status,
        office=row.office if updated is None else updated.office,
        as_of=as_of,
    )


def load_json(load: Load) -> bytes:
    """The record as one JSON object, its instants as text."""
    return load.json()
