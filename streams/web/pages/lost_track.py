"""The page of the records that need a human look: filters, search by case id, order, paging, and download."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode

from nicegui import ui

from schemas.causes import Severity
from streams.web.labels import CAUSES, SIDES, count
from streams.web.list_query import FIELDS, WITHOUT_OFFICER_FILTER, query_of, url_fields
from streams.web.lost_track import PAGE_ROWS, LostTrackResult, Order
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import ALERT_COLUMNS, Pager, alert_cells
from streams.web.pages.view_audit import ViewAudit

__all__ = ["LostTrackPage"]

_ANY: Final = ""
_OPPOSITE: Final[dict[Order, Order]] = {"oldest": "newest", "newest": "oldest"}


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
        self._page = 0
        self._query = dict(fields)
        self._refreshing = asyncio.Lock()
        self._build_filters()
        self._summary = el("p", classes="status")
        self._announcement = el("p", classes="unseen", role="status")
        self._table = frame.table(
            "Records that need a human look", ALERT_COLUMNS, on_sort=self._sort, empty="No open alert matches."
        )
        self._pager = Pager(self._go_to)

    async def refresh(self) -> None:
        """Update the page."""
        async with self._refreshing:  # a live update and a filter may run at the same time
            found = self._list.find(query_of(self._query))
            self._page = min(self._page, found.pages - 1)
            alerts = found.page(self._page)
            withheld = await self._audit.try_record(alert.case_id for alert in alerts)
            if withheld is not None:
                alerts = []
            now = self._frame.console.clock()
            order = query_of(self._query).order
            key: Order = "oldest" if order == "newest" else order
            # the column shows ages, so oldest first is descending
            self._table.show(
                [alert_cells(alert, now) for alert in alerts], order=(key, order == "oldest"), withheld=withheld
            )
            self._pager.show(self._page, found.pages)
            summary = withheld or self._summary_of(found)
            if self._summary.text != summary:
                self._summary.set_text(summary)

    def _build_filters(self) -> None:
        tables = self._frame.console.following.tables
        protected = self._frame.identity.may("restricted")
        offices = {each.office for each in tables.standing(with_protected=protected) if each.office}
        chosen = self._query.get("office", _ANY)
        with el("div", classes="filters", role="search", aria_label="Filter"):
            search = ui.input("Part of a case id", value=self._query.get("search", ""))
            search.props("outlined dense clearable debounce=150 autocomplete=off")
            search.on_value_change(lambda event: self._choose("search", event.value))
            self._select("Office", "office", {each: each for each in sorted({*offices, chosen} - {_ANY})})
            causes = {WITHOUT_OFFICER_FILTER: "without officer", **{cause: name for cause, (name, _) in CAUSES.items()}}
            self._select("Cause", "cause", causes)
            self._select("Side", "side", {side: f"{name}'s" for side, name in SIDES.items()})
            self._select("Severity", "severity", {each.value: each.value for each in Severity})
            officer = ui.input("Officer", value=self._query.get("officer", ""))
            officer.props("outlined dense clearable debounce=150 autocomplete=off")
            officer.on_value_change(lambda event: self._choose("officer", event.value))
            with el("form", method="post", action="/download/lost-track.csv"):
                self._fields = {
                    name: el("input", type="hidden", name=name, value=self._query.get(name, "")) for name in FIELDS
                }
                el("button", "Download as CSV", type="submit", classes="button")

    def _select(self, label: str, name: str, options: Mapping[str, str]) -> None:
        choices = {_ANY: f"any {label.lower()}", **options}
        value = self._query.get(name, _ANY)
        choice = ui.select(choices, value=value if value in choices else _ANY, label=label)
        choice.props("outlined dense options-dense")
        choice.on_value_change(lambda event: self._choose(name, event.value))

    async def _choose(self, name: str, value: str | None) -> None:
        self._query[name] = (value or "").strip()
        await self._apply_query()

    async def _sort(self, key: str) -> None:
        order = cast(Order, key)
        if query_of(self._query).order == order:
            order = _OPPOSITE.get(order, order)
        self._query["order"] = order
        await self._apply_query()

    async def _go_to(self, page: int) -> None:
        if self._frame.is_open():
            self._page = max(0, page)
            await self.refresh()

    async def _apply_query(self) -> None:
        if not self._frame.is_open():
            return
        self._page = 0
        self._audit.reset()
        for name, field in self._fields.items():
            field.props["value"] = self._query.get(name, "")
        await self.refresh()
        self._announcement.set_text(self._summary.text)
        kept = {name: value for name, value in url_fields(self._query).items() if value}
        ui.run_javascript(f"history.replaceState(null, '', location.pathname + {f'?{urlencode(kept)}'!r})")

    def _summary_of(self, found: LostTrackResult) -> str:
        total = len(found.alerts)
        if not total:
            return self._frame.when_empty("No open alert matches.")
        first, last = self._page * PAGE_ROWS + 1, min(total, (self._page + 1) * PAGE_ROWS)
        return f"{count(total)} alerts on {count(found.cases)} cases; showing {count(first)} to {count(last)}"
