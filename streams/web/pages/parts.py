"""Rows, tiles and turning pages that several pages show alike."""

from collections.abc import Callable
from typing import Final

from schemas.loads import Load
from streams.web.labels import CAUSES, SIDES, age, count, number, percent
from streams.web.output_tables import CaseAlert
from streams.web.pages.elements import TableCell, TableColumn, el

__all__ = [
    "ALERT_COLUMNS",
    "OFFICER_COLUMNS",
    "Pager",
    "Tile",
    "alert_cells",
    "load_tone",
    "officer_cells",
    "side_cell",
]

ALERT_COLUMNS: Final = (
    TableColumn("Case", "case", tag="a"),
    TableColumn("Cause", "cause"),
    TableColumn("Side", tag="span", hint="On whose side the cause lies: the agency's, the record's or the person's"),
    TableColumn("Severity", "severity", tag="span", hint="Critical once it has stood so long that it was escalated"),
    TableColumn("Standing for", "oldest", is_number=True, hint="Since the alert was raised"),
    TableColumn("Office", "office"),
    TableColumn("Officer", "officer", tag="a"),
    TableColumn("Level", hint="Level of supervision"),
    TableColumn(
        "Agency's side too", hint="What stood on the agency's and the record's side when the alert was published"
    ),
)

OFFICER_COLUMNS: Final = (
    TableColumn("Officer", "officer", tag="a"),
    TableColumn("Office", "office"),
    TableColumn(
        "Min/case", "minutes", is_number=True, hint="Minutes for a case in a month: capacity divided by open cases"
    ),
    TableColumn("Open cases", "open", is_number=True),
    TableColumn("Load", "load", is_number=True, hint="Workload divided by capacity, under the policy's weights"),
    TableColumn("Lost track", "lost", is_number=True, hint="Cases with any standing alert"),
)


def alert_cells(alert: CaseAlert, now: int | None) -> list[TableCell]:
    """A row of ALERT_COLUMNS."""
    officer = alert.officer_id
    return [
        TableCell(alert.case_id, "id protected" if alert.is_restricted else "id", f"/case#{alert.case_id}"),
        TableCell(CAUSES[alert.cause][0]),
        side_cell(alert.side),
        TableCell(alert.severity, f"badge {alert.severity}"),
        TableCell(age(alert.raised_at, now)),
        TableCell(alert.office or "-"),
        TableCell(officer, "id", f"/lost-track?officer={officer}") if officer else TableCell("nobody", "nobody"),
        TableCell(alert.level),
        TableCell(", ".join(CAUSES[cause][0].lower() for cause in alert.agency_causes), "soft"),
    ]


def officer_cells(load: Load, most: int) -> list[TableCell]:
    """A row of OFFICER_COLUMNS; `most` is the greatest number of open cases, for the bars."""
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
    """A badge of whose side it is."""
    return TableCell(SIDES[side], f"badge side-{side}")


def load_tone(utilisation: float | None) -> str:
    """How a load looks: over what there is, far over it, or neither."""
    if utilisation is None or utilisation < 1:
        return ""
    return "warning" if utilisation < 1.5 else "critical"


class Tile:
    """A number with its name and a note, to be told anew.

    Args:
        label: Its name.
        href: Where a press on it goes; empty for nowhere.
        tone: For the style sheet.
    """

    def __init__(self, label: str, *, href: str = "", tone: str = "") -> None:
        with el("a", classes=f"tile {tone}", href=href) if href else el("div", classes=f"tile {tone}"):
            el("span", label, classes="label")
            self._number = el("span", classes="figure")
            self._note = el("span", classes="note")

    def tell(self, figure: str, note: str) -> None:
        """Show a number and a note."""
        if self._number.text != figure:
            self._number.set_text(figure)
        if self._note.text != note:
            self._note.set_text(note)


class Pager:
    """Turns pages.

    Args:
        on_turn: Told the number of the page to show, the first is 0.
    """

    def __init__(self, on_turn: Callable[[int], object]) -> None:
        self._page = 0
        with el("nav", classes="pager", aria_label="Pages"):
            self._back = el("button", "Previous", type="button")
            self._back.on("click", lambda: on_turn(self._page - 1))
            self._where = el("span")
            self._next = el("button", "Next", type="button")
            self._next.on("click", lambda: on_turn(self._page + 1))

    def tell(self, page: int, pages: int) -> None:
        """Say where we are."""
        self._page = page
        where = f"page {page + 1:,} of {pages:,}"
        if self._where.text != where:
            self._where.set_text(where)
        for button, is_end in ((self._back, page <= 0), (self._next, page >= pages - 1)):
            if bool(button.props.get("disabled")) != is_end:
                button.props.set_bool("disabled", is_end)
