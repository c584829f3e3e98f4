"""Dashboards as values, from which Grafana's JSON, the previews and the query tests are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "GOOD", "HERE", "NEUTRAL", "OFFICE", "POOR", "SERIOUS", "DashboardSpec", "Kind", "Marks", "Panel", "PanelQuery",
    "marks",
]  # fmt: skip

Kind = Literal["stat", "lines", "bars", "table"]

HERE: Final = 'job=~"$job"'
"""Matchers of the dashboard's job."""

OFFICE: Final = 'job=~"$job", office=~"$office"'
"""Matchers of the dashboard's job and offices."""

GOOD, POOR, SERIOUS, NEUTRAL = "#3D71D9", "#E0A030", "#D1495B", "#8E8EA0"
"""Blue, amber and red, which color-blind readers can tell apart; gray for a figure that is neither good nor bad."""


@dataclass(frozen=True)
class PanelQuery:
    """A query to Prometheus.

    Attributes:
        expr: PromQL.
        legend: The name of its series; in a table, the heading of its column.
        unit, decimals: In a table, those of that column where they differ from the panel's.
    """

    expr: str
    legend: str
    unit: str = ""
    decimals: int | None = None


Marks = Sequence[tuple[float | None, str]]
"""(from this value on, color), ascending; the first has no value."""


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        question: Its title.
        about: What the figure means and where it comes from.
        kind: One number, lines over time, a bar for each series, or a row for each label set.
        queries: In a table, one for each column.
        unit: Grafana's name of it.
        width, height: In Grafana's grid, which is 24 wide.
        marks: Where colors change.
        decimals: How many it shows.
        runbook: The alert whose runbook is linked; empty for none.
        row_label: In a table, the label that names a row.
    """

    question: str
    about: str
    kind: Kind
    queries: Sequence[PanelQuery]
    unit: str = "short"
    width: int = 12
    height: int = 8
    marks: Marks = ((None, GOOD),)
    decimals: int | None = None
    runbook: str = ""
    row_label: str = ""


@dataclass(frozen=True)
class DashboardSpec:
    """One dashboard.

    Attributes:
        uid: Never changes, because links use it.
        file: Its name in deploy/grafana/dashboards, without .json.
        title: Its name.
        question: The question that it answers as a whole.
        panels: In reading order.
        by_office: Whether a variable filters it by office.
    """

    uid: str
    file: str
    title: str
    question: str
    panels: Sequence[Panel]
    by_office: bool = True


def marks(poor: float, serious: float) -> Marks:
    """Colors for a figure that gets worse as it grows."""
    return ((None, GOOD), (poor, POOR), (serious, SERIOUS))
