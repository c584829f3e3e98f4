"""Offices by load: minutes for a case, how cases are spread, who has none, how many officers it would take."""

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
    Column("Min/case", is_number=True, hint="Capacity of the officers at work divided by open cases"),
    Column("Open cases", is_number=True, hint="At liberty, with or without an officer"),
    Column("Utilisation", is_number=True, hint="Workload divided by the capacity of the officers at work"),
    Column("Lost track", is_number=True, hint="Cases with any standing alert"),
    Column("Unassigned", is_number=True, hint="Open cases without an officer, those in transit left out"),
    Column("In transit", is_number=True, hint="Open cases that left an office and did not arrive"),
    Column("With absent", is_number=True, hint="Open cases whose officer is on leave or departed"),
    Column("Officers at work", is_number=True),
    Column("Absent", is_number=True, hint="Officers on leave or departed who still have cases"),
    Column("Needed", is_number=True, hint="Workload divided by what one officer has"),
    Column("Achievable", is_number=True, hint="Open cases for which the time of one officer suffices"),
    Column("Load, p50", is_number=True, hint="Half of the officers at work have at most this utilisation"),
    Column("p90", is_number=True, hint="Nine tenths of them have at most this utilisation"),
    Column("Most", is_number=True, hint="The greatest utilisation of an officer at work"),
    Column("Cases, p50", is_number=True, hint="Half of the officers at work have at most so many"),
    Column("p90", is_number=True, hint="Nine tenths of them have at most so many"),
    Column("Most", is_number=True),
    Column("Gini", is_number=True, hint="0: all have the same; towards 1: few have it all"),
    Column("Agency", is_number=True, hint="Lost track of for a cause on the agency's side; a case may be on several"),
    Column("Record", is_number=True, hint="For a cause on the record's side"),
    Column("Person", is_number=True, hint="For a cause on the person's side"),
)


def office_cells(office: OfficeSummary, totals: Totals, *, linked: bool = False) -> list[Cell]:
    """A row of OFFICE_COLUMNS."""
    counts = totals.by_office.get(office.office) or Counts()
    most = max((each.record.open_cases for each in totals.offices), default=0)
    record, used, cases = office.record, office.utilisation, office.cases
    needed = record.officers_needed
    loads = (None,) * 3 if used is None else (used.p50, used.p90, used.largest)
    return [
        Cell(record.office, href=f"/lost-track?office={record.office}" if linked else ""),
        Cell(number(record.minutes_per_case_month), "strong"),
        Cell(count(record.open_cases), share=record.open_cases / most if most else 0.0),
        Cell(percent(record.utilisation), load_tone(record.utilisation)),
        Cell(count(record.lost_track)),
        Cell(count(record.unassigned), "critical" if record.unassigned else ""),
        Cell(count(record.in_transit)),
        Cell(count(record.with_absent), "critical" if record.with_absent else ""),
        Cell(count(record.officers_at_work)),
        Cell(count(office.officers_absent)),
        Cell(number(needed, 1), "warning" if needed is not None and needed > record.officers_at_work else ""),
        Cell(number(record.achievable_caseload, 0)),
        *(Cell(percent(each), load_tone(each)) for each in loads),
        *(
            Cell(number(each, digits))
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
        needed = number(totals.whole.record.officers_needed)
        self._weights.show(
            [
                [Cell(each.weight), Cell(number(each.less)), Cell(needed), Cell(number(each.more))]
                for each in totals.whole.sensitivity
            ]
        )
