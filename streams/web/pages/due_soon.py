"""The page of deadlines ahead: by cause, office and officer, and each case with what prevents its alert."""

import asyncio
import shlex
from collections.abc import Mapping
from typing import Final

from nicegui.elements.mixins.text_element import TextElement

from schemas.causes import Cause
from schemas.instants import to_ms
from streams.core.alerting.deadline_counts import DUE_DAYS, DeadlineCounts
from streams.web.due_soon.reading import DeadlineAhead, DueSoonList, DueSoonQuery, DueSoonReading
from streams.web.labels import CAUSES, count, instant, readable
from streams.web.list_query import page_of, values_of
from streams.web.lost_track import PAGE_ROWS
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.filters import choice, clear_all, set_url_fields, text_filter
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import Pager
from streams.web.pages.view_audit import ViewAudit

__all__ = ["DueSoonPage"]

_WEEK: Final = "7"
_MOST_NAMES: Final = 25
_FRESH_MS: Final = 60_000
"""Opening the page reads again what is older."""
_COLUMNS: Final = (
    TableColumn("Case", tag="a"),
    TableColumn("Cause"),
    TableColumn("Deadline", hint="The alert is raised then unless an event prevents it"),
    TableColumn("Office", is_minor=True),
    TableColumn("Officer", tag="a", is_minor=True),
    TableColumn("Why, and what prevents the alert", is_minor=True),
)


class DueSoonPage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL: office, cause, officer, within, page.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame, self._query = frame, dict(fields)
        self._reader = frame.console.due_soon
        self._names_cases = frame.may_open("/lost-track")
        self._list = DueSoonList(with_protected=frame.identity.may("restricted"))
        self._audit = ViewAudit(frame)
        self._page = page_of(self._query)
        self._refreshing = asyncio.Lock()
        latest = self._reader.latest
        if latest is None or frame.console.wall() - latest.read_at > _FRESH_MS:
            self._reader.ask()
        self._build_filters(latest)
        self._status = el("p", classes="status", role="status")
        self._held = el("p", classes="badge critical")
        self._held.set_visibility(False)
        with el("div", classes="columns counts"):
            self._by_cause = _count_table(frame, "Cause")
            self._by_office = _count_table(frame, "Office")
            if self._names_cases:
                self._by_officer = _count_table(frame, "Officer")
        if self._names_cases:
            self._summary = el("p", classes="status")
            self._table = frame.table("Deadlines ahead", _COLUMNS, empty="No deadline matches.")
            self._pager = Pager(self._show_page)
        with el("p", classes="soft"):
            el("span", "The same in a terminal: ")
            self._command = el("code")

    async def refresh(self) -> None:
        """Update the page."""
        async with self._refreshing:  # a live update and a filter may run at the same time
            reading = self._reader.latest
            _set(self._status, self._status_of(reading))
            _set(self._command, self._command_of())
            if reading is None:
                return
            _set(self._held, f"Alerts are held: {'; '.join(reading.held)}." if reading.held else "")
            self._held.set_visibility(bool(reading.held))
            found = self._list.find(reading, self._due_soon_query())
            self._by_cause.show(_rows({CAUSES[cause][0]: each for cause, each in found.by_cause.items()}))
            self._by_office.show(_rows(found.by_office))
            if self._names_cases:
                self._by_officer.show(_rows(found.by_officer))
                await self._show_cases(reading, found.due)

    async def _show_cases(self, reading: DueSoonReading, due: list[DeadlineAhead]) -> None:
        pages = max(1, -(-len(due) // PAGE_ROWS))
        self._page = min(self._page, pages - 1)
        shown = due[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]
        withheld = await self._audit.try_record(each.case_id for each in shown)
        if withheld is not None:
            shown = []
        self._table.show([self._cells(each) for each in shown], withheld=withheld)
        self._pager.show(self._page, pages)
        _set(self._summary, withheld or self._summary_of(reading, due))

    def _build_filters(self, latest: DueSoonReading | None) -> None:
        known = set() if latest is None else {office for office, _ in latest.by_office if office}
        known |= {each.office for each in self._frame.console.totals.now().offices if each.office}
        offices = sorted(known | {*values_of(self._query, "office")})
        causes = {cause.value: CAUSES[cause][0] for cause in Cause}
        with el("div", classes="filters", role="search", aria_label="Filter"):
            choice("Office", "office", {each: each for each in offices}, self._query, self._choose)
            choice("Cause", "cause", causes, self._query, self._choose)
            choice("Within", "within", {_WEEK: "7 days"}, self._query, self._choose)
            if self._names_cases:
                text_filter("Officer", "officer", self._query, self._choose)
            clear_all("/due-soon")
            el("button", "Read again", type="button", classes="button").on("click", self._read_again)

    def _due_soon_query(self) -> DueSoonQuery:
        return DueSoonQuery(
            offices=frozenset(values_of(self._query, "office")),
            causes=frozenset(values_of(self._query, "cause", Cause)),
            officer=self._query.get("officer", "").strip() if self._names_cases else "",
            only_week=self._query.get("within") == _WEEK,
        )

    def _status_of(self, reading: DueSoonReading | None) -> str:
        reader = self._reader
        parts = []
        if reading is not None:
            total = self._list.find(reading, self._due_soon_query()).total
            parts.append(
                f"{count(total.whole)} deadlines within {DUE_DAYS} days, {count(total.week)} of them within 7; as of "
                f"{instant(reading.as_of)}, under the policy {reading.policy}; read at {instant(reading.read_at)}."
            )
            if reading.left_out:
                parts.append(f"{count(reading.left_out)} later deadlines are not listed and not counted here.")
        if reader.is_reading:
            parts.append("The workers' state is being read.")
        elif reader.fault is not None:
            parts.append(f"The workers' state cannot be read: {reader.fault}.")
        return " ".join(parts) or "The workers' state has not been read yet."

    def _summary_of(self, reading: DueSoonReading, due: list[DeadlineAhead]) -> str:
        if not due:
            return self._frame.when_empty("No deadline matches.")
        first, last = self._page * PAGE_ROWS + 1, min(len(due), (self._page + 1) * PAGE_ROWS)
        cases = len({each.case_id for each in due}) if len(due) < len(reading.due) else reading.cases
        return f"{count(len(due))} deadlines of {count(cases)} cases; showing {count(first)} to {count(last)}"

    def _command_of(self) -> str:
        asked = self._due_soon_query()
        words = ["docketwatch", "due", "--days", _WEEK if asked.only_week else str(DUE_DAYS)]
        chosen = {"--office": asked.offices, "--officer": {asked.officer} - {""}, "--cause": asked.causes}
        words += [word for option, values in chosen.items() for each in sorted(values) for word in (option, each)]
        return shlex.join(words)

    def _cells(self, deadline: DeadlineAhead) -> list[TableCell]:
        zone = self._frame.console.zone(deadline.office)
        officer = deadline.officer_id
        return [
            TableCell(deadline.case_id, "id protected" if deadline.protected else "id", f"/case#{deadline.case_id}"),
            TableCell(CAUSES[deadline.cause][0]),
            TableCell(instant(to_ms(deadline.deadline), zone)),
            TableCell(deadline.office or "-"),
            TableCell(officer, "id", f"/due-soon?officer={officer}") if officer else TableCell("none", "unassigned"),
            TableCell(readable(f"{deadline.sentence[0].upper()}{deadline.sentence[1:]}.", zone), "sentence"),
        ]

    def _read_again(self) -> None:
        if self._frame.is_open():
            self._reader.ask()

    async def _choose(self, name: str, value: str) -> None:
        if self._frame.is_open():
            self._query[name] = value
            self._page = 0
            self._audit.reset()
            await self.refresh()
            self._update_url()

    async def _show_page(self, page: int) -> None:
        if self._frame.is_open():
            self._page = max(0, page)
            await self.refresh()
            self._update_url()

    def _update_url(self) -> None:
        self._query["page"] = str(self._page + 1) if self._page else ""
        set_url_fields(self._query)


def _count_table(frame: PageFrame, what: str) -> DataTable:
    columns = (
        TableColumn(what),
        TableColumn("7 days", is_number=True),
        TableColumn(f"{DUE_DAYS} days", is_number=True, hint="Including protected cases"),
    )
    return frame.table(f"Deadlines by {what.lower()}", columns, empty="No deadline matches.")


def _rows(counts: Mapping[str, DeadlineCounts] | Mapping[str | None, DeadlineCounts]) -> list[list[TableCell]]:
    """The first rows of a table of counts, and the sum of the others."""
    named: list[tuple[str, DeadlineCounts]] = [(name or "none", each) for name, each in counts.items()]
    if len(named) > _MOST_NAMES:
        others = [each for _, each in named[_MOST_NAMES:]]
        rest = DeadlineCounts(sum(each.week for each in others), sum(each.whole for each in others))
        named = [*named[:_MOST_NAMES], (f"{count(len(others))} others", rest)]
    return [[TableCell(name), TableCell(count(each.week)), TableCell(count(each.whole))] for name, each in named]


def _set(element: TextElement, text: str) -> None:
    if element.text != text:
        element.set_text(text)
