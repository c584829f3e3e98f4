"""The office record of CONTRACT.md §8: the only place that computes what an office carries, has and needs.

Console, metrics, `load`, `evaluate`, `whatif` and reports show these numbers by these names. Sums are exact in decimal:
a quotient is rounded once, at its end, so the record of all offices is the sum of the others on every surface.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from typing import Final, Self

from msgspec import Struct

from schemas.durations import Duration
from schemas.loads import LoadByCause, LoadByLevel
from schemas.office_loads import ALL_OFFICES, OfficeLoad
from streams.core.load.office_rows import OfficeRow, StaffRow, sum_office_rows
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS

__all__ = ["SWING", "OfficeTotals", "Sensitivity", "needed", "office_loads", "office_totals"]

SWING: Final = Decimal("0.25")
"""How much each weight is moved, up and down, to show what rests on it."""

_HOUR: Final = 60
_MONTH: Final = 30
_DAY_MS: Final = 86_400_000
_WORKING: Final = Decimal(7) / 5
"""Days for each business day, holidays left aside."""


class Sensitivity(Struct, frozen=True, gc=False):
    """Officers needed when one weight is moved by SWING.

    Attributes:
        weight: The key of the policy, such as `load.minutes_per_month.low`.
        less, more: Officers needed with that much less and more of it.
    """

    weight: str
    less: float
    more: float


class OfficeTotals(Struct, frozen=True, gc=False):
    """The counts of one office over all partitions, from which everything else follows.

    Attributes:
        cases: Of its cases.
        staff: Of its officers.
    """

    cases: OfficeRow
    staff: StaffRow

    @classmethod
    def of(cls, office: str, cases: Iterable[OfficeRow], staff: Iterable[StaffRow]) -> Self:
        """The totals of rows, whatever their offices."""
        rows = list(staff)
        together = StaffRow(
            office,
            sum(row.officers_at_work for row in rows),
            sum((row.capacity_minutes_month for row in rows), Decimal(0)),
            sum(row.officers_absent for row in rows),
            sum(row.with_absent for row in rows),
        )
        return cls(sum_office_rows(office, cases), together)

    @property
    def office(self) -> str:
        """Its name; `*` for all together."""
        return self.cases.office

    def workload_by_weight(self, rules: Rules) -> dict[str, Decimal]:
        """Minutes a month, by the key of the policy that says what they rest on."""
        policy, cases = rules.policy.load, self.cases
        parts = {
            f"load.minutes_per_month.{level}": count * exact(getattr(policy.minutes_per_month, level))
            for level, count in zip(LEVELS, cases.by_level, strict=True)
        }
        parts["load.hearing_minutes"] = cases.hearings_30d * exact(policy.hearing_minutes)
        parts["load.check_in_minutes"] = cases.bookings_30d * exact(policy.check_in_minutes)
        return parts

    def check_ins_by_interval(self, rules: Rules) -> Decimal:
        """Check-ins of 30 days if every open case had one an interval of the policy, booked or not."""
        contact = rules.policy.contact
        return sum(
            (
                Decimal(count) * _MONTH / _days(getattr(contact.interval, level))
                for level, count in zip(LEVELS, self.cases.by_level, strict=True)
            ),
            Decimal(0),
        )

    def workload_by_interval(self, rules: Rules) -> Decimal:
        """Minutes a month with the check-ins of the policy's intervals in place of those that are booked."""
        parts = self.workload_by_weight(rules)
        parts["load.check_in_minutes"] = self.check_ins_by_interval(rules) * exact(rules.policy.load.check_in_minutes)
        return sum(parts.values(), Decimal(0))

    def one_officer(self, rules: Rules) -> Decimal:
        """Minutes a month that one officer has: the mean of those at work, or the policy's when none is."""
        staff = self.staff
        if staff.officers_at_work:
            return staff.capacity_minutes_month / staff.officers_at_work
        return exact(rules.policy.load.capacity_hours_month) * _HOUR

    def record(self, rules: Rules, as_of: int) -> OfficeLoad:
        """The office record.

        Args:
            rules: The policy.
            as_of: The instant (ms) of the counts.
        """
        cases, staff = self.cases, self.staff
        workload = sum(self.workload_by_weight(rules).values(), Decimal(0))
        capacity = staff.capacity_minutes_month
        one_officer = self.one_officer(rules)
        mean = _by(workload, cases.open_cases)
        return OfficeLoad(
            office=cases.office,
            open_cases=cases.open_cases,
            in_custody=cases.in_custody,
            by_level=LoadByLevel(*cases.by_level),
            unassigned=cases.unassigned,
            in_transit=cases.in_transit,
            with_absent=staff.with_absent,
            lost_track=cases.lost_track,
            by_cause=LoadByCause(*cases.by_cause),
            bookings_7d=cases.bookings_7d,
            hearings_7d=cases.hearings_7d,
            hearings_30d=cases.hearings_30d,
            deadlines_7d=cases.deadlines_7d,
            workload_minutes_month=float(workload),
            officers_at_work=staff.officers_at_work,
            capacity_minutes_month=float(capacity),
            minutes_per_case_month=_by(capacity, cases.open_cases),
            utilisation=_by(workload, capacity),
            mean_minutes_per_case=mean,
            achievable_caseload=_by(one_officer * cases.open_cases, workload) if mean else None,
            officers_needed=_by(workload, one_officer),
            as_of=as_of,
        )

    def sensitivity(self, rules: Rules) -> list[Sensitivity]:
        """Officers needed when each weight is moved; empty when one officer has no capacity."""
        one_officer = self.one_officer(rules)
        if not one_officer:
            return []
        parts = self.workload_by_weight(rules)
        workload = sum(parts.values(), Decimal(0))
        return [
            Sensitivity(
                weight,
                float((workload - SWING * part) / one_officer),
                float((workload + SWING * part) / one_officer),
            )
            for weight, part in parts.items()
        ]


def office_totals(cases: Iterable[OfficeRow], staff: Iterable[StaffRow]) -> list[OfficeTotals]:
    """The totals of every office, by name, and of all offices together, first.

    Args:
        cases: Rows of case partitions.
        staff: Rows of officer partitions.
    """
    by_office: dict[str, tuple[list[OfficeRow], list[StaffRow]]] = {}
    for row in cases:
        by_office.setdefault(row.office, ([], []))[0].append(row)
    for person in staff:
        by_office.setdefault(person.office, ([], []))[1].append(person)
    offices = [OfficeTotals.of(office, *by_office[office]) for office in sorted(by_office)]
    whole = OfficeTotals.of(ALL_OFFICES, (each.cases for each in offices), (each.staff for each in offices))
    return [whole, *offices]


def office_loads(cases: Iterable[OfficeRow], staff: Iterable[StaffRow], rules: Rules, as_of: int) -> list[OfficeLoad]:
    """The record of all offices together and of every office, by name (`*` comes first).

    Args:
        cases: Rows of case partitions.
        staff: Rows of officer partitions.
        rules: The policy.
        as_of: The instant (ms) of the counts.
    """
    return [totals.record(rules, as_of) for totals in office_totals(cases, staff)]


def needed(officers: float | None) -> str:
    """Officers needed, as a fraction and as whole officers: 1.83 (2)."""
    return "-" if officers is None else f"{officers:,.2f} ({ceil(officers):,})"


def _days(interval: Duration) -> Decimal:
    """An interval in days of 24 hours."""
    if interval.business_days:
        return interval.business_days * _WORKING
    return Decimal(interval.milliseconds) / _DAY_MS


def _by(numerator: Decimal, denominator: Decimal | int) -> float | None:
    return float(numerator / denominator) if denominator else None
