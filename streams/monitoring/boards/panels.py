"""Dashboards as values: what Grafana's JSON, the previews and the tests of every query are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "GOOD", "HERE", "NEUTRAL", "OFFICE", "POOR", "SERIOUS", "DashboardSpec", "Kind", "Marks", "Panel", "PanelQuery",
    "marks",
]  # fmt: skip

Kind = Literal["stat", "lines", "bars", "table"]

HERE: Final = 'job=~"$job"'
"""Matchers of the board's job."""

OFFICE: Final = 'job=~"$job", office=~"$office"'
"""Matchers of its job and offices."""

GOOD, POOR, SERIOUS, NEUTRAL = "#3D71D9", "#E0A030", "#D1495B", "#8E8EA0"
"""Blue, amber, red: told apart without red and green; what has no good and bad is grey."""


@dataclass(frozen=True)
class PanelQuery:
    """What is asked of Prometheus.

    Attributes:
        expr: PromQL.
        legend: What its series are called; in a table, the heading of its column.
        unit: In a table, the unit of that column where it is another.
    """

    expr: str
    legend: str
    unit: str = ""


Marks = Sequence[tuple[float | None, str]]
"""(from this value on, colour), ascending; the first has no value."""


@dataclass(frozen=True)
class Panel:
    """One question.

    Attributes:
        question: Its title.
        about: What the answer means and where it comes from.
        kind: How it is shown: one number, lines over time, a bar a series, a row a label set.
        queries: Each a column in a table.
        unit: Grafana's name of it.
        width, height: In Grafana's grid, which is 24 wide.
        marks: Where colours change.
        decimals: How many are shown.
        runbook: An alert whose page is linked; empty for none.
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
        uid: Never changes: links lead to it.
        file: Its name in deploy/grafana/dashboards, without .json.
        title: Its name.
        question: What the whole of it answers.
        panels: In reading order.
        by_office: Whether it can be narrowed to offices.
    """

    uid: str
    file: str
    title: str
    question: str
    panels: Sequence[Panel]
    by_office: bool = True


def marks(poor: float, serious: float) -> Marks:
    """Colours for a number of which more is worse."""
    return ((None, GOOD), (poor, POOR), (serious, SERIOUS))
