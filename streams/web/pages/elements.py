"""Plain HTML elements with text, and a table that updates in place, so that keyboard focus stays."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

__all__ = ["DataTable", "TableCell", "TableColumn", "el", "plain"]


def el(tag: str, text: str = "", *, classes: str = "", **props: str) -> TextElement:
    """An HTML element.

    Args:
        tag: Its tag.
        text: Its text.
        classes: Its CSS classes.
        props: Its attributes; `_` stands for `-`, and a trailing one is dropped.
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
        title: Its heading.
        key: The sort key; empty when it is not sortable.
        is_number: Whether it is aligned right.
        tag: The element inside its cells: none, a link, or a badge.
        hint: The tooltip of its heading.
        is_minor: Whether a narrow window leaves it out, so that it shows the others whole.
    """

    title: str
    key: str = ""
    is_number: bool = False
    tag: str = ""
    hint: str = ""
    is_minor: bool = False

    @property
    def classes(self) -> str:
        """The CSS classes of its heading and its cells."""
        return " ".join(filter(None, ("number" if self.is_number else "", "minor" if self.is_minor else "")))


class TableCell(NamedTuple):
    """A cell.

    Attributes:
        text: Its text.
        classes: Its CSS classes.
        href: The target of its link.
        share: The length of the bar under it, 0 to 1; None for no bar.
    """

    text: str
    classes: str = ""
    href: str = ""
    share: float | None = None


def plain(columns: Sequence[TableColumn], *, linked: bool = True) -> list[TableColumn]:
    """The columns without sort keys and, unless `linked`, without links."""
    return [each._replace(key="", tag=each.tag if linked or each.tag != "a" else "") for each in columns]


_NOTHING: Final = TableCell("")


class DataTable:
    """A table whose rows update in place.

    Args:
        caption: Its caption for screen readers.
        columns: Its columns; the cells of the first are row headings.
        on_sort: Called with the key of a column when its heading is pressed.
        empty: Makes the text for when there are no rows.
    """

    def __init__(
        self,
        caption: str,
        columns: Sequence[TableColumn],
        *,
        on_sort: Callable[[str], object] | None = None,
        empty: Callable[[], str] = lambda: "No rows.",
    ) -> None:
        self._columns, self._when_empty = columns, empty
        self._heads: list[TextElement] = []
        self._rows: list[_TableRow] = []
        with el("div", classes="table", tabindex="0", role="group", aria_label=caption):
            with el("table"):
                el("caption", caption, classes="unseen")
                with el("thead"), el("tr"):
                    for column in columns:
                        self._heads.append(self._head(column, on_sort))
                self._body = el("tbody")
            self._empty = el("p", empty(), classes="empty")

    def show(
        self,
        rows: Sequence[Sequence[TableCell]],
        *,
        order: tuple[str, bool] | None = None,
        withheld: str | None = None,
    ) -> None:
        """Show rows.

        Args:
            rows: Cells in the order of the columns.
            order: The sort key, and whether the order is descending.
            withheld: Why there are none although there may be some.
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
            is_sorted = order is not None and column.key == order[0]
            direction = ("descending" if order is not None and order[1] else "ascending") if is_sorted else None
            if head.props.get("aria-sort") != direction:
                head.props.set_optional("aria-sort", direction)
        empty = "" if rows else withheld or self._when_empty()
        if self._empty.text != empty:
            self._empty.set_text(empty)
        self._empty.set_visibility(not rows)

    def _head(self, column: TableColumn, on_sort: Callable[[str], object] | None) -> TextElement:
        head = el("th", classes=column.classes, scope="col")
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
    """A row that updates only the cells that changed."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        self._shown = [_NOTHING] * len(columns)
        self._cells: list[tuple[TextElement, TextElement]] = []
        self._element = el("tr")
        with self._element:
            for place, column in enumerate(columns):
                cell = el("td" if place else "th", classes=column.classes)
                if not place:
                    cell.props["scope"] = "row"
                inner = cell
                if column.tag:
                    with cell:
                        inner = el(column.tag)
                self._cells.append((cell, inner))

    def show(self, cells: Sequence[TableCell]) -> None:
        """Update the cells."""
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
        """Remove the row."""
        self._element.delete()


def _bar(cell: Element, share: float | None) -> None:
    if share is None:
        cell.classes(remove="bar")
    else:
        cell.classes(add="bar")
        cell.style["--share"] = f"{round(100 * min(1.0, max(0.0, share)), 1)}%"
