"""The first page: totals, the highest loads, lost-track cases by cause, and cases without an officer."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final

from schemas.causes import CLASS_OF, Cause
from schemas.office_loads import OfficeLoad
from streams.core.load.office_record import needed
from streams.core.load.office_summary import OfficeSummary
from streams.web.health.pipeline import PipelineState
from streams.web.labels import CAUSES, age, count, number, percent
from streams.web.list_query import WITHOUT_OFFICER_FILTER, address
from streams.web.lost_track import LostTrackQuery
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el, plain
from streams.web.pages.frame import PageFrame
from streams.web.pages.offices import OFFICE_COLUMNS, office_cells
from streams.web.pages.parts import ALERT_COLUMNS, OFFICER_COLUMNS, Tile, alert_cells, officer_cells, side_cell
from streams.web.pages.trends import TileTrend, TileTrends, Trends, tile_trends
from streams.web.pages.view_audit import ViewAudit
from streams.web.tables.alert_rows import CaseAlert
from streams.web.totals import WITHOUT_OFFICER, Totals

__all__ = ["OverviewPage", "lost_by_side"]

_ROWS: Final = 8
_OFFICE_COLUMNS: Final = 6
_ALERT_COLUMNS: Final = 7
_WITHOUT_OFFICER: Final = LostTrackQuery(causes=frozenset(WITHOUT_OFFICER))
_WITHOUT_OFFICER_FIELDS: Final = {"cause": WITHOUT_OFFICER_FILTER}
_WITHOUT_OFFICER_HREF: Final = address("/lost-track", _WITHOUT_OFFICER_FIELDS)
_CAUSE_COLUMNS: Final = (
    TableColumn("Cause", tag="a"),
    TableColumn("What the record shows", is_minor=True),
    TableColumn(
        "Side",
        tag="span",
        hint="On whose side the cause lies: the agency's, the record's or the person's",
        is_minor=True,
    ),
    TableColumn("Cases", is_number=True),
    TableColumn("Critical", is_number=True, hint="Cases with an escalated alert"),
    TableColumn("Longest", is_number=True, hint="How long the oldest alert has been open"),
)


class OverviewPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._sees_cases = frame.may_open("/lost-track")
        self._list = frame.console.lost_track(frame.identity)
        with el("div", classes="overview"):
            with el("section", classes="tiles", aria_label="Totals"):
                link = self._sees_cases
                self._lost = Tile("Lost-track cases", href="/lost-track" if link else "", tone="alarm")
                self._unassigned = Tile("Unassigned cases", href=_WITHOUT_OFFICER_HREF if link else "", tone="alarm")
                self._over = Tile("Officers over capacity", href="/officers" if link else "/offices")
                self._minutes = Tile("Minutes per case per month", href="/offices")
                self._needed = Tile("Officers needed", href="/offices")
            self._trends = Trends(frame.console)
            with el("div", classes="columns"):
                with el("section", aria_labelledby="overloaded"):
                    self._head(
                        "Officers with the highest load" if link else "Offices with the highest load",
                        "overloaded",
                        "/officers" if link else "/offices",
                    )
                    busiest = OFFICER_COLUMNS if link else OFFICE_COLUMNS[:_OFFICE_COLUMNS]
                    self._overloaded = frame.table(
                        "Highest loads", plain(busiest, linked=link), empty="No load has been published yet."
                    )
                with el("section", aria_labelledby="why"):
                    self._head("Lost-track cases by cause", "why", "/lost-track" if link else "")
                    self._causes = DataTable("Lost-track cases by cause", plain(_CAUSE_COLUMNS, linked=link))
            if link:
                with el("section", aria_labelledby="without-officer"):
                    self._head("Longest without an officer", "without-officer", _WITHOUT_OFFICER_HREF)
                    self._longest = frame.table(
                        "Cases without an officer, longest first",
                        plain(ALERT_COLUMNS[:_ALERT_COLUMNS]),
                        empty="Every case has an officer.",
                    )
                    self._audit = ViewAudit(frame)

    async def refresh(self) -> None:
        """Update the page."""
        console = self._frame.console
        totals, now = console.totals.now(), console.clock()
        if console.health().state is PipelineState.READING:
            for tile in (self._lost, self._unassigned, self._over, self._minutes, self._needed):
                tile.show("-", "not known yet")
        else:
            self._update_tiles(totals, now)
            self._trends.refresh()
        if self._sees_cases:
            loads = console.following.tables.loads.values()
            most = max((load.open_cases for load in loads), default=0)
            busiest = sorted(loads, key=lambda load: (-(load.utilisation or 0.0), load.officer_id))[:_ROWS]
            self._overloaded.show([officer_cells(load, most) for load in busiest])
        else:
            offices = sorted(totals.offices, key=_minutes)
            self._overloaded.show([office_cells(each, totals)[:_OFFICE_COLUMNS] for each in offices[:_ROWS]])
        self._causes.show([_cause_cells(cause, totals, now, linked=self._sees_cases) for cause in CAUSES])
        if self._sees_cases:
            await self._update_longest(self._list.find(_WITHOUT_OFFICER).alerts[:_ROWS], now)

    async def _update_longest(self, alerts: list[CaseAlert], now: int | None) -> None:
        withheld = await self._audit.try_record(alert.case_id for alert in alerts)
        if withheld is not None:
            alerts = []
        self._longest.show(
            [alert_cells(alert, now, _WITHOUT_OFFICER_FIELDS)[:_ALERT_COLUMNS] for alert in alerts], withheld=withheld
        )

    def _update_tiles(self, totals: Totals, now: int | None) -> None:
        counts, whole, record = totals.counts, totals.whole, totals.whole.record
        console = self._frame.console
        past = None if now is None else tile_trends(console.following.tables, console.rules, totals, now)

        def trend(of: Callable[[TileTrends], TileTrend]) -> tuple[Sequence[float], str]:
            return ((), "") if past is None else (of(past).numbers, of(past).change)

        self._lost.show(count(record.lost_track), lost_by_side(totals), *trend(lambda each: each.lost_track))
        oldest = [counts.oldest_by_cause[cause] for cause in WITHOUT_OFFICER if cause in counts.oldest_by_cause]
        self._unassigned.show(
            count(record.unassigned),
            f"also {count(record.in_transit)} in transit, {count(record.with_absent)} with an absent officer; "
            f"longest {age(min(oldest, default=None), now)}",
            *trend(lambda each: each.unassigned),
        )
        over, far = whole.officers_over
        threshold = percent(self._frame.console.rules.policy.officers.critical.raise_)
        self._over.show(
            count(over),
            f"of {count(record.officers_at_work)} at work; {count(far)} at {threshold} or more; "
            f"{count(whole.officers_absent)} absent with cases",
            *trend(lambda each: each.over),
        )
        self._minutes.show(
            number(record.minutes_per_case_month), _worst(totals.offices), *trend(lambda each: each.minutes)
        )
        self._needed.show(*officers_needed(record), *trend(lambda each: each.needed))

    def _head(self, title: str, anchor: str, href: str) -> None:
        with el("div", classes="head"):
            el("h2", title, id=anchor)
            if href:
                el("a", "Show all", href=href, aria_label=f"Show all: {title}")


def officers_needed(record: OfficeLoad) -> tuple[str, str]:
    """The figure and the note of the tile of officers needed."""
    return needed(record.officers_needed), f"{count(record.officers_at_work)} at work; an estimate, see Offices"


def lost_by_side(totals: Totals) -> str:
    """The text below the number of cases lost track of, whose sides may add up to more than the number."""
    record, by_side = totals.whole.record, totals.counts.by_side
    sides = ", ".join(f"{count(by_side[side])} {side}" for side in ("agency", "record", "person"))
    return f"of {count(record.open_cases + record.in_custody)} open; by side (a case may be on several): {sides}"


def _minutes(office: OfficeSummary) -> float:
    minutes = office.record.minutes_per_case_month
    return inf if minutes is None else minutes


def _worst(offices: list[OfficeSummary]) -> str:
    known = [
        (office.record.minutes_per_case_month, office.office)
        for office in offices
        if office.record.minutes_per_case_month is not None
    ]
    if not known:
        return "no office has open cases"
    minutes, worst = min(known)
    return f"lowest: {worst}, {number(minutes)}"


def _cause_cells(cause: str, totals: Totals, now: int | None, *, linked: bool) -> list[TableCell]:
    counts = totals.counts
    by_cause = totals.whole.record.by_cause
    most = max(getattr(by_cause, each) for each in CAUSES)
    cases, critical = getattr(by_cause, cause), counts.critical_by_cause[cause]
    name, meaning = CAUSES[cause]
    return [
        TableCell(name, href=f"/lost-track?cause={cause}" if linked else ""),
        TableCell(meaning, "soft"),
        side_cell(CLASS_OF[Cause(cause)]),
        TableCell(count(cases), share=cases / most if most else 0.0),
        TableCell(count(critical), "critical" if critical else ""),
        TableCell(age(counts.oldest_by_cause.get(cause), now)),
    ]
