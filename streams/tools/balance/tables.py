"""The tables of `balance` for a terminal."""

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from streams.core.state.case_state import LEVELS
from streams.tools.balance.plan import PlannedOfficer
from streams.tools.balance.report import OfficeReport

__all__ = ["curve_table", "officer_table"]

_SHOWN: Final = 10


def curve_table(report: OfficeReport) -> Table:
    """Max/mean utilisation against moves; the budget's row is marked."""
    table = _table("moves a week", "max/mean", "highest", *LEVELS, "disruption", "at least")
    points = {point.moves: (point, "") for point in report.curve}
    if report.plan is not None:
        points[report.plan.point.moves] = (report.plan.point, " *")
    for _, (point, mark) in sorted(points.items()):
        table.add_row(
            f"{point.moves:,}{mark}",
            f"{point.max_by_mean:.3f}",
            f"{point.max_utilisation:.3f}",
            *(f"{count:,}" for count in point.by_level.values()),
            f"{point.disruption:,.0f}",
            f"{point.disruption_at_least:,.0f}",
        )
    return table


def officer_table(officers: Sequence[PlannedOfficer]) -> Table:
    """Whom the plan concerns most."""
    table = _table("officer", "utilization now", "planned", "gives", "takes")
    for each in officers[:_SHOWN]:
        now, planned = f"{each.utilisation_now:.3f}", f"{each.utilisation_planned:.3f}"
        table.add_row(each.officer_id, now, planned, f"{each.gives:,}", f"{each.takes:,}")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place or column != "officer" else "left", no_wrap=True)
    return table
