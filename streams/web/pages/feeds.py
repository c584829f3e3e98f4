"""The page of the feeds: arrivals, backlog, input gaps, clocks, and refused records."""

from typing import Final

from streams.web.console import wall_ms
from streams.web.health.pipeline import FeedStatus, PipelineHealth, PipelineState
from streams.web.labels import age, count, instant, number
from streams.web.pages.elements import TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame

__all__ = ["FeedsPage"]

_QUIET_MS: Final = 10 * 60_000
"""Without a record for this long, a feed without a declared heartbeat shows as quiet, which may be normal for it."""


class FeedsPage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        with el("section", aria_labelledby="arrives"):
            el("h2", "Input", id="arrives")
            self._sentence = el("p")
            self._feeds = frame.table(
                "Input topics",
                [
                    TableColumn("Feed"),
                    TableColumn(
                        "State",
                        tag="span",
                        hint="Not judged: no worker judges its events. Blind: no record for longer than its heartbeat. "
                        "Gap: records were deleted unread. In all three, alerts that depend on the feed wait.",
                    ),
                    TableColumn("Records per second", is_number=True, hint="Over the last minute", is_minor=True),
                    TableColumn("Last record", is_number=True, hint="Time since the newest record came"),
                    TableColumn("Events waiting", is_number=True, hint="No worker has judged them yet"),
                    TableColumn("Records in total", is_number=True, is_minor=True),
                    TableColumn("Refused", is_number=True, hint="Records in the dead letters", is_minor=True),
                ],
                empty="The broker has not answered yet.",
            )
        with el("section", aria_labelledby="gaps"):
            el("h2", "Missing input", id="gaps")
            el(
                "p",
                "These records were deleted before they were read, or lost with the end of a log. "
                "Alerts of these partitions are held until an operator runs docketwatch gaps accept.",
            )
            self._gaps = frame.table(
                "Input gaps",
                [
                    TableColumn("Feed"),
                    TableColumn("Partition", is_number=True),
                    TableColumn("Offsets"),
                    TableColumn("Read up to", is_minor=True),
                    TableColumn("Found"),
                ],
                empty="There is no gap.",
            )
        with el("div", classes="columns"):
            with el("section", aria_labelledby="clocks"):
                el("h2", "Clocks", id="clocks")
                el("p", "A clock advances only as far as the input is read. Alerts wait for the clock.")
                self._clocks = frame.table(
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
                self._refused = frame.table(
                    "Refused records by feed and reason",
                    [TableColumn("Feed"), TableColumn("Reason"), TableColumn("Records", is_number=True)],
                    empty="No record was refused.",
                )

    def refresh(self) -> None:
        """Update the page."""
        feeds, now = self._frame.console.feeds, wall_ms()
        refused = self._frame.console.following.tables.refused
        by_feed: dict[str, int] = {}
        health = self._frame.console.health()
        is_stopped = health.state is PipelineState.NOT_JUDGING
        sentence = f"{health.sentence[0].upper()}{health.sentence[1:]}."
        if self._sentence.text != sentence:
            self._sentence.set_text(sentence)
        for (name, _), records in refused.items():
            by_feed[name] = by_feed.get(name, 0) + records
        self._feeds.show(
            [
                [
                    TableCell(feed.name),
                    _state(feed, health, now),
                    TableCell(number(feed.per_second, 1)),
                    TableCell("-" if feed.arrived_at is None else f"{age(feed.arrived_at, now)} ago"),
                    TableCell(count(feed.waiting), "critical" if feed.waiting and is_stopped else ""),
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
                    TableCell(count(gap.partition)),
                    TableCell(f"{count(gap.offset)} to {count(gap.last_offset)}"),
                    TableCell("-" if gap.known is None else instant(gap.known)),
                    TableCell(instant(gap.observed_at)),
                ]
                for gap in feeds.gaps
            ]
        )
        first = max(feeds.clocks.values(), default=0)
        self._clocks.show(
            [
                [TableCell(count(partition)), TableCell(instant(clock)), TableCell(age(clock, first))]
                for partition, clock in sorted(feeds.clocks.items())
            ]
        )
        self._refused.show(
            [
                [TableCell(name), TableCell(code), TableCell(count(records))]
                for (name, code), records in sorted(refused.items())
            ]
        )


def _state(feed: FeedStatus, health: PipelineHealth, now: int) -> TableCell:
    if health.state is PipelineState.UNREACHABLE:
        return TableCell("not known", "badge critical")
    if feed.name in health.cut_feeds:
        return TableCell("gap", "badge critical")
    if feed.is_silent(now):
        return TableCell("blind", "badge critical")
    if feed.waiting and health.state is PipelineState.NOT_JUDGING:
        return TableCell("not judged", "badge critical")
    if feed.per_second:
        return TableCell("arriving", "badge good" if health.is_calm else "badge")
    if feed.arrived_at is None:
        return TableCell("no records", "badge")
    is_quiet = feed.heartbeat is None and now - feed.arrived_at > _QUIET_MS
    return TableCell("quiet", "badge warning") if is_quiet else TableCell("waiting", "badge")
