"""Table rows, tiles and the pager, which several pages share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from schemas.loads import Load
from streams.web.labels import CAUSES, SIDES, age, count, number, percent
from streams.web.list_query import address, url_fields
from streams.web.pages.chart_elements import Sparkline
from streams.web.pages.elements import TableCell, TableColumn, el
from streams.web.tables.alert_rows import CaseAlert

__all__ = [
    "ALERT_COLUMNS",
    "BOOKED_HINT",
    "DEADLINES_HINT",
    "OFFICER_COLUMNS",
    "Pager",
    "Tile",
    "alert_cells",
    "case_href",
    "load_tone",
    "officer_cells",
    "side_cell",
]

BOOKED_HINT: Final = "The workload has the check-ins and hearings booked within 30 days; more may be booked yet"
DEADLINES_HINT: Final = "Cases for which an alert is raised within seven days unless an event prevents it"

ALERT_COLUMNS: Final = (
    TableColumn("Case", "case", tag="a"),
    TableColumn("Cause", "cause"),
    TableColumn(
        "Side",
        "side",
        tag="span",
        hint="On whose side the cause lies: the agency's, the record's or the person's",
        is_minor=True,
    ),
    TableColumn("Severity", "severity", tag="span", hint="Critical once the alert has been escalated"),
    TableColumn("Open for", "oldest", is_number=True, hint="Time since the alert was raised"),
    TableColumn("Office", "office", is_minor=True),
    TableColumn("Officer", "officer", tag="a", is_minor=True),
    TableColumn("Level", "level", hint="Level of supervision", is_minor=True),
    TableColumn(
        "Agency's side too",
        hint="Open causes on the agency's and the record's side when the alert was published",
        is_minor=True,
    ),
)

OFFICER_COLUMNS: Final = (
    TableColumn("Officer", "officer", tag="a"),
    TableColumn("Office", "office", is_minor=True),
    TableColumn(
        "Min/case", "minutes", is_number=True, hint="Minutes per case per month: capacity divided by open cases"
    ),
    TableColumn("Open cases", "open", is_number=True),
    TableColumn("Load", "load", is_number=True, hint=f"Workload divided by capacity. {BOOKED_HINT}"),
    TableColumn("Lost track", "lost", is_number=True, hint="Cases with any open alert"),
)


def case_href(case_id: str, fields: Mapping[str, str]) -> str:
    """The address of a case in a filtered list; the case and what was searched for go where no server sees them.

    Args:
        case_id: The case.
        fields: The query fields of the list; `order` alone makes one, of all alerts.
    """
    searched = fields.get("search", "")
    return f"{address('/case', url_fields(fields))}#{case_id}" + (f"?search={quote(searched)}" if searched else "")


def alert_cells(alert: CaseAlert, now: int | None, fields: Mapping[str, str]) -> list[TableCell]:
    """A row of ALERT_COLUMNS; `fields` are the query fields of the list that it is in."""
    officer = alert.officer_id
    return [
        TableCell(alert.case_id, "id protected" if alert.is_restricted else "id", case_href(alert.case_id, fields)),
        TableCell(CAUSES[alert.cause][0]),
        side_cell(alert.side),
        TableCell(alert.severity, f"badge {alert.severity}"),
        TableCell(age(alert.raised_at, now)),
        TableCell(alert.office or "-"),
        TableCell(officer, "id", f"/lost-track?officer={officer}") if officer else TableCell("none", "unassigned"),
        TableCell(alert.level),
        TableCell(", ".join(CAUSES[cause][0].lower() for cause in alert.agency_causes), "soft"),
    ]


def officer_cells(load: Load, most: int) -> list[TableCell]:
    """A row of OFFICER_COLUMNS; `most` is the highest number of open cases, for the bars."""
    used = load.utilisation
    return [
        TableCell(load.officer_id, "id", f"/lost-track?officer={load.officer_id}"),
        TableCell(load.office or "-"),
        TableCell(number(load.minutes_per_case_month), "strong"),
        TableCell(count(load.open_cases), share=load.open_cases / most if most else 0.0),
        TableCell(percent(used), load_tone(used)),
        TableCell(count(load.lost_track)),
    ]


def side_cell(side: str) -> TableCell:
    """A badge with the side of a cause."""
    return TableCell(SIDES[side], f"badge side-{side}")


def load_tone(utilisation: float | None) -> str:
    """The CSS class of a load: over capacity, far over it, or neither."""
    if utilisation is None or utilisation < 1:
        return ""
    return "warning" if utilisation < 1.5 else "critical"


class Tile:
    """A figure with a label and a note.

    Args:
        label: Its label.
        href: The target of a click; empty for none.
        tone: Its CSS class.
    """

    def __init__(self, label: str, *, href: str = "", tone: str = "") -> None:
        with el("a", classes=f"tile {tone}", href=href) if href else el("div", classes=f"tile {tone}"):
            el("span", label, classes="label")
            self._number = el("span", classes="figure")
            with el("span", classes="trend"):
                self._line = Sparkline()
                self._change = el("span", classes="change")
            self._note = el("span", classes="note")

    def show(self, figure: str, note: str, numbers: Sequence[float] = (), change: str = "") -> None:
        """Show a figure, a note, the figure of the last days, and how it changed since yesterday."""
        self._line.show(numbers)
        if self._change.text != change:
            self._change.set_text(change)
        if self._number.text != figure:
            self._number.set_text(figure)
        if self._note.text != note:
            self._note.set_text(note)


class Pager:
    """Buttons for the previous and the next page.

    Args:
        on_change: Called with the number of the page to show; the first page is 0.
    """

    def __init__(self, on_change: Callable[[int], object]) -> None:
        self._page = 0
        with el("nav", classes="pager", aria_label="Pages"):
            self._back = el("button", "Previous", type="button")
            self._back.on("click", lambda: on_change(self._page - 1))
            self._position = el("span")
            self._next = el("button", "Next", type="button")
            self._next.on("click", lambda: on_change(self._page + 1))

    def show(self, page: int, pages: int) -> None:
        """Show the page number and enable the buttons."""
        self._page = page
        position = f"page {count(page + 1)} of {count(pages)}"
        if self._position.text != position:
            self._position.set_text(position)
        for button, is_end in ((self._back, page <= 0), (self._next, page >= pages - 1)):
            if bool(button.props.get("disabled")) != is_end:
                button.props.set_bool("disabled", is_end)
