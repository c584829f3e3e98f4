"""The load table as of an instant, counted from the cases at that instant (CONTRACT.md §8)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracle.causes import CLASS, holding, of_level, unsatisfied
from tests.oracle.facts import text

if TYPE_CHECKING:
    from schemas.policy import Policy
    from tests.oracle.facts import Fact
    from tests.oracle.judge import CaseStory
    from tests.oracle.state import KnownFacts

__all__ = ["LEVELS", "bookings_within", "comes_due_within", "hearings_within", "load_rows"]

LEVELS = ("intensive", "standard", "low", "annual")
DAY = 86_400_000


def load_rows(stories: list[CaseStory], officer_facts: list[Fact], policy: Policy, c: int) -> list[dict[str, Any]]:
    """§8: "A row for every officer with an officer event or a case", by officer_id."""
    officers = {fact["officer_id"] for fact in officer_facts}
    for story in stories:
        officers |= {fact["officer_id"] for fact in story.known.all("officer_assigned")}
    return [_row(officer, stories, officer_facts, policy, c) for officer in sorted(officers)]


def _row(officer: str, stories: list[CaseStory], officer_facts: list[Fact], policy: Policy, c: int) -> dict[str, Any]:
    counted = [story for story in stories if story.known.is_open and story.known.officer == officer]
    at_liberty = [story.known for story in counted if story.known.is_at_liberty]
    causes = [{record.holding.cause for record in story.standing.values()} for story in counted]
    changes = [change for story in stories for change in story.officer_changes if c - 30 * DAY < change[0] <= c]
    bookings = sum(bookings_within(story.known, policy, c, 7) for story in counted)
    bookings_30d = sum(bookings_within(known, policy, c, 30) for known in at_liberty)
    hearings_30d = sum(hearings_within(story.known, c, 30) for story in counted)

    updates = [fact for fact in officer_facts if fact.kind == "officer_updated" and fact["officer_id"] == officer]
    update = max(updates, key=lambda fact: fact.key, default=None)
    own = update["capacity_hours_month"] if update else None
    hours = policy.load.capacity_hours_month if own is None else own
    absent = update is not None and update["status"] in ("leave", "departed")
    capacity = Fraction(0) if absent else Fraction(str(hours)) * 60
    workload = (
        sum((Fraction(str(of_level(policy.load.minutes_per_month, known.level))) for known in at_liberty), Fraction(0))
        + hearings_30d * Fraction(str(policy.load.hearing_minutes))
        + bookings_30d * Fraction(str(policy.load.check_in_minutes))
    )
    office = update["office"] if update else None
    if update is None and counted:
        office = max(counted, key=lambda story: story.known.assignment.since).known.office
    return {
        "v": 1,
        "officer_id": officer,
        "open_cases": len(at_liberty),
        "in_custody": len(counted) - len(at_liberty),
        "by_level": {level: sum(known.level == level for known in at_liberty) for level in LEVELS},
        "bookings_7d": bookings,
        "hearings_7d": sum(hearings_within(story.known, c, 7) for story in counted),
        "hearings_30d": hearings_30d,
        "deadlines_7d": sum(comes_due_within(story.known, policy, c, 7) for story in counted),
        "overdue": sum("check_in_overdue" in standing for standing in causes),
        "lost_track": sum(bool(standing) for standing in causes),
        "by_cause": {cause: sum(cause in standing for standing in causes) for cause in CLASS},
        "assigned_30d": sum(after == officer for _, _, after in changes),
        "unassigned_30d": sum(before == officer for _, before, _ in changes),
        "workload_minutes_month": workload,
        "capacity_minutes_month": capacity,
        "utilisation": workload / capacity if capacity else None,
        "minutes_per_case_month": capacity / len(at_liberty) if at_liberty else None,
        "status": update["status"] if update else None,
        "office": office,
        "as_of": text(c),
    }


def bookings_within(known: KnownFacts, policy: Policy, c: int, days: int) -> int:
    """ "bookings_7d (unsatisfied, due in [c, c + 7 d))" """
    due = [booking.scheduled["due_at"] for booking in unsatisfied(known, policy) if booking.scheduled]
    return sum(c <= at < c + days * DAY for at in due)


def hearings_within(known: KnownFacts, c: int, days: int) -> int:
    """ "hearings_7d, hearings_30d (still scheduled)" """
    due = [hearing.scheduled["due_at"] for hearing in known.hearings.values() if hearing.status == "scheduled"]
    return sum(c <= at < c + days * DAY for at in due)


def comes_due_within(known: KnownFacts, policy: Policy, c: int, days: int) -> bool:
    """ "deadlines_7d (cases with a (cause, instance, anchor) that holds with a deadline in (c, c + 7 d])" """
    return any(c < row.deadline <= c + days * DAY for row in holding(known, policy))
