"""The chart and the small line of a tile as elements; every chart has its numbers as a table too."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from nicegui import ui

from streams.web.pages.elements import DataTable, TableCell, TableColumn, el

__all__ = ["Chart", "ChartContent", "Sparkline"]

_WIDTH: Final = 96.0
_HEIGHT: Final = 24.0


class ChartContent(Struct, frozen=True):
    """What a chart shows.

    Attributes:
        options: For ECharts; its colours are variables of the sheet, so that they follow the theme.
        sentence: What a person sees first, in words.
        rows: The numbers as text, a row each.
    """

    options: Mapping[str, Any]
    sentence: str
    rows: Sequence[Sequence[str]]


class Chart:
    """A chart with its sentence, and its table behind a press.

    Args:
        caption: The caption of its table.
        columns: The headings of its table.
        height: Its height, in CSS.
    """

    def __init__(self, caption: str, columns: Sequence[str], *, height: str = "14rem") -> None:
        self._caption = caption
        self._columns = [TableColumn(name, is_number=place > 0) for place, name in enumerate(columns)]
        self._shown: ChartContent | None = None
        self._table: DataTable | None = None
        with el("figure", classes="chart"):
            self._sentence = el("figcaption")
            with el("div", classes="plot", aria_hidden="true"):
                self._plot = ui.echart({}, renderer="svg").style(f"height: {height}")
            with el("details") as self._details:
                el("summary", "As a table", aria_label=f"As a table: {caption}")
        # hundreds of cells that few open are not sent with every page
        self._details.on("toggle", self._open_table)

    def show(self, content: ChartContent) -> None:
        """Show this content, unless it is shown already."""
        if content == self._shown:
            return
        self._shown = content
        if self._sentence.text != content.sentence:
            self._sentence.set_text(content.sentence)
        self._plot.options.clear()
        self._plot.options.update(content.options)
        self._plot.update()
        self._fill()

    def _open_table(self) -> None:
        if self._table is None:
            with self._details:
                self._table = DataTable(self._caption, self._columns)
            self._fill()

    def _fill(self) -> None:
        if self._table is not None and self._shown is not None:
            self._table.show([[TableCell(text) for text in row] for row in self._shown.rows])


class Sparkline:
    """A small line without axes; its tile says in words what it shows."""

    def __init__(self) -> None:
        size = {"viewBox": f"0 0 {_WIDTH:g} {_HEIGHT:g}", "preserveAspectRatio": "none"}
        with el("svg", classes="spark", aria_hidden="true", **size):
            self._line = el("polyline", points="")

    def show(self, numbers: Sequence[float]) -> None:
        """Show numbers from the left to the right; nothing of fewer than two."""
        points = spark_points(numbers)
        if self._line.props["points"] != points:
            self._line.props["points"] = points


def spark_points(numbers: Sequence[float]) -> str:
    """The points of the line in a box of 96 by 24, the largest number at its top."""
    if len(numbers) < 2:
        return ""
    least, most = min(numbers), max(numbers)
    span, step = most - least, _WIDTH / (len(numbers) - 1)
    heights = [_HEIGHT - 2 - (each - least) / span * (_HEIGHT - 4) if span else _HEIGHT / 2 for each in numbers]
    return " ".join(f"{round(place * step, 1)},{round(height, 1)}" for place, height in enumerate(heights))
