"""The page of officers and their loads, with a filter by office and a sortable table."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from schemas.loads import Load
from streams.web.labels import DOCKET_CAUSES, count, number
from streams.web.lost_track import PAGE_ROWS
from streams.web.pages.elements import TableCell, TableColumn, el
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
    TableColumn("Overdue", "overdue", is_number=True, hint="Cases with a check-in overdue"),
    TableColumn("In custody", "custody", is_number=True),
    TableColumn("Due in 7 d", "ahead", is_number=True, hint="Check-ins and hearings due within seven days"),
    TableColumn("Deadlines in 7 d", "deadlines", is_number=True, hint=DEADLINES_HINT),
    TableColumn("Status"),
    TableColumn("Docket alerts", hint="Alerts about the officer's docket"),
)
_ALL_OFFICES: Final = "all offices"


class OfficersPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._order, self._descending, self._page = "load", True, 0
        offices = sorted({load.office for load in self._loads() if load.office})
        with el("div", classes="filters", role="search"):
            self._office = ui.select(
                [_ALL_OFFICES, *offices], value=_ALL_OFFICES, label="Office", on_change=self._show_first_page
            )
            self._office.props("outlined dense options-dense")
            el("a", "Download as CSV", href="/download/officers.csv", classes="button", download="officers.csv")
        self._summary = el("p", classes="status", role="status")
        self._table = frame.table(
            "Officers by load", _COLUMNS, on_sort=self._sort, empty="No load has been published yet."
        )
        self._pager = Pager(self._go_to)

    def refresh(self) -> None:
        """Update the page."""
        office = self._office.value
        loads = [load for load in self._loads() if office in (_ALL_OFFICES, load.office)]
        loads.sort(key=lambda load: load.officer_id)
        loads.sort(key=_ORDERS[self._order], reverse=self._descending)
        pages = max(1, -(-len(loads) // PAGE_ROWS))
        self._page = min(self._page, pages - 1)
        most = max((load.open_cases for load in loads), default=0)
        alerts: dict[str, list[str]] = {}
        for alert in self._frame.console.following.tables.docket_alerts():
            if alert.officer_id is not None:
                alerts.setdefault(alert.officer_id, []).append(alert.cause)
        shown = loads[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]
        self._table.show(
            [self._cells(load, most, alerts.get(load.officer_id, [])) for load in shown],
            order=(self._order, self._descending),
        )
        self._pager.show(self._page, pages)
        summary = f"{count(len(loads))} officers"
        if self._summary.text != summary:
            self._summary.set_text(summary)

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

    def _show_first_page(self) -> None:
        self._page = 0
        self.refresh()

    def _sort(self, key: str) -> None:
        # largest numbers first, except minutes per case, where small is bad
        self._descending = not self._descending if key == self._order else key not in ("officer", "office", "minutes")
        self._order = key
        self._show_first_page()

    def _go_to(self, page: int) -> None:
        self._page = max(0, page)
        self.refresh()
