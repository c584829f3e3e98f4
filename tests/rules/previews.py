"""Pictures of the dashboards from the answers of a Prometheus: `python -m tests.rules.previews URL FOLDER [MINUTES]`.

Grafana itself does not run: each panel is drawn from its query, in its place, unit and colours.
"""

import sys
import time
import urllib.parse
import urllib.request
from json import load as read_json
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from schemas.policy import load_policy
from streams.monitoring.boards import boards
from streams.monitoring.boards.panels import DashboardSpec, Panel, PanelQuery
from streams.monitoring.grafana import places
from tests.kafka.waiting import LIMIT

__all__ = ["draw"]

_VARIABLES: Final = {"$job": ".*", "$office": ".*", "$__rate_interval": "30s"}
_INK, _FAINT, _GRID, _PAGE, _CARD = "#D8D9DF", "#9A9BA8", "#2C2E37", "#111217", "#181B1F"
_LINES: Final = ("#5B8FF9", "#E0A030", "#5AD8A6", "#D1495B", "#B07AE8", "#6DC8EC", "#F08BB4", "#A0A0A0", "#C9D36A")
_PIXELS, _DPI, _ROW = 1280, 110, 36
_LONGEST: Final = 26

Series = list[dict[str, Any]]


class _Source:
    """A Prometheus and the last minutes."""

    def __init__(self, url: str, minutes: float) -> None:
        self._url, self._end = url, int(time.time())
        self._start = self._end - int(60 * minutes)

    def now(self, expr: str) -> Series:
        return self._ask("query", query=expr, time=str(self._end))

    @property
    def instants(self) -> list[float]:
        return [self._start + index for index in range(int(self._end - self._start) + 1)]

    def course(self, expr: str) -> Series:
        span = {"start": str(self._start), "end": str(self._end), "step": "1"}
        return self._ask("query_range", query=expr, **span)

    def _ask(self, path: str, *, query: str, **how: str) -> Series:
        for variable, value in _VARIABLES.items():
            query = query.replace(variable, value)
        parameters = urllib.parse.urlencode({"query": query, **how})
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{parameters}", timeout=LIMIT) as answer:
            found: Series = read_json(answer)["data"]["result"]
        return found


def draw(board: DashboardSpec, source: _Source, file: Path) -> None:
    """Draw one board, 1280 pixels wide."""
    spots = places(board.panels)
    rows = max(spot.y + spot.h for spot in spots)
    height = rows * _ROW + 70
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 7.5, "text.parse_math": False})
    figure = Figure(figsize=(_PIXELS / _DPI, height / _DPI), dpi=_DPI, facecolor=_PAGE)
    figure.text(0.012, 1 - 26 / height, board.title, color=_INK, fontsize=14, weight="bold", va="center")
    figure.text(0.012, 1 - 52 / height, board.question, color=_FAINT, fontsize=9.5, va="center")
    for panel, spot in zip(board.panels, spots, strict=True):
        left, width = (spot.x * _PIXELS / 24 + 5) / _PIXELS, (spot.w * _PIXELS / 24 - 10) / _PIXELS
        bottom = (height - 70 - (spot.y + spot.h) * _ROW + 5) / height
        card = figure.add_axes((left, bottom, width, (spot.h * _ROW - 10) / height), facecolor=_CARD)
        card.set_xticks([])
        card.set_yticks([])
        for side in card.spines.values():
            side.set_color(_GRID)
        _title(card, panel, width * _PIXELS)
        inner = _inner(panel, left, bottom, width, spot.h * _ROW - 10, height)
        axes = figure.add_axes(inner, facecolor=_CARD)
        for side in axes.spines.values():
            side.set_visible(False)
        {"stat": _stat, "lines": _lines, "bars": _bars, "table": _table}[panel.kind](axes, panel, source)
    figure.savefig(file, facecolor=_PAGE)


def _title(card: Axes, panel: Panel, pixels: float) -> None:
    fits = int(pixels / 7.7)
    words, lines = panel.question.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > fits:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    where = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (7, -7), "textcoords": "offset points"}
    card.annotate("\n".join(lines), color=_INK, weight="bold", va="top", fontsize=7.5, linespacing=1.25, **where)


def _inner(
    panel: Panel, left: float, bottom: float, width: float, pixels: float, height: float
) -> tuple[float, float, float, float]:
    above = {"stat": 52, "lines": 30, "bars": 30, "table": 28}[panel.kind]
    below = {"stat": 8, "lines": 56, "bars": 10, "table": 8}[panel.kind]
    before = {"stat": 8, "lines": 60, "bars": 132, "table": 10}[panel.kind] / _PIXELS
    after = {"stat": 8, "lines": 14, "bars": 78, "table": 10}[panel.kind] / _PIXELS
    return left + before, bottom + below / height, width - before - after, (pixels - above - below) / height


def _stat(axes: Axes, panel: Panel, source: _Source) -> None:
    found = source.now(panel.queries[0].expr)
    value = float(found[0]["value"][1]) if found else float("nan")
    axes.axis("off")
    text = _text(value, panel.unit, panel.decimals)
    axes.text(0.5, 0.5, text, color=_colour(panel, value), fontsize=21, weight="bold", ha="center", va="center")


def _lines(axes: Axes, panel: Panel, source: _Source) -> None:
    number, greatest = 0, 0.0
    for query in panel.queries:
        for series in source.course(query.expr):
            samples = {float(at): float(value) for at, value in series["values"]}
            instants = source.instants  # the line breaks where there is no value
            values = [samples.get(at, float("nan")) for at in instants]
            if all(value != value for value in values):
                continue
            greatest = max([greatest, *(value for value in values if value == value)])
            axes.plot(
                [(at - instants[-1]) / 60 for at in instants], values,
                color=_LINES[number % len(_LINES)], linewidth=1.5, label=_legend(query, series["metric"]),
            )  # fmt: skip
            number += 1
    axes.set_ylim(0, greatest * 1.08 or 1)
    axes.grid(axis="y", color=_GRID, linewidth=0.7)
    axes.tick_params(colors=_FAINT, length=0, labelsize=6.8)
    axes.xaxis.set_major_formatter(lambda minutes, _: f"{minutes:g} min" if minutes else "now")
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=panel.decimals == 0))
    axes.yaxis.set_major_formatter(lambda value, _: _text(value, panel.unit, None))
    if number:
        columns = 3 if panel.width <= 8 else 5
        axes.legend(
            loc="upper left", bbox_to_anchor=(-0.06, -0.09), ncols=columns, frameon=False, labelcolor=_INK,
            fontsize=6.2, handlelength=0.9, columnspacing=0.9, borderaxespad=0.2,
        )  # fmt: skip
    else:
        axes.text(0.5, 0.5, "No data", color=_FAINT, ha="center", va="center", transform=axes.transAxes)


def _bars(axes: Axes, panel: Panel, source: _Source) -> None:
    rows = [
        (_legend(query, series["metric"]), float(series["value"][1]))
        for query in panel.queries
        for series in source.now(query.expr)
    ]
    rows = sorted(rows, key=lambda row: row[0]) if len(rows) < 12 else rows
    greatest = max((value for _, value in rows), default=1.0) or 1.0
    axes.set_xticks([])
    axes.set_xlim(0, greatest)
    axes.set_yticks(range(len(rows)), [name[:_LONGEST] for name, _ in rows])
    axes.tick_params(colors=_INK, length=0)
    axes.invert_yaxis()
    for index, (_, value) in enumerate(rows):
        colour = _colour(panel, value)
        axes.barh(index, greatest, color=_GRID, height=0.62)
        axes.barh(index, value, color=colour, height=0.62)
        text = _text(value, panel.unit, panel.decimals)
        axes.text(greatest * 1.02, index, text, color=colour, va="center", weight="bold")


def _table(axes: Axes, panel: Panel, source: _Source) -> None:
    cells: dict[str, dict[str, float]] = {}
    for query in panel.queries:
        for series in source.now(query.expr):
            row = series["metric"].get(panel.row_label, "")
            cells.setdefault(row, {})[query.legend] = float(series["value"][1])
    first = panel.queries[0].legend
    names = sorted(cells, key=lambda name: -cells[name].get(first, 0.0))
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    lines = panel.height * _ROW // 24
    columns = [panel.row_label, *(query.legend for query in panel.queries)]
    start = 0.27 if len(columns) < 8 else 0.09
    at = [0.0, *(start + (1 - start) * (index + 1) / len(panel.queries) for index in range(len(panel.queries)))]
    for index, column in enumerate(columns):
        axes.text(at[index], 1 - 0.5 / lines, column, color=_FAINT, ha="right" if index else "left", va="center")
    for number, name in enumerate(names[: lines - 2], 1):
        y = 1 - (number + 0.5) / lines
        axes.plot([0, 1], [y + 0.5 / lines] * 2, color=_GRID, linewidth=0.6)
        axes.text(0, y, name, color=_INK, va="center")
        for index, query in enumerate(panel.queries, 1):
            value = cells[name].get(query.legend)
            if value is not None:
                text = _text(
                    value, query.unit or panel.unit, panel.decimals if query.decimals is None else query.decimals
                )
                marked = query.unit == "percentunit" and len(panel.marks) > 1
                colour = _colour(panel, value) if marked else _INK
                axes.text(at[index], y, text, color=colour, ha="right", va="center")


def _legend(query: PanelQuery, labels: dict[str, str]) -> str:
    text = query.legend
    for name, value in labels.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _colour(panel: Panel, value: float) -> str:
    return [colour for mark, colour in panel.marks if mark is None or value >= mark][-1]


def _text(value: float, unit: str, decimals: int | None) -> str:
    """Format a number as Grafana does."""
    if value != value:
        return "No data"
    if unit == "s":
        return _duration(value, decimals)
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        for name in ("B", "KiB", "MiB", "GiB"):
            if abs(value) < 1024 or name == "GiB":
                return f"{value:.3g} {name}" if value < 100 else f"{value:.0f} {name}"
            value /= 1024
    suffix = " ops/s" if unit == "ops" else ""
    if abs(value) >= 10_000:
        return f"{value / 1_000:.3g} K{suffix}" if value < 1e6 else f"{value / 1e6:.3g} Mil{suffix}"
    shown = f"{value:,.{decimals}f}" if decimals is not None else f"{value:,.3g}" if value < 1_000 else f"{value:,.0f}"
    return f"{shown.removesuffix('.0')}{suffix}"


def _duration(seconds: float, decimals: int | None) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "mins"), (1, "s"), (0.001, "ms")):
        if seconds >= size or name == "ms":
            return (
                f"{seconds / size:.{1 if decimals is None or name != 's' else decimals}f} {name}" if seconds else "0 s"
            )
    raise AssertionError(seconds)


if __name__ == "__main__":
    address, folder, *rest = sys.argv[1:]
    asked = _Source(address, float(rest[0]) if rest else 30)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for each in boards(load_policy(None)):
        draw(each, asked, Path(folder) / f"{each.file}.png")
