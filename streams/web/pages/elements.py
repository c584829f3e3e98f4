"""Plain HTML elements with text, and a table that changes in place: what has the keyboard's focus keeps it."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

__all__ = ["DataTable", "TableCell", "TableColumn", "el", "plain"]


def el(tag: str, text: str = "", *, classes: str = "", **props: str) -> TextElement:
    """An element.

    Args:
        tag: Of HTML.
        text: What it says.
        classes: For the style sheet.
        props: Its attributes; `_` stands for `-`, and a last one is dropped.
    """
    element = TextElement(tag=tag, text=text)
    if classes:
        element.classes(classes)
    for name, value in props.items():
        element.props[name.rstrip("_").replace("_", "-")] = value
    return element


class TableColumn(NamedTuple):
    """A column.

    Attributes:
        title: Its head.
        key: What to sort by; empty when it cannot be sorted by.
        is_number: Whether it is set to the right.
        tag: What is inside its cells: nothing, a link, or a badge.
        hint: What its head means, for who lingers on it.
    """

    title: str
    key: str = ""
    is_number: bool = False
    tag: str = ""
    hint: str = ""


class TableCell(NamedTuple):
    """A cell.

    Attributes:
        text: What it says.
        classes: For the style sheet.
        href: Where a link goes.
        share: How long the bar under it is, 0 to 1; None for no bar.
    """

    text: str
    classes: str = ""
    href: str = ""
    share: float | None = None


def plain(columns: Sequence[TableColumn], *, linked: bool = True) -> list[TableColumn]:
    """Columns by which nothing is sorted, and unless `linked` without links."""
    return [each._replace(key="", tag=each.tag if linked or each.tag != "a" else "") for each in columns]


_NOTHING: Final = TableCell("")


class DataTable:
    """A table whose rows are filled and filled again.

    Args:
        caption: What it is, for who does not see it.
        columns: Its columns; the first is the head of its row.
        on_sort: Told the key of a column whose head was pressed.
        empty: What to say when there is nothing.
    """

    def __init__(
        self,
        caption: str,
        columns: Sequence[TableColumn],
        *,
        on_sort: Callable[[str], object] | None = None,
        empty: str = "Nothing.",
    ) -> None:
        self._columns = columns
        self._heads: list[TextElement] = []
        self._rows: list[_TableRow] = []
        with el("div", classes="table", tabindex="0", role="group", aria_label=caption):
            with el("table"):
                el("caption", caption, classes="unseen")
                with el("thead"), el("tr"):
                    for column in columns:
                        self._heads.append(self._head(column, on_sort))
                self._body = el("tbody")
            self._empty = el("p", empty, classes="empty")

    def show(self, rows: Sequence[Sequence[TableCell]], *, order: tuple[str, bool] | None = None) -> None:
        """Show rows.

        Args:
            rows: Cells in the order of the columns.
            order: By which key, and whether descending.
        """
        while len(self._rows) < len(rows):
            with self._body:
                self._rows.append(_TableRow(self._columns))
        for spare in self._rows[len(rows) :]:
            spare.delete()
        del self._rows[len(rows) :]
        for row, cells in zip(self._rows, rows, strict=True):
            row.show(cells)
        for head, column in zip(self._heads, self._columns, strict=True):
            is_mine = order is not None and column.key == order[0]
            told = ("descending" if order is not None and order[1] else "ascending") if is_mine else None
            if head.props.get("aria-sort") != told:
                head.props.set_optional("aria-sort", told)
        self._empty.set_visibility(not rows)

    def _head(self, column: TableColumn, on_sort: Callable[[str], object] | None) -> TextElement:
        head = el("th", classes="number" if column.is_number else "", scope="col")
        with head:
            if column.key and on_sort is not None:
                button = el("button", column.title, type="button")
                button.on("click", lambda: on_sort(column.key))
                if column.hint:
                    button.props["title"] = column.hint
            else:
                label = el("span", column.title)
                if column.hint:
                    label.props["title"] = column.hint
        return head


class _TableRow:
    """A row of cells that change only where something else is to be seen."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        self._shown = [_NOTHING] * len(columns)
        self._cells: list[tuple[TextElement, TextElement]] = []
        self._element = el("tr")
        with self._element:
            for place, column in enumerate(columns):
                cell = el("td" if place else "th", classes="number" if column.is_number else "")
                if not place:
                    cell.props["scope"] = "row"
                inner = cell
                if column.tag:
                    with cell:
                        inner = el(column.tag)
                self._cells.append((cell, inner))

    def show(self, cells: Sequence[TableCell]) -> None:
        """Fill it."""
        for place, new in enumerate(cells):
            old = self._shown[place]
            if new == old:
                continue
            outer, inner = self._cells[place]
            if new.text != old.text:
                inner.set_text(new.text)
            if new.href != old.href:
                inner.props["href"] = new.href
            if new.classes != old.classes:
                inner.classes(remove=old.classes, add=new.classes)
            if new.share != old.share:
                _bar(outer, new.share)
            self._shown[place] = new

    def delete(self) -> None:
        """Take it out."""
        self._element.delete()


def _bar(cell: Element, share: float | None) -> None:
    if share is None:
        cell.classes(remove="bar")
    else:
        cell.classes(add="bar")
        cell.style["--share"] = f"{100 * min(1.0, max(0.0, share)):.1f}%"
