"""Health of the feeds: what arrives, what waits unread, how far the clocks are, what was refused and why."""

from typing import Final

from streams.web.console import wall_ms
from streams.web.feeds import FeedStatus
from streams.web.labels import age, count, instant, number
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame

__all__ = ["FeedsPage"]

_QUIET_MS: Final = 10 * 60_000
"""From when on a feed that declares no heartbeat is shown as quiet; whether that is a fault, its operator knows."""


class FeedsPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        with el("section", aria_labelledby="arrives"):
            el("h2", "What arrives", id="arrives")
            self._feeds = DataTable(
                "Input topics",
                [
                    TableColumn("FeedStatus"),
                    TableColumn(
                        "State",
                        tag="span",
                        hint="Blind, gap: silent for longer than its heartbeat, or deleted unread; what depends waits",
                    ),
                    TableColumn("Records a second", is_number=True, hint="Over the last minute"),
                    TableColumn("Newest came", is_number=True),
                    TableColumn(
                        "Not yet worked on", is_number=True, hint="Records that the workers have not committed"
                    ),
                    TableColumn("Records so far", is_number=True),
                    TableColumn(
                        "Refused", is_number=True, hint="Records that went to the dead letters, and are kept there"
                    ),
                ],
                empty="The broker has not answered yet.",
            )
        with el("section", aria_labelledby="gaps"):
            el("h2", "What was deleted before it was read", id="gaps")
            el("p", "Alerts of these partitions are held until docketwatch gaps accept accepts the loss.")
            self._gaps = DataTable(
                "Gaps of the input",
                [
                    TableColumn("FeedStatus"),
                    TableColumn("Partition", is_number=True),
                    TableColumn("Offsets"),
                    TableColumn("Read up to"),
                    TableColumn("Found"),
                ],
                empty="Nothing was.",
            )
        with el("div", classes="columns"):
            with el("section", aria_labelledby="clocks"):
                el("h2", "How far the clocks are", id="clocks")
                el("p", "Silence proves nothing: a clock stands where the reading stands, and alerts wait for it.")
                self._clocks = DataTable(
                    "Clock of each case partition",
                    [
                        TableColumn("Case partition"),
                        TableColumn("Clock"),
                        TableColumn("Behind the first", is_number=True),
                    ],
                    empty="No worker has published a clock yet.",
                )
            with el("section", aria_labelledby="refused"):
                el("h2", "What was refused, and why", id="refused")
                el("p", "The command dead-letters list names each record; redrive sends it again after a fix.")
                self._refused = DataTable(
                    "Refused records by feed and reason",
                    [TableColumn("FeedStatus"), TableColumn("Reason"), TableColumn("Records", is_number=True)],
                    empty="Nothing was refused.",
                )

    def tell(self) -> None:
        """Bring it up to date."""
        feeds, now = self._frame.console.feeds, wall_ms()
        refused = self._frame.console.following.board.refused
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
        return TableCell("nothing yet", "badge")
    silent = now - feed.arrived_at
    if feed.heartbeat is not None:
        return TableCell("blind", "badge critical") if silent > feed.heartbeat else TableCell("waiting", "badge")
    return TableCell("quiet", "badge warning") if silent > _QUIET_MS else TableCell("waiting", "badge")
