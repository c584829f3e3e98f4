"""The list of records that need a human look: filters, search by case id, order, a page at a time, and as a file."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode

from nicegui import ui

from schemas.causes import Severity
from streams.errors import BrokerError
from streams.web.labels import CAUSES, SIDES, count
from streams.web.list_query import FIELDS, NOBODY_HAS, in_address, query_of
from streams.web.lost_track import PAGE_ROWS, LostTrackResult, Order
from streams.web.pages.elements import DataTable, el
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
        asked: What its URL asks for.
    """

    def __init__(self, frame: PageFrame, asked: Mapping[str, str]) -> None:
        self._frame = frame
        self._list = frame.console.lost_track(frame.identity)
        self._seen = ViewAudit(frame)
        self._page = 0
        self._asked = dict(asked)
        self._telling = asyncio.Lock()
        self._filters()
        self._told = el("p", classes="told")
        self._said = el("p", classes="unseen", role="status")
        self._table = DataTable(
            "Records that need a human look", ALERT_COLUMNS, on_sort=self._sort, empty="Nothing stands that fits."
        )
        self._pager = Pager(self._turn)

    async def tell(self) -> None:
        """Bring it up to date."""
        async with self._telling:  # a turn and a filter may come together
            found = self._list.find(query_of(self._asked))
            self._page = min(self._page, found.pages - 1)
            alerts = found.page(self._page)
            try:
                await self._seen.record(alert.case_id for alert in alerts)
            except BrokerError as error:
                self._frame.warn(str(error))
                alerts = []
            now = self._frame.console.clock()
            order = query_of(self._asked).order
            key: Order = "oldest" if order == "newest" else order
            # standing for longer is a greater number: the oldest first is descending
            self._table.show([alert_cells(alert, now) for alert in alerts], order=(key, order == "oldest"))
            self._pager.tell(self._page, found.pages)
            told = _told(found, self._page)
            if self._told.text != told:
                self._told.set_text(told)

    def _filters(self) -> None:
        board = self._frame.console.following.board
        protected = self._frame.identity.may("restricted")
        offices = {each.office for each in board.standing(with_protected=protected) if each.office}
        chosen = self._asked.get("office", _ANY)
        with el("div", classes="filters", role="search", aria_label="Filter"):
            search = ui.input("Part of a case id", value=self._asked.get("search", ""))
            search.props("outlined dense clearable debounce=150 autocomplete=off")
            search.on_value_change(lambda event: self._choose("search", event.value))
            self._select("Office", "office", {each: each for each in sorted({*offices, chosen} - {_ANY})})
            causes = {NOBODY_HAS: "nobody has it", **{cause: name for cause, (name, _) in CAUSES.items()}}
            self._select("Cause", "cause", causes)
            self._select("Side", "side", {side: f"{name}'s" for side, name in SIDES.items()})
            self._select("Severity", "severity", {each.value: each.value for each in Severity})
            officer = ui.input("Officer", value=self._asked.get("officer", ""))
            officer.props("outlined dense clearable debounce=150 autocomplete=off")
            officer.on_value_change(lambda event: self._choose("officer", event.value))
            with el("form", method="post", action="/download/lost-track.csv"):
                self._fields = {
                    name: el("input", type="hidden", name=name, value=self._asked.get(name, "")) for name in FIELDS
                }
                el("button", "Download as CSV", type="submit", classes="button")

    def _select(self, label: str, name: str, options: Mapping[str, str]) -> None:
        every = {_ANY: f"any {label.lower()}", **options}
        value = self._asked.get(name, _ANY)
        choice = ui.select(every, value=value if value in every else _ANY, label=label)
        choice.props("outlined dense options-dense")
        choice.on_value_change(lambda event: self._choose(name, event.value))

    async def _choose(self, name: str, value: str | None) -> None:
        self._asked[name] = (value or "").strip()
        await self._ask_anew()

    async def _sort(self, key: str) -> None:
        order = cast(Order, key)
        if query_of(self._asked).order == order:
            order = _OPPOSITE.get(order, order)
        self._asked["order"] = order
        await self._ask_anew()

    async def _turn(self, page: int) -> None:
        if self._frame.is_open():
            self._page = max(0, page)
            await self.tell()

    async def _ask_anew(self) -> None:
        if not self._frame.is_open():
            return
        self._page = 0
        self._seen.forget()
        for name, field in self._fields.items():
            field.props["value"] = self._asked.get(name, "")
        await self.tell()
        self._said.set_text(self._told.text)
        kept = {name: value for name, value in in_address(self._asked).items() if value}
        ui.run_javascript(f"history.replaceState(null, '', location.pathname + {f'?{urlencode(kept)}'!r})")


def _told(found: LostTrackResult, page: int) -> str:
    total = len(found.alerts)
    if not total:
        return "nothing stands that fits"
    first, last = page * PAGE_ROWS + 1, min(total, (page + 1) * PAGE_ROWS)
    return f"{count(total)} alerts of {count(found.cases)} cases; {count(first)} to {count(last)}"
