"""Officers by load, filtered by office, in the order somebody asks for."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from schemas.loads import Load
from streams.web.labels import DOCKET_CAUSES, count
from streams.web.lost_track import PAGE_ROWS
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import OFFICER_COLUMNS, Pager, officer_cells

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
}
_COLUMNS: Final = (
    *OFFICER_COLUMNS,
    TableColumn("Overdue", "overdue", is_number=True, hint="Cases with a check-in overdue"),
    TableColumn("In custody", "custody", is_number=True),
    TableColumn("Due in 7 d", "ahead", is_number=True, hint="Check-ins and hearings due within seven days"),
    TableColumn("Status"),
    TableColumn("Docket alerts", hint="Alerts about the officer's docket"),
)
_EVERY: Final = "every office"


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
            self._office = ui.select([_EVERY, *offices], value=_EVERY, label="Office", on_change=self._from_start)
            self._office.props("outlined dense options-dense")
            el("a", "Download as CSV", href="/download/officers.csv", classes="button", download="officers.csv")
        self._told = el("p", classes="told", role="status")
        self._table = DataTable("Officers by load", _COLUMNS, on_sort=self._sort, empty="No load was published yet.")
        self._pager = Pager(self._turn)

    def tell(self) -> None:
        """Bring it up to date."""
        office = self._office.value
        loads = [load for load in self._loads() if office in (_EVERY, load.office)]
        loads.sort(key=lambda load: load.officer_id)
        loads.sort(key=_ORDERS[self._order], reverse=self._descending)
        pages = max(1, -(-len(loads) // PAGE_ROWS))
        self._page = min(self._page, pages - 1)
        most = max((load.open_cases for load in loads), default=0)
        alerts: dict[str, list[str]] = {}
        for alert in self._frame.console.following.board.docket_alerts():
            if alert.officer_id is not None:
                alerts.setdefault(alert.officer_id, []).append(alert.cause)
        shown = loads[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]
        self._table.show(
            [self._cells(load, most, alerts.get(load.officer_id, [])) for load in shown],
            order=(self._order, self._descending),
        )
        self._pager.tell(self._page, pages)
        told = f"{count(len(loads))} officers"
        if self._told.text != told:
            self._told.set_text(told)

    def _cells(self, load: Load, most: int, alerts: list[str]) -> list[TableCell]:
        names = ", ".join(dict.fromkeys(DOCKET_CAUSES[cause] for cause in alerts))
        return [
            *officer_cells(load, most),
            TableCell(count(load.overdue)),
            TableCell(count(load.in_custody)),
            TableCell(count(load.bookings_7d + load.hearings_7d)),
            TableCell(load.status or "-", "warning" if load.status in ("leave", "departed") else ""),
            TableCell(names, "soft"),
        ]

    def _loads(self) -> list[Load]:
        return list(self._frame.console.following.board.loads.values())

    def _from_start(self) -> None:
        self._page = 0
        self.tell()

    def _sort(self, key: str) -> None:
        # numbers the greatest first, but for the one that is worse the smaller it is
        self._descending = not self._descending if key == self._order else key not in ("officer", "office", "minutes")
        self._order = key
        self._from_start()

    def _turn(self, page: int) -> None:
        self._page = max(0, page)
        self.tell()
