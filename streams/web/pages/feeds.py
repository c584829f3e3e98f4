"""Health of the feeds: what arrives, what waits unread, how far the clocks are, what was refused and why."""

from typing import Final

from streams.web.console import wall_ms
from streams.web.feeds import Feed
from streams.web.pages.elements import Cell, Column, DataTable, el
from streams.web.pages.frame import Frame
from streams.web.words import age, count, instant, number

__all__ = ["FeedsPage"]

_QUIET_MS: Final = 10 * 60_000
"""From when on a feed that declares no heartbeat is shown as quiet; whether that is a fault, its operator knows."""


class FeedsPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        with el("section", aria_labelledby="arrives"):
            el("h2", "What arrives", id="arrives")
            self._feeds = DataTable(
                "Input topics",
                [
                    Column("Feed"),
                    Column(
                        "State",
                        tag="span",
                        hint="Blind, gap: silent for longer than its heartbeat, or deleted unread; what depends waits",
                    ),
                    Column("Records a second", is_number=True, hint="Over the last minute"),
                    Column("Newest came", is_number=True),
                    Column("Not yet worked on", is_number=True, hint="Records that the workers have not committed"),
                    Column("Records so far", is_number=True),
                    Column("Refused", is_number=True, hint="Records that went to the dead letters, and are kept there"),
                ],
                empty="The broker has not answered yet.",
            )
        with el("section", aria_labelledby="gaps"):
            el("h2", "What was deleted before it was read", id="gaps")
            el("p", "Alerts of these partitions are held until docketwatch gaps accept accepts the loss.")
            self._gaps = DataTable(
                "Gaps of the input",
                [
                    Column("Feed"),
                    Column("Partition", is_number=True),
                    Column("Offsets"),
                    Column("Read up to"),
                    Column("Found"),
                ],
                empty="Nothing was.",
            )
        with el("div", classes="columns"):
            with el("section", aria_labelledby="clocks"):
                el("h2", "How far the clocks are", id="clocks")
                el("p", "Silence proves nothing: a clock stands where the reading stands, and alerts wait for it.")
                self._clocks = DataTable(
                    "Clock of each case partition",
                    [Column("Case partition"), Column("Clock"), Column("Behind the first", is_number=True)],
                    empty="No worker has published a clock yet.",
                )
            with el("section", aria_labelledby="refused"):
                el("h2", "What was refused, and why", id="refused")
                el("p", "The command dead-letters list names each record; redrive sends it again after a fix.")
                self._refused = DataTable(
                    "Refused records by feed and reason",
                    [Column("Feed"), Column("Reason"), Column("Records", is_number=True)],
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
                    Cell(feed.name),
                    Cell("gap", "badge critical") if feed.name in with_gaps else _state(feed, now),
                    Cell(number(feed.per_second, 1)),
                    Cell("-" if feed.arrived_at is None else f"{age(feed.arrived_at, now)} ago"),
                    Cell("-" if feed.unread is None else count(feed.unread)),
                    Cell(count(feed.records)),
                    Cell(count(by_feed.get(feed.name, 0)), "critical" if by_feed.get(feed.name) else ""),
                ]
                for feed in feeds.feeds
            ]
        )
        self._gaps.show(
            [
                [
                    Cell(gap.topic.rpartition(".")[2], "critical"),
                    Cell(str(gap.partition)),
                    Cell(f"{gap.offset} to {gap.last_offset}"),
                    Cell("-" if gap.known is None else instant(gap.known)),
                    Cell(instant(gap.observed_at)),
                ]
                for gap in feeds.gaps
            ]
        )
        first = max(feeds.clocks.values(), default=0)
        self._clocks.show(
            [
                [Cell(str(partition)), Cell(instant(clock)), Cell(age(clock, first))]
                for partition, clock in sorted(feeds.clocks.items())
            ]
        )
        self._refused.show(
            [[Cell(name), Cell(code), Cell(count(records))] for (name, code), records in sorted(refused.items())]
        )


def _state(feed: Feed, now: int) -> Cell:
    if feed.per_second:
        return Cell("arriving", "badge good")
    if feed.arrived_at is None:
        return Cell("nothing yet", "badge")
    silent = now - feed.arrived_at
    if feed.heartbeat is not None:
        return Cell("blind", "badge critical") if silent > feed.heartbeat else Cell("waiting", "badge")
    return Cell("quiet", "badge warning") if silent > _QUIET_MS else Cell("waiting", "badge")
