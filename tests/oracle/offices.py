"""The office record as of an instant (CONTRACT.md §8), counted from the cases and load rows known then."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracle.causes import CLASS, is_in_transit, of_level
from tests.oracle.facts import text
from tests.oracle.loads import LEVELS, bookings_within, comes_due_within, hearings_within

if TYPE_CHECKING:
    from schemas.policy import Policy
    from tests.oracle.judge import CaseStory

__all__ = ["office_rows"]

ABSENT = ("leave", "departed")


def office_rows(stories: list[CaseStory], loads: list[dict[str, Any]], policy: Policy, c: int) -> list[dict[str, Any]]:
    """§8 "Office record": "of every case that is open and opened, with or without an officer"; `*` first."""
    counted = [story for story in stories if story.known.is_open and story.known.is_registered]
    # "An officer's office is officer_updated's, else that of his row; one whose row has no office counts in none"
    officers = [load for load in loads if load["office"] is not None]
    absent = {load["officer_id"] for load in loads if load["status"] in ABSENT}
    offices = {story.known.office for story in counted} | {load["office"] for load in officers}
    rows = [
        _row(
            office,
            [story for story in counted if story.known.office == office],
            [load for load in officers if load["office"] == office],
            absent,
            policy,
            c,
        )
        for office in sorted(offices)
    ]
    return [_row("*", counted, officers, absent, policy, c), *rows]


def _row(
    office: str,
    counted: list[CaseStory],
    officers: list[dict[str, Any]],
    absent: set[str],
    policy: Policy,
    c: int,
) -> dict[str, Any]:
    at_liberty = [story.known for story in counted if story.known.is_at_liberty]
    causes = [{record.holding.cause for record in story.standing.values()} for story in counted]
    hearings_30d = sum(hearings_within(story.known, c, 30) for story in counted)
    workload = (
        sum((_as_written(of_level(policy.load.minutes_per_month, known.level)) for known in at_liberty), Fraction(0))
        + hearings_30d * _as_written(policy.load.hearing_minutes)
        + sum(bookings_within(known, policy, c, 30) for known in at_liberty) * _as_written(policy.load.check_in_minutes)
    )
    at_work = [load for load in officers if load["status"] not in ABSENT]
    capacity = sum((Fraction(load["capacity_minutes_month"]) for load in at_work), Fraction(0))
    one_officer = capacity / len(at_work) if at_work else _as_written(policy.load.capacity_hours_month) * 60
    mean = workload / len(at_liberty) if at_liberty else None
    return {
        "v": 1,
        "office": office,
        "open_cases": len(at_liberty),
        "in_custody": len(counted) - len(at_liberty),
        "by_level": {level: sum(known.level == level for known in at_liberty) for level in LEVELS},
        "unassigned": sum(story.known.officer is None and not is_in_transit(story.known) for story in counted),
        "in_transit": sum(is_in_transit(story.known) for story in counted),
        "with_absent": sum(story.known.officer in absent for story in counted),
        "lost_track": sum(bool(standing) for standing in causes),
        "by_cause": {cause: sum(cause in standing for standing in causes) for cause in CLASS},
        "bookings_7d": sum(bookings_within(story.known, policy, c, 7) for story in counted),
        "hearings_7d": sum(hearings_within(story.known, c, 7) for story in counted),
        "hearings_30d": hearings_30d,
        "deadlines_7d": sum(comes_due_within(story.known, policy, c, 7) for story in counted),
        "workload_minutes_month": workload,
        "officers_at_work": len(at_work),
        "capacity_minutes_month": capacity,
        "minutes_per_case_month": capacity / len(at_liberty) if at_liberty else None,
        "utilisation": workload / capacity if capacity else None,
        "mean_minutes_per_case": mean,
        "achievable_caseload": one_officer / mean if mean else None,
        "officers_needed": workload / one_officer if one_officer else None,
        "as_of": text(c),
    }


def _as_written(number: float) -> Fraction:
    """Return the decimal that was written, "exact in decimal"."""
    return Fraction(str(number))
