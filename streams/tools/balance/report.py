"""The result of `balance` for one office."""

from collections.abc import Iterator

from msgspec import Struct

from streams.tools.balance.curve import CurvePoint
from streams.tools.balance.docket import OfficeDocket
from streams.tools.balance.plan import OfficePlan, PlannedOfficer

__all__ = ["OfficeReport", "PlanReport", "office_lines", "report_of"]


class PlanReport(Struct, frozen=True):
    """A plan without its cases.

    Attributes:
        budget: Moves asked for.
        point: What it reaches.
        officers: Whom it concerns, the greatest change of utilisation first.
    """

    budget: int
    point: CurvePoint
    officers: list[PlannedOfficer]


class OfficeReport(Struct, frozen=True):
    """One office.

    Attributes:
        office: Its name.
        officers: Those at work who have capacity.
        may_move: Cases that may move.
        may_arrive: So many cases may reach its officers before one's intake is too fast; None where nothing limits it.
        stay: Its other open cases, by the first reason why they stay.
        mean_utilisation: Work of these officers by their capacity.
        curve: Fewest moves first; empty when there is no work.
        plan: That of the budget; None without one.
    """

    office: str
    officers: int
    may_move: int
    may_arrive: int | None
    stay: dict[str, int]
    mean_utilisation: float
    curve: list[CurvePoint]
    plan: PlanReport | None


def report_of(
    docket: OfficeDocket, curve: list[CurvePoint], plan: OfficePlan | None, budget: int | None
) -> OfficeReport:
    """The report of one office."""
    planned = None if plan is None or budget is None else PlanReport(budget, plan.point, plan.officers)
    return OfficeReport(
        docket.office,
        len(docket.seats),
        sum(map(len, docket.movable.values())),
        _intake_left(docket),
        {str(reason): count for reason, count in sorted(docket.staying.items())},
        float(docket.mean),
        curve,
        planned,
    )


def _intake_left(docket: OfficeDocket) -> int | None:
    limits = [seat.intake for seat in docket.seats if seat.intake is not None]
    return sum(limits) if len(limits) == len(docket.seats) else None


def office_lines(report: OfficeReport) -> Iterator[str]:
    """What is known of the office before any move."""
    yield (
        f"{report.office}: {report.officers:,} officers at work, mean utilization {report.mean_utilisation:.3f}; "
        f"{report.may_move:,} cases may move"
    )
    if report.may_arrive is not None:
        yield f"  {report.may_arrive:>9,} may reach its officers before the intake of one is too fast"
    for reason, count in report.stay.items():
        yield f"  {count:>9,} stay: {reason}"
