"""Offices by load: minutes for a case, how cases are spread, what nobody has, how many officers it would take."""

from typing import Final

from streams.core.offices import OfficeSummary
from streams.web.pages.elements import Cell, Column, DataTable, el, plain
from streams.web.pages.frame import Frame
from streams.web.pages.parts import load_tone
from streams.web.totals import Counts, Totals
from streams.web.words import count, number, percent

__all__ = ["OFFICE_COLUMNS", "Offices", "office_cells"]

OFFICE_COLUMNS: Final = (
    Column("Office", tag="a"),
    Column("Min/case", is_number=True, hint="Minutes for a case in a month: capacity divided by open cases"),
    Column("Open cases", is_number=True),
    Column("Load, p90", is_number=True, hint="Nine tenths of the officers have at most this load"),
    Column("Lost track", is_number=True, hint="Cases with any standing alert"),
    Column("Nobody has", is_number=True, hint="Of these, without an officer or between two offices"),
    Column("Officers at work", is_number=True),
    Column("Needed", is_number=True, hint="Workload divided by what one officer has, under the policy"),
    Column("Cases, p50", is_number=True, hint="Half of the officers have at most so many"),
    Column("p90", is_number=True, hint="Nine tenths of the officers have at most so many"),
    Column("Most", is_number=True),
    Column("Gini", is_number=True, hint="0: all have the same; towards 1: few have it all"),
    Column("Agency", is_number=True, hint="Lost track of for a cause on the agency's side"),
    Column("Record", is_number=True, hint="For a cause on the record's side"),
    Column("Person", is_number=True, hint="For a cause on the person's side"),
)


def office_cells(office: OfficeSummary, totals: Totals, *, linked: bool = False) -> list[Cell]:
    """A row of OFFICE_COLUMNS."""
    counts = totals.by_office.get(office.office) or Counts()
    most = max((each.open_cases for each in totals.offices), default=0)
    used, cases = office.utilisation, office.cases
    over = used.p90 if used is not None else None
    needed = office.officers_needed
    name = office.office or "no office"
    return [
        Cell(name, href=f"/lost-track?office={office.office}" if linked and office.office else ""),
        Cell(number(office.minutes_per_case_month), "strong"),
        Cell(count(office.open_cases), share=office.open_cases / most if most else 0.0),
        Cell(percent(over), load_tone(over)),
        Cell(count(counts.cases)),
        Cell(count(counts.nobody), "critical" if counts.nobody else ""),
        Cell(count(office.at_work)),
        Cell(number(needed, 1), "warning" if needed is not None and needed > office.at_work else ""),
        *(
            Cell("-" if cases is None else number(each, digits))
            for each, digits in (
                ((cases.p50, 0), (cases.p90, 0), (cases.largest, 0), (cases.gini, 2)) if cases else ((None, 0),) * 4
            )
        ),
        *(Cell(count(counts.by_side.get(side, 0))) for side in ("agency", "record", "person")),
    ]


class Offices:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._linked = frame.may_open("/lost-track")
        with el("div", classes="filters"):
            el("a", "Download as CSV", href="/download/offices.csv", classes="button", download="offices.csv")
        columns = plain(OFFICE_COLUMNS, linked=self._linked)
        self._table = DataTable("Offices by load", columns, empty="No load was published yet.")
        el("h2", "What the number of officers needed rests on")
        el("p", "No official standard exists for any weight. Officers needed, with a quarter less and more of each:")
        self._weights = DataTable(
            "Officers needed when one weight is moved",
            [
                Column("Weight of the policy"),
                Column("A quarter less", is_number=True),
                Column("As it is", is_number=True),
                Column("A quarter more", is_number=True),
            ],
        )

    def tell(self) -> None:
        """Bring it up to date."""
        totals = self._frame.console.totals.now()
        self._table.show([office_cells(office, totals, linked=self._linked) for office in totals.offices])
        needed = number(totals.whole.officers_needed)
        self._weights.show(
            [
                [Cell(each.weight), Cell(number(each.less)), Cell(needed), Cell(number(each.more))]
                for each in totals.whole.sensitivity
            ]
        )
