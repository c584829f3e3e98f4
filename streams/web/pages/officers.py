"""The page of officers and their loads, with a filter by office and a sortable table."""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.loads import Load
from streams.web.labels import DOCKET_CAUSES, count, number
from streams.web.list_query import order_of, page_of, reversed_order, values_of
from streams.web.lost_track import PAGE_ROWS
from streams.web.pages.elements import TableCell, TableColumn, el
from streams.web.pages.filters import choice, clear_all, set_url_fields, text_filter
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import DEADLINES_HINT, OFFICER_COLUMNS, Pager, officer_cells

__all__ = ["OfficersPage"]

_MANY: Final = float("inf")
_ORDERS: Final[dict[str, Callable[[Load], tuple[object, ...]]]] = {
    "officer": lambda load: (load.officer_id,),
    "office": lambda load: (load.office or "~", load.officer_id),
    "minutes": lambda load: (load.minutes_per_case_month if load.minutes_per_case_month is not None else _MANY,),
    "open": lambda load: (load.open_cases,),
    "load": lambda load: (load.utilisation or 0.0,),
    "lost": lambda load: (load.lost_track,),
    "overdue": lambda load: (load.overdue,),
    "custody": lambda load: (load.in_custody,),
    "ahead": lambda load: (load.bookings_7d + load.hearings_7d,),
    "deadlines": lambda load: (load.deadlines_7d or 0,),
}
_COLUMNS: Final = (
    *OFFICER_COLUMNS,
    TableColumn("Overdue", "overdue", is_number=True, hint="Cases with a check-in overdue", is_minor=True),
    TableColumn("In custody", "custody", is_number=True, is_minor=True),
    TableColumn(
        "Due in 7 d", "ahead", is_number=True, hint="Check-ins and hearings due within seven days", is_minor=True
    ),
    TableColumn("Deadlines in 7 d", "deadlines", is_number=True, hint=DEADLINES_HINT, is_minor=True),
    TableColumn("Status", is_minor=True),
    TableColumn("Docket alerts", hint="Alerts about the officer's docket", is_minor=True),
)
_UPWARDS: Final = frozenset({"officer", "office", "minutes"})
"""The orders that begin with the smallest: names, and minutes per case, where small is bad."""


class OfficersPage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL: office, officer, order, page.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame, self._query = frame, dict(fields)
        self._page = page_of(self._query)
        offices = sorted({load.office for load in self._loads() if load.office} | {*values_of(fields, "office")})
        with el("div", classes="filters", role="search", aria_label="Filter"):
            choice("Office", "office", {each: each for each in offices}, self._query, self._choose)
            text_filter("Officer", "officer", self._query, self._choose)
            clear_all("/officers")
            el("a", "Download as CSV", href="/download/officers.csv", classes="button", download="officers.csv")
        self._summary = el("p", classes="status", role="status")
        self._table = frame.table(
            "Officers by load", _COLUMNS, on_sort=self._sort, empty="No load has been published yet."
        )
        self._pager = Pager(self._show_page)

    def refresh(self) -> None:
        """Update the page."""
        offices, wanted = set(values_of(self._query, "office")), self._query.get("officer", "")
        loads = [
            load for load in self._loads() if (not offices or load.office in offices) and wanted in load.officer_id
        ]
        order, is_reversed = order_of(self._query, _ORDERS, "load")
        is_descending = is_reversed != (order not in _UPWARDS)
        loads.sort(key=lambda load: load.officer_id)
        loads.sort(key=_ORDERS[order], reverse=is_descending)
        pages = max(1, -(-len(loads) // PAGE_ROWS))
        self._page = min(self._page, pages - 1)
        most = max((load.open_cases for load in loads), default=0)
        alerts: dict[str, list[str]] = {}
        for alert in self._frame.console.following.tables.docket_alerts():
            if alert.officer_id is not None:
                alerts.setdefault(alert.officer_id, []).append(alert.cause)
        shown = loads[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]
        self._table.show(
            [self._cells(load, most, alerts.get(load.officer_id, [])) for load in shown], order=(order, is_descending)
        )
        self._pager.show(self._page, pages)
        summary = f"{count(len(loads))} officers"
        if self._summary.text != summary:
            self._summary.set_text(summary)
        filter_text = ", ".join(filter(None, [*values_of(self._query, "office")[:2], wanted]))
        page = f", page {count(self._page + 1)}" if self._page else ""
        self._frame.set_title(f"Officers{f': {filter_text}' if filter_text else ''}{page}")

    def _cells(self, load: Load, most: int, alerts: list[str]) -> list[TableCell]:
        names = ", ".join(dict.fromkeys(DOCKET_CAUSES[cause] for cause in alerts))
        return [
            *officer_cells(load, most),
            TableCell(count(load.overdue)),
            TableCell(count(load.in_custody)),
            TableCell(count(load.bookings_7d + load.hearings_7d)),
            TableCell(number(load.deadlines_7d, 0)),
            TableCell(load.status or "-", "warning" if load.status in ("leave", "departed") else ""),
            TableCell(names, "soft"),
        ]

    def _loads(self) -> list[Load]:
        return list(self._frame.console.following.tables.loads.values())

    async def _choose(self, name: str, value: str) -> None:
        self._query[name] = value
        self._show_page(0)

    def _sort(self, key: str) -> None:
        order, is_reversed = order_of(self._query, _ORDERS, "load")
        self._query["order"] = reversed_order(key, order, is_reversed=is_reversed)
        self._show_page(0)

    def _show_page(self, page: int) -> None:
        if not self._frame.is_open():
            return
        self._page = max(0, page)
        self.refresh()
        self._query["page"] = str(self._page + 1) if self._page else ""
        set_url_fields(self._query)
