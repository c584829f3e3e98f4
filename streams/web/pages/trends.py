"""Time on the overview: the lines and changes of the tiles, and the charts of alerts."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from schemas.office_loads import OfficeLoad
from streams.core.policy.rules import Rules
from streams.web.console import Console
from streams.web.pages.chart_content import change_since, days_ahead, lost_track_days, raised_and_ended
from streams.web.pages.chart_elements import Chart
from streams.web.pages.elements import el
from streams.web.tables.daily_alert_counts import ANY_SIDE, DAY_MS
from streams.web.tables.output_tables import OutputTables
from streams.web.totals import Totals

__all__ = ["TileTrend", "TileTrends", "Trends", "tile_trends"]

_TILE_DAYS = 30


class TileTrend(Struct, frozen=True):
    """The past of the figure of a tile.

    Attributes:
        numbers: At the ends of the last days that are known, and now.
        change: How the figure differs from that at the end of yesterday, in words; empty when that is unknown.
    """

    numbers: Sequence[float]
    change: str


class TileTrends(Struct, frozen=True):
    """The past of every tile."""

    lost_track: TileTrend
    unassigned: TileTrend
    over: TileTrend
    minutes: TileTrend
    needed: TileTrend


def tile_trends(tables: OutputTables, rules: Rules, totals: Totals, now: int) -> TileTrends:
    """The past of the tiles.

    Args:
        tables: What the topics said.
        rules: The policy.
        totals: The figures now.
        now: The clock (ms).
    """
    today, record = now // DAY_MS, totals.whole.record
    records = tables.record_history.records(rules, today, _TILE_DAYS)

    def of(figure: Callable[[OfficeLoad], float | None], digits: int = 0) -> TileTrend:
        return _trend([None if each is None else figure(each) for each in records], figure(record), digits)

    lost = tables.alert_history.cases(ANY_SIDE, today, _TILE_DAYS + 1)
    return TileTrends(
        lost_track=_trend(lost[:-1], lost[-1]),
        unassigned=of(lambda each: each.unassigned),
        over=_trend(tables.record_history.officers_over(today, _TILE_DAYS), totals.whole.officers_over[0]),
        minutes=of(lambda each: each.minutes_per_case_month, 1),
        needed=of(lambda each: each.officers_needed, 2),
    )


def _trend(past: Sequence[float | None], now: float | None, digits: int = 0) -> TileTrend:
    known = [each for each in past if each is not None]
    yesterday = past[-1] if past else None
    return TileTrend([*known, now] if now is not None else known, change_since(yesterday, now, digits))


class Trends:
    """The charts of alerts.

    Args:
        console: Of which the topics are read.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: tuple[OutputTables, int, int] | None = None
        with el("div", classes="columns"):
            with el("section", aria_labelledby="over-time"):
                el("h2", "Lost track over 90 days", id="over-time")
                self._lost = Chart(
                    "Cases lost track of at the end of each day (UTC)",
                    ("Day", "Any side", "Agency", "Record", "Person"),
                )
            with el("section", aria_labelledby="flow"):
                el("h2", "Alerts raised and ended, by week", id="flow")
                self._weeks = Chart("Alerts raised and ended, by UTC week", ("Week of", "Raised", "Ended"))

        with el("section", aria_labelledby="ahead"):
            el("h2", "The next 14 days", id="ahead")
            self._ahead = Chart(
                "Booked check-ins and hearings, and deadlines, by UTC day",
                ("Day", "Check-ins", "Hearings", "Deadlines"),
                height="11rem",
            )

    def refresh(self) -> None:
        """Update the charts."""
        tables, now = self._console.following.tables, self._console.clock()
        if now is None:
            return
        today = now // DAY_MS
        if self._shown is not None and self._shown[0] is tables and self._shown[1:] == (tables.version, today):
            return
        self._shown = tables, tables.version, today
        self._lost.show(lost_track_days(tables.alert_history, today))
        ahead = days_ahead(tables.calendars.values())
        if ahead is not None:
            self._ahead.show(ahead)
        self._weeks.show(raised_and_ended(tables.alert_history, today))
