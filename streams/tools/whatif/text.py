"""A comparison as text for a terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.office_loads import OfficeLoad
from streams.core.load.office_record import needed
from streams.tools.whatif.comparison import AlertCounts, Comparison, Delay

__all__ = ["BOOKED", "OFFICE_TERMS", "number", "office_number", "text_of"]

_SHOWN: Final = 10
_COLUMNS: Final = ("now", "tried", "new", "gone", "earlier", "later")
OFFICE_TERMS: Final = (
    ("open_cases", "open cases"),
    ("unassigned", "unassigned"),
    ("in_transit", "in transit"),
    ("with_absent", "with an absent officer"),
    ("lost_track", "lost track"),
    ("officers_at_work", "officers at work"),
    ("workload_minutes_month", "workload minutes per month"),
    ("capacity_minutes_month", "capacity minutes per month"),
    ("minutes_per_case_month", "minutes per case per month"),
    ("utilisation", "utilization"),
    ("achievable_caseload", "achievable caseload of an officer"),
    ("officers_needed", "officers needed by the weights"),
)
"""Fields of the office record that a what-if shows, and their names for people."""

BOOKED: Final = "The workload has the check-ins and hearings booked within 30 days of the end, not expected ones."
"""What the terms of 30 days in the workload are."""


def text_of(comparison: Comparison) -> Iterator[str]:
    """The lines: totals, groups, loads, and the officers whose load changes most."""
    yield (
        f"After {comparison.since}, up to {comparison.until}: {comparison.policy_now} now, "
        f"{comparison.policy_tried} tried"
    )
    if comparison.edits_hash:
        yield f"with edits {comparison.edits_hash}: {'; '.join(comparison.edits)}"
    yield ""
    yield from _table("alerts raised", [*comparison.by_cause, comparison.alerts])
    yield _delayed("earlier", comparison.earlier)
    yield _delayed("later", comparison.later)
    alerts, weeks = comparison.alerts, comparison.weeks
    yield f"  became critical: {alerts.critical_now:,} now, {alerts.critical_tried:,} tried"
    if weeks:
        now, tried = alerts.looks_now / weeks, alerts.looks_tried / weeks
        yield f"  looks a week (raised or became critical): {now:,.1f} now, {tried:,.1f} tried"
    yield f"  open at the end: {alerts.open_now:,} now, {alerts.open_tried:,} tried"
    for title, rows in (("by office", comparison.by_office), ("by week", comparison.by_week)):
        yield ""
        yield from _table(title, rows)
    yield ""
    yield from _offices(comparison.offices)
    yield BOOKED
    yield ""
    yield from _officers(comparison)


def _table(title: str, rows: Sequence[AlertCounts]) -> Iterator[str]:
    yield f"{title:<24}" + "".join(f"{column:>10}" for column in _COLUMNS)
    for row in rows:
        yield f"  {row.group:<22}" + "".join(f"{getattr(row, column):>10,}" for column in _COLUMNS)


def _delayed(word: str, delay: Delay) -> str:
    if delay.median_hours is None or delay.p90_hours is None:
        return f"  {word}: none"
    return f"  {word}: {delay.alerts:,}, by {delay.median_hours:,.1f} h (median), {delay.p90_hours:,.1f} h (p90)"


def _offices(offices: Sequence[tuple[OfficeLoad | None, OfficeLoad | None]]) -> Iterator[str]:
    yield f"{'at the end':<12}{'':<34}{'now':>18}{'tried':>18}"
    for now, tried in offices:
        record = now or tried
        name = "" if record is None else "all" if record.office == "*" else record.office
        for field, term in OFFICE_TERMS:
            left, right = (office_number(side, field) for side in (now, tried))
            if name == "all" or left != right:
                yield f"  {name:<10}{term:<34}{left:>18}{right:>18}"


def _officers(comparison: Comparison) -> Iterator[str]:
    ending = ", largest changes first:" if comparison.officers else ""
    yield f"{len(comparison.officers):,} officers with another load{ending}"
    for each in comparison.officers[:_SHOWN]:
        sides = number(each.utilisation_now), number(each.utilisation_tried)
        cases = f"{each.open_cases_now:,} to {each.open_cases_tried:,} open cases"
        yield f"  {each.officer_id:<32}{sides[0]:>12}{sides[1]:>12}  {cases}"


def office_number(record: OfficeLoad | None, field: str) -> str:
    """A field of an office record for people; - when there is no record."""
    value: float | None = None if record is None else getattr(record, field)
    return needed(value) if field == "officers_needed" else number(value)


def number(value: float | None) -> str:
    """A number for people: whole without decimals, else with two; - for None."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
