"""The page of the records that need a human look: filters, search by case id, order, paging, and download."""

import asyncio
from collections.abc import Mapping

from schemas.causes import Severity
from streams.web.labels import CAUSES, SIDES, count
from streams.web.list_query import FIELDS, page_of, query_of, reversed_order, values_of
from streams.web.lost_track import PAGE_ROWS, LostTrackResult
from streams.web.pages.elements import el
from streams.web.pages.filters import choice, clear_all, set_url_fields, text_filter
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import ALERT_COLUMNS, Pager, alert_cells
from streams.web.pages.view_audit import ViewAudit

__all__ = ["LostTrackPage"]


class LostTrackPage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame = frame
        self._list = frame.console.lost_track(frame.identity)
        self._audit = ViewAudit(frame)
        self._query = dict(fields)
        self._page = page_of(self._query)
        self._refreshing = asyncio.Lock()
        self._build_filters()
        self._summary = el("p", classes="status")
        self._announcement = el("p", classes="unseen", role="status")
        self._table = frame.table(
            "Records that need a human look", ALERT_COLUMNS, on_sort=self._sort, empty="No open alert matches."
        )
        self._pager = Pager(self._show_page)

    async def refresh(self) -> None:
        """Update the page."""
        async with self._refreshing:  # a live update and a filter may run at the same time
            query = query_of(self._query)
            found = self._list.find(query)
            self._page = min(self._page, found.pages - 1)
            alerts = found.page(self._page)
            withheld = await self._audit.try_record(alert.case_id for alert in alerts)
            if withheld is not None:
                alerts = []
            now = self._frame.console.clock()
            of_list = {**self._query, "order": self._query.get("order") or "oldest", "page": self._page_field()}
            # the column shows ages, so oldest first is descending
            is_descending = query.is_reversed != (query.order == "oldest")
            self._table.show(
                [alert_cells(alert, now, of_list) for alert in alerts],
                order=(query.order, is_descending),
                withheld=withheld,
            )
            self._pager.show(self._page, found.pages)
            summary = withheld or self._summary_of(found)
            if self._summary.text != summary:
                self._summary.set_text(summary)
            self._frame.set_title(self._title())

    def _build_filters(self) -> None:
        tables = self._frame.console.following.tables
        protected = self._frame.identity.may("restricted")
        known = {each.office for each in tables.standing(with_protected=protected) if each.office}
        offices = sorted({*known, *values_of(self._query, "office")})
        with el("div", classes="filters", role="search", aria_label="Filter"):
            text_filter("Part of a case id", "search", self._query, self._choose)
            for label, name, options in (
                ("Office", "office", {each: each for each in offices}),
                ("Cause", "cause", {cause: name for cause, (name, _) in CAUSES.items()}),
                ("Side", "side", {side: f"{name}'s" for side, name in SIDES.items()}),
                ("Severity", "severity", {each.value: each.value for each in Severity}),
            ):
                choice(label, name, options, self._query, self._choose)
            text_filter("Officer", "officer", self._query, self._choose)
            clear_all("/lost-track")
            with el("form", method="post", action="/download/lost-track.csv"):
                self._fields = {
                    name: el("input", type="hidden", name=name, value=self._query.get(name, "")) for name in FIELDS
                }
                el("button", "Download as CSV", type="submit", classes="button")

    async def _choose(self, name: str, value: str) -> None:
        self._query[name] = value
        await self._apply_query()

    async def _sort(self, key: str) -> None:
        query = query_of(self._query)
        self._query["order"] = reversed_order(key, query.order, is_reversed=query.is_reversed)
        await self._apply_query()

    async def _show_page(self, page: int) -> None:
        if self._frame.is_open():
            self._page = max(0, page)
            await self.refresh()
            self._update_url()

    async def _apply_query(self) -> None:
        if not self._frame.is_open():
            return
        self._page = 0
        self._audit.reset()
        for name, field in self._fields.items():
            field.props["value"] = self._query.get(name, "")
        await self.refresh()
        self._announcement.set_text(self._summary.text)
        self._update_url()

    def _update_url(self) -> None:
        self._query["page"] = self._page_field()
        set_url_fields(self._query)

    def _page_field(self) -> str:
        return str(self._page + 1) if self._page else ""

    def _title(self) -> str:
        offices, causes = values_of(self._query, "office"), values_of(self._query, "cause")
        filtered = [*offices[:2], *(CAUSES[cause][0] for cause in causes[:2]), self._query.get("officer", "")]
        filter_text = ", ".join(filter(None, filtered))
        page = f", page {count(self._page + 1)}" if self._page else ""
        return f"Lost track{f': {filter_text}' if filter_text else ''}{page}"

    def _summary_of(self, result: LostTrackResult) -> str:
        total = len(result.alerts)
        if not total:
            return self._frame.when_empty("No open alert matches.")
        first, last = self._page * PAGE_ROWS + 1, min(total, (self._page + 1) * PAGE_ROWS)
        return f"{count(total)} alerts on {count(result.cases)} cases; showing {count(first)} to {count(last)}"
