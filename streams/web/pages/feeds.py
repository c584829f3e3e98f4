"""The page of the feeds: arrivals, backlog, input gaps, clocks, and refused records."""

from typing import Final

from streams.web.console import wall_ms
from streams.web.feeds import FeedStatus
from streams.web.labels import age, count, instant, number
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame

__all__ = ["FeedsPage"]

_QUIET_MS: Final = 10 * 60_000
"""After this silence, a feed without a declared heartbeat shows as quiet, which may be normal for it."""


class FeedsPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        with el("section", aria_labelledby="arrives"):
            el("h2", "Input", id="arrives")
            self._feeds = DataTable(
                "Input topics",
                [
                    TableColumn("Feed"),
                    TableColumn(
                        "State",
                        tag="span",
                        hint="Blind: silent for longer than its heartbeat. Gap: records were deleted unread. In both "
                        "states, alerts that depend on the feed wait.",
                    ),
                    TableColumn("Records per second", is_number=True, hint="Over the last minute"),
                    TableColumn("Last record", is_number=True, hint="Time since the newest record came"),
                    TableColumn("Backlog", is_number=True, hint="Records that the workers have not committed"),
                    TableColumn("Records in total", is_number=True),
                    TableColumn("Refused", is_number=True, hint="Records in the dead letters"),
                ],
                empty="The broker has not answered yet.",
            )
        with el("section", aria_labelledby="gaps"):
            el("h2", "Input deleted before it was read", id="gaps")
            el("p", "Alerts of these partitions are held until an operator runs docketwatch gaps accept.")
            self._gaps = DataTable(
                "Input gaps",
                [
                    TableColumn("Feed"),
                    TableColumn("Partition", is_number=True),
                    TableColumn("Offsets"),
                    TableColumn("Read up to"),
                    TableColumn("Found"),
                ],
                empty="There is no gap.",
            )
        with el("div", classes="columns"):
            with el("section", aria_labelledby="clocks"):
                el("h2", "Clocks", id="clocks")
                el("p", "A clock advances only as far as the input is read. Alerts wait for the clock.")
                self._clocks = DataTable(
                    "Clock of each case partition",
                    [
                        TableColumn("Case partition"),
                        TableColumn("Clock"),
                        TableColumn("Behind the fastest", is_number=True),
                    ],
                    empty="No worker has published a clock yet.",
                )
            with el("section", aria_labelledby="refused"):
                el("h2", "Refused records", id="refused")
                el(
                    "p",
                    "docketwatch dead-letters list names each record; dead-letters redrive sends it again after a fix.",
                )
                self._refused = DataTable(
                    "Refused records by feed and reason",
                    [TableColumn("Feed"), TableColumn("Reason"), TableColumn("Records", is_number=True)],
                    empty="No record was refused.",
                )

    def refresh(self) -> None:
        """Update the page."""
        feeds, now = self._frame.console.feeds, wall_ms()
        refused = self._frame.console.following.tables.refused
        by_feed: dict[str, int] = {}
        with_gaps = {gap.topic.rpartition(".")[2] for gap in feeds.gaps}
        for (name, _), records in refused.items():
            by_feed[name] = by_feed.get(name, 0) + records
        self._feeds.show(
            [
                [
                    TableCell(feed.name),
                    TableCell("gap", "badge critical") if feed.name in with_gaps else _state(feed, now),
                    TableCell(number(feed.per_second, 1)),
                    TableCell("-" if feed.arrived_at is None else f"{age(feed.arrived_at, now)} ago"),
                    TableCell("-" if feed.unread is None else count(feed.unread)),
                    TableCell(count(feed.records)),
                    TableCell(count(by_feed.get(feed.name, 0)), "critical" if by_feed.get(feed.name) else ""),
                ]
                for feed in feeds.feeds
            ]
        )
        self._gaps.show(
            [
                [
                    TableCell(gap.topic.rpartition(".")[2], "critical"),
                    TableCell(str(gap.partition)),
                    TableCell(f"{gap.offset} to {gap.last_offset}"),
                    TableCell("-" if gap.known is None else instant(gap.known)),
                    TableCell(instant(gap.observed_at)),
                ]
                for gap in feeds.gaps
            ]
        )
        first = max(feeds.clocks.values(), default=0)
        self._clocks.show(
            [
                [TableCell(str(partition)), TableCell(instant(clock)), TableCell(age(clock, first))]
                for partition, clock in sorted(feeds.clocks.items())
            ]
        )
        self._refused.show(
            [
                [TableCell(name), TableCell(code), TableCell(count(records))]
                for (name, code), records in sorted(refused.items())
            ]
        )


def _state(feed: FeedStatus, now: int) -> TableCell:
    if feed.per_second:
        return TableCell("arriving", "badge good")
    if feed.arrived_at is None:
        return TableCell("no records", "badge")
    silent = now - feed.arrived_at
    if feed.heartbeat is not None:
        return TableCell("blind", "badge critical") if silent > feed.heartbeat else TableCell("waiting", "badge")
    return TableCell("quiet", "badge warning") if silent > _QUIET_MS else TableCell("waiting", "badge")
