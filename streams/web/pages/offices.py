"""The page of offices and their loads: minutes per case, distribution of cases, and officers needed."""

from collections.abc import Mapping, Sequence
from typing import Final

from streams.core.load.need_range import need_range
from streams.core.load.office_record import OfficeTotals, needed
from streams.core.load.office_summary import OfficeSummary
from streams.web.labels import count, number, percent
from streams.web.list_query import values_of
from streams.web.pages.chart_content import caseloads, days_ahead
from streams.web.pages.chart_elements import Chart
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el, plain
from streams.web.pages.filters import choice, clear_all, set_url_fields
from streams.web.pages.frame import PageFrame
from streams.web.pages.office_ahead import OfficesAhead
from streams.web.pages.office_trial import OfficesTrial
from streams.web.pages.parts import BOOKED_HINT, DEADLINES_HINT, load_tone
from streams.web.relief import relief
from streams.web.totals import CauseCounts, Totals

__all__ = ["OFFICE_COLUMNS", "OfficesPage", "office_cells"]

_MOST_SENTENCES: Final = 4

OFFICE_COLUMNS: Final = (
    TableColumn("Office", tag="a"),
    TableColumn("Min/case", is_number=True, hint="Capacity of the officers at work divided by open cases"),
    TableColumn("Open cases", is_number=True, hint="At liberty, with or without an officer"),
    TableColumn(
        "Load", is_number=True, hint=f"Workload divided by the capacity of the officers at work. {BOOKED_HINT}"
    ),
    TableColumn("Lost track", is_number=True, hint="Cases with any open alert"),
    TableColumn("Officers at work", is_number=True, is_minor=True),
    TableColumn("Officers needed", is_number=True, hint="Workload divided by the capacity of one officer"),
    TableColumn("Achievable", is_number=True, is_minor=True, hint="Open cases that one officer has time for"),
    TableColumn("Deadlines in 7 d", is_number=True, is_minor=True, hint=DEADLINES_HINT),
    TableColumn(
        "Unassigned", is_number=True, is_minor=True, hint="Open cases without an officer, except those in transit"
    ),
    TableColumn(
        "In transit",
        is_number=True,
        is_minor=True,
        hint="Open cases that left an office and have not arrived at another",
    ),
    TableColumn(
        "Officer absent", is_number=True, is_minor=True, hint="Open cases whose officer is on leave or departed"
    ),
    TableColumn(
        "Absent officers", is_number=True, is_minor=True, hint="Officers on leave or departed who still have cases"
    ),
    TableColumn(
        "Load p50", is_number=True, is_minor=True, hint="Half of the officers at work have at most this utilization"
    ),
    TableColumn(
        "Load p90", is_number=True, is_minor=True, hint="90% of the officers at work have at most this utilization"
    ),
    TableColumn("Load max", is_number=True, is_minor=True, hint="The highest utilization of an officer at work"),
    TableColumn(
        "Cases p50",
        is_number=True,
        is_minor=True,
        hint="Half of the officers at work have at most this many open cases",
    ),
    TableColumn(
        "Cases p90", is_number=True, is_minor=True, hint="90% of the officers at work have at most this many open cases"
    ),
    TableColumn("Cases max", is_number=True, is_minor=True, hint="The most open cases of an officer at work"),
    TableColumn(
        "Gini",
        is_number=True,
        is_minor=True,
        hint="0: all officers have equally many cases; near 1: a few have almost all",
    ),
    TableColumn(
        "Agency",
        is_number=True,
        is_minor=True,
        hint="Cases with an open alert on the agency's side; a case may count on several",
    ),
    TableColumn("Record", is_number=True, is_minor=True, hint="Cases with an open alert on the record's side"),
    TableColumn("Person", is_number=True, is_minor=True, hint="Cases with an open alert on the person's side"),
)


def office_cells(office: OfficeSummary, totals: Totals, *, linked: bool = False) -> list[TableCell]:
    """A row of OFFICE_COLUMNS."""
    counts = totals.by_office.get(office.office) or CauseCounts()
    most = max((each.record.open_cases for each in totals.offices), default=0)
    record, used, cases = office.record, office.utilisation, office.cases
    wanted = record.officers_needed
    loads = (None,) * 3 if used is None else (used.p50, used.p90, used.largest)
    return [
        TableCell(record.office, href=f"/lost-track?office={record.office}" if linked else ""),
        TableCell(number(record.minutes_per_case_month), "strong"),
        TableCell(count(record.open_cases), share=record.open_cases / most if most else 0.0),
        TableCell(percent(record.utilisation), load_tone(record.utilisation)),
        TableCell(count(record.lost_track)),
        TableCell(count(record.officers_at_work)),
        TableCell(needed(wanted), "warning" if wanted is not None and wanted > record.officers_at_work else ""),
        TableCell(number(record.achievable_caseload, 0)),
        TableCell(number(record.deadlines_7d, 0)),
        TableCell(count(record.unassigned), "critical" if record.unassigned else ""),
        TableCell(count(record.in_transit)),
        TableCell(count(record.with_absent), "critical" if record.with_absent else ""),
        TableCell(count(office.officers_absent)),
        *(TableCell(percent(each), load_tone(each)) for each in loads),
        *(
            TableCell(number(each, digits))
            for each, digits in (
                ((cases.p50, 0), (cases.p90, 0), (cases.largest, 0), (cases.gini, 2)) if cases else ((None, 0),) * 4
            )
        ),
        *(TableCell(count(counts.by_side.get(side, 0))) for side in ("agency", "record", "person")),
    ]


class OfficesPage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL: office.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame, self._query = frame, dict(fields)
        self._linked = frame.may_open("/lost-track")
        known = {each.office for each in frame.console.totals.now().offices} | {*values_of(fields, "office")}
        with el("div", classes="filters", role="search", aria_label="Filter"):
            choice("Office", "office", {each: each for each in sorted(known)}, self._query, self._choose)
            clear_all("/offices")
            el("a", "Download as CSV", href="/download/offices.csv", classes="button", download="offices.csv")
        columns = plain(OFFICE_COLUMNS, linked=self._linked)
        self._table = frame.table("Offices by load", columns, empty="No load has been published yet.")
        with el("section", aria_labelledby="achievable"):
            self._of = el("h2", id="achievable")
            self._range = el("p")
            self._relief = [el("p", classes="statement") for _ in range(_MOST_SENTENCES)]
        with el("section", aria_labelledby="ahead"):
            el("h2", "The next 14 days", id="ahead")
            self._ahead = Chart(
                "Booked check-ins and hearings, and deadlines, by UTC day",
                ("Day", "Check-ins", "Hearings", "Deadlines"),
                height="11rem",
            )
        with el("section", aria_labelledby="caseloads"):
            el("h2", "Open cases by officer", id="caseloads")
            self._caseloads = Chart(
                "Open cases by officer at work",
                ("Office", "Officers", "Least", "Quarter", "Half", "Three quarters", "Most"),
                height="18rem",
            )
        self._studied = OfficesAhead(frame)
        self._trial = OfficesTrial(frame)
        el("h2", "How each weight changes officers needed")
        el("p", "No official standard exists for any weight. Officers needed if one weight is 25% lower or higher:")
        self._weights = DataTable(
            "Officers needed when one weight changes",
            [
                TableColumn("Weight of the policy"),
                TableColumn("25% lower", is_number=True),
                TableColumn("As set", is_number=True, is_minor=True),
                TableColumn("25% higher", is_number=True),
            ],
        )

    def refresh(self) -> None:
        """Update the page."""
        totals = self._frame.console.totals.now()
        chosen = values_of(self._query, "office")
        shown = [office for office in totals.offices if not chosen or office.office in chosen]
        self._table.show([office_cells(office, totals, linked=self._linked) for office in shown])
        self._frame.set_title(": ".join(filter(None, ("Offices", ", ".join(chosen[:3])))))
        self._show_achievable(totals, chosen)
        loads = self._frame.console.following.tables.loads.values()
        self._caseloads.show(caseloads([load for load in loads if not chosen or load.office in chosen]))
        self._studied.choose(chosen)
        self._trial.choose(chosen)
        as_set = needed(totals.whole.record.officers_needed)
        self._weights.show(
            [
                [
                    TableCell(each.weight, "key"),
                    TableCell(needed(each.less)),
                    TableCell(as_set),
                    TableCell(needed(each.more)),
                ]
                for each in totals.whole.sensitivity
            ]
        )

    def _show_achievable(self, totals: Totals, chosen: Sequence[str]) -> None:
        """Show what is achievable in the chosen office; in all together unless one is chosen."""
        of_one = [office for office in totals.offices if [office.office] == list(chosen)]
        shown = of_one[0] if of_one else totals.whole
        tables, rules = self._frame.console.following.tables, self._frame.console.rules
        together = shown.needed_range
        if of_one:
            office_rows = [
                row for partial in tables.offices.values() for row in partial.cases if row.office == shown.office
            ]
            staff = [row for partial in tables.offices.values() for row in partial.staff if row.office == shown.office]
            together = need_range(OfficeTotals.of(shown.office, office_rows, staff), rules)
        where = f"in {shown.office}" if of_one else "in all offices together"
        highest = None if shown.utilisation is None else shown.utilisation.largest
        sentences = relief(shown.record, highest)
        texts = [*sentences, *[""] * (_MOST_SENTENCES - len(sentences))]
        for element, text in (
            (self._of, f"What is achievable {where}, and what would relieve it"),
            (self._range, "" if together is None else together.sentence),
            *zip(self._relief, texts, strict=True),
        ):
            if element.text != text:
                element.set_text(text)
            element.set_visibility(bool(text))
        ahead = days_ahead(tables.calendars.values(), chosen)
        if ahead is not None:
            self._ahead.show(ahead)

    async def _choose(self, name: str, value: str) -> None:
        self._query[name] = value
        self.refresh()
        set_url_fields(self._query)
