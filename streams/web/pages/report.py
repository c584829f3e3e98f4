"""The page that makes the supervisor's week of an office: `docketwatch report` of the log or the topics."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

from nicegui import ui

from streams.errors import DocketwatchError
from streams.web.labels import count, instant
from streams.web.list_query import address
from streams.web.pages.elements import el
from streams.web.pages.filters import set_url_fields
from streams.web.pages.frame import PageFrame
from streams.web.reports import ReportRequest, weeks_before

__all__ = ["REPORT_PATH", "ReportPage", "requested"]

REPORT_PATH: Final = "/download/report.html"
_WEEK: Final = re.compile(r"\d{4}-W\d\d", re.ASCII)
_OFFICE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_WITH_IDS: Final = "yes"
_FILES: Final = "FILE..."


def requested(fields: Mapping[str, str]) -> ReportRequest | None:
    """The request of a URL; None when it names no office or no week."""
    office, week = fields.get("office", "").strip(), fields.get("week", "").strip()
    if _OFFICE.fullmatch(office) is None or _WEEK.fullmatch(week) is None:
        return None
    return ReportRequest(office, week, fields.get("ids") == _WITH_IDS)


class ReportPage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL: office, week, ids.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame, self._query = frame, dict(fields)
        self._reports = frame.console.reports
        self._files = [_FILES] if frame.console.own.event_log_files else []
        offices = {each.office for each in frame.console.totals.now().offices if each.office}
        weeks = weeks_before(frame.console.clock() or frame.console.wall())
        asked = requested(fields)
        if asked is not None:
            offices.add(asked.office)
            weeks = weeks if asked.week in weeks else [asked.week, *weeks]
        el(
            "p",
            "The report shows lost-track cases, the load now and in the next four weeks, officers over capacity or "
            "absent, and the decisions that the week asks for.",
        )
        with el("div", classes="filters", role="search", aria_label="Report"):
            self._office = self._select("Office", sorted(offices), asked.office if asked else None)
            # the last week that is over is the one before the present one
            self._week = self._select("Week", weeks, asked.week if asked else weeks[1])
            self._ids = ui.checkbox("Name the cases", value=asked is not None and asked.with_ids)
            self._make = el("button", "Make the report", type="button", classes="button").on("click", self._press)
        self._status = el("p", classes="status", role="status")
        self._link = el("a", "Open the report", target="_blank", classes="button")
        self._link.set_visibility(False)
        with el("p", classes="soft"):
            el("span", "The same in a terminal: ")
            self._command = el("code")

    def refresh(self) -> None:
        """Update the command."""
        words = ["docketwatch", "report", *self._files, "--office", self._office.value or "OFFICE"]
        words += ["--week", self._week.value, *(["--ids"] if self._ids.value else []), "--out", "report.html"]
        command = " ".join(word if word == _FILES else shlex.quote(word) for word in words)
        if self._command.text != command:
            self._command.set_text(command)

    async def _press(self) -> None:
        if not self._frame.is_open():
            return
        self._query = {
            "office": self._office.value or "",
            "week": self._week.value or "",
            "ids": _WITH_IDS if self._ids.value else "",
        }
        request = requested(self._query)
        self._link.set_visibility(False)
        if request is None:
            self._status.set_text("Select an office and a week.")
            return
        set_url_fields(self._query)
        what = f"{request.office}, week {request.week}"
        self._status.set_text(
            f"{what}: waiting for another report ..." if self._reports.is_busy else f"{what}: reading the events ..."
        )
        try:
            made = await self._reports.make(request)
        except DocketwatchError as error:
            self._status.set_text(f"{what}: {error}.")
            return
        named = f" It names {count(len(made.case_ids))} cases; this view will be recorded." if request.with_ids else ""
        self._status.set_text(f"{what}: made at {instant(made.made_at)}.{named}")
        self._link.props["href"] = address(REPORT_PATH, self._query)
        self._link.set_visibility(True)

    def _select(self, label: str, options: list[str], value: str | None) -> ui.select:
        select = ui.select(options, value=value, label=label)
        select.props("outlined dense options-dense")
        return select
