"""The live screen: officers by minutes per case per month, lost-track cases by cause, the newest alerts."""

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.causes import Cause
from streams.cli.terminal.facts import ScreenFacts
from streams.cli.terminal.lines import clock_text

__all__ = ["screen"]

_WIDE: Final = 100
_OFFICERS: Final = 16
_FEWEST: Final = 4
"""Newest alerts that have space for any number of officers."""
_FRAME: Final = 3
"""Lines of a table besides its rows."""
_CLASS_STYLE: Final = {"agency": "bold red", "record": "yellow", "person": "cyan"}


def screen(facts: ScreenFacts, *, width: int, height: int, footer: Sequence[str]) -> RenderableType:
    """The screen for a terminal of that size; 80 by 24 is enough.

    Args:
        facts: The facts.
        width: Columns.
        height: Rows.
        footer: The last lines; the first, such as the link to the console, is not dimmed.
    """
    wide = width >= _WIDE
    header = _header(facts, wide=wide)
    room = height - (3 if wide else 4) - len(footer)  # less the header
    upper = max(len(Cause), min(_OFFICERS, room - _FRAME - _FEWEST - _FRAME))
    side_by_side = Table.grid(expand=True, padding=(0, 1))
    side_by_side.add_column(ratio=3)
    side_by_side.add_column(ratio=2)
    side_by_side.add_row(_officers(facts, upper, wide=wide), _causes(facts, wide=wide))
    newest = _newest(facts, max(1, room - upper - 2 * _FRAME), wide=wide)
    last = [
        Text(line, style="dim" if number else "bold", no_wrap=True, overflow="ellipsis")
        for number, line in enumerate(footer)
    ]
    return Group(header, side_by_side, newest, *last)


def _table(title: str) -> Table:
    """An empty table."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        expand=True,
        padding=(0, 1),
    )


def _header(facts: ScreenFacts, *, wide: bool) -> RenderableType:
    numbers = facts.numbers
    if numbers is None:
        return Panel("waiting for the worker", title="docketwatch", border_style="blue")
    text = Text.assemble(
        ("clock ", "dim"),
        (clock_text(numbers.clock), "bold"),
        ("   events/s ", "dim"),
        (f"{facts.events_a_second:,.0f}", "bold green"),
        ("   events ", "dim"),
        f"{numbers.events:,}",
        ("   refused ", "dim"),
        f"{numbers.refused:,}",
        ("   cases " if wide else "\ncases ", "dim"),
        f"{numbers.cases:,}",
        ("   lost track ", "dim"),
        (f"{facts.lost_track:,}", "bold red"),
    )
    return Panel(text, title="docketwatch", border_style="blue")


def _officers(facts: ScreenFacts, rows: int, *, wide: bool) -> RenderableType:
    table = _table("officers: minutes per case per month")
    table.add_column("officer", no_wrap=True)
    if wide:
        table.add_column("office", no_wrap=True)
    for name in ("min/case", "open", "load", "lost"):
        table.add_column(name, justify="right", no_wrap=True)
    for load in facts.by_least_time[:rows]:
        utilisation = "-" if load.utilisation is None else f"{load.utilisation:.0%}"
        office = [load.office or "-"] if wide else []
        table.add_row(
            load.officer_id,
            *office,
            f"{load.minutes_per_case_month:.1f}",
            f"{load.open_cases:,}",
            utilisation,
            f"{load.lost_track:,}",
        )
    return table


def _causes(facts: ScreenFacts, *, wide: bool) -> RenderableType:
    table = _table("lost-track cases by cause")
    table.add_column("cause", no_wrap=True)
    if wide:
        table.add_column("side", no_wrap=True)
    table.add_column("cases", justify="right", no_wrap=True)
    for cause, count in facts.by_cause.items():
        side = facts.sides[cause]
        style = _CLASS_STYLE[side]
        table.add_row(Text(cause, style=style), *([Text(side, style=style)] if wide else []), f"{count:,}")
    return table


def _newest(facts: ScreenFacts, rows: int, *, wide: bool) -> RenderableType:
    table = _table("newest alerts")
    table.add_column("raised", no_wrap=True)
    table.add_column("cause", no_wrap=True)
    table.add_column("case", no_wrap=True)
    if wide:
        table.add_column("officer", no_wrap=True)
        table.add_column("office", no_wrap=True)
    for alert in facts.newest[:rows]:
        raised = alert.raised_at[:16].replace("T", " ")
        cells: list[RenderableType] = [raised, Text(alert.cause, _CLASS_STYLE[alert.cause_class]), alert.case_id]
        table.add_row(*cells, *((alert.officer_id or "-", alert.office or "-") if wide else ()))
    return table
