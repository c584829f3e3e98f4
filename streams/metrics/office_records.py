"""Office records as series: sums over workers; recording rules compute the quotients."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from streams.core.load.office_record import OfficeTotals, office_totals
from streams.core.load.office_rows import OfficeRow, StaffRow
from streams.core.load.office_zones import offices_without_zone
from streams.core.policy.rules import CAUSES, Rules
from streams.core.state.case_state import LEVELS
from streams.metrics.families import gauge
from streams.metrics.offices import OfficeLabels

__all__ = ["office_families"]

_MINUTE: Final = 60
_COUNTS: Final[tuple[tuple[str, str, Callable[[OfficeTotals], float | None]], ...]] = (
    ("office_in_custody_cases", "Open cases in custody.", lambda each: each.cases.in_custody),
    (
        "office_unassigned_cases",
        "Open cases without an officer of record that are not in transit.",
        lambda each: each.cases.unassigned,
    ),
    (
        "office_in_transit_cases",
        "Open cases in transit: transferred out, not yet received.",
        lambda each: each.cases.in_transit,
    ),
    (
        "office_with_absent_cases",
        "Open cases whose officer of record is on leave or departed.",
        lambda each: each.staff.with_absent,
    ),
    ("office_lost_track_cases", "Cases with any standing alert.", lambda each: each.cases.lost_track),
    ("office_bookings_7d", "Unsatisfied bookings due within 7 days.", lambda each: each.cases.bookings_7d),
    ("office_hearings_7d", "Hearings still scheduled, due within 7 days.", lambda each: each.cases.hearings_7d),
    ("office_hearings_30d", "Hearings still scheduled, due within 30 days.", lambda each: each.cases.hearings_30d),
    (
        "office_deadlines_7d",
        "Cases with a deadline within 7 days; no series while an older worker counts some of them.",
        lambda each: each.cases.deadlines_7d,
    ),
    (
        "office_officers_at_work",
        "Officers of the office whose status is active or unknown.",
        lambda each: each.staff.officers_at_work,
    ),
    (
        "office_officers_absent",
        "Officers of the office on leave or departed with cases.",
        lambda each: each.staff.officers_absent,
    ),
    (
        "office_capacity_seconds",
        "Minutes a month that the officers at work have for cases.",
        lambda each: float(each.staff.capacity_minutes_month * _MINUTE),
    ),
)


def office_families(
    cases: Iterable[OfficeRow], staff: Iterable[StaffRow], names: OfficeLabels, rules: Rules
) -> Iterator[Metric]:
    """All metric families about offices: they count every open case, with or without an officer.

    Args:
        cases: Rows of the owned case partitions.
        staff: Rows of the owned officer partitions.
        names: Labels of the offices.
        rules: The policy.
    """
    cases = list(cases)
    without_zone = len(offices_without_zone(rules.policy, (row.office for row in cases)))
    yield gauge(
        "offices_without_zone",
        "Offices with open cases to which the policy gives no time zone: their business days are of UTC.",
        (),
        [((), without_zone)],
    )
    labelled = _by_label(cases, staff, names)
    labels = ("office",)
    yield gauge(
        "office_open_cases",
        "Open cases at liberty, by level of supervision.",
        ("office", "level"),
        [
            ((office, level), count)
            for office, each in labelled.items()
            for level, count in zip(LEVELS, each.cases.by_level, strict=True)
        ],
    )
    yield gauge(
        "office_lost_track_cause_cases",
        "Cases with a standing alert of a cause; one case may be in several.",
        ("office", "cause"),
        [
            ((office, cause.value), count)
            for office, each in labelled.items()
            for cause, count in zip(CAUSES, each.cases.by_cause, strict=True)
        ],
    )
    for name, help_, figure in _COUNTS:
        figures = ((office, figure(each)) for office, each in labelled.items())
        yield gauge(name, help_, labels, [((office,), number) for office, number in figures if number is not None])
    yield gauge(
        "office_workload_seconds",
        "Work in a month for the cases of an office, by the weight of the policy that gives it; check-ins and hearings "
        "are those booked within 30 days.",
        ("office", "weight"),
        [
            ((office, weight), float(minutes * _MINUTE))
            for office, each in labelled.items()
            for weight, minutes in each.workload_by_weight(rules).items()
        ],
    )


def _by_label(cases: Iterable[OfficeRow], staff: Iterable[StaffRow], names: OfficeLabels) -> dict[str, OfficeTotals]:
    """Totals by label: offices without a label of their own share one."""
    sharing: dict[str, list[OfficeTotals]] = {}
    for each in office_totals(cases, staff)[1:]:
        sharing.setdefault(names[each.office], []).append(each)
    return {
        label: OfficeTotals.of(label, (each.cases for each in theirs), (each.staff for each in theirs))
        for label, theirs in sharing.items()
    }
