"""Merging the input topics of one partition by recorded_at, and the clock that follows (streams/ARCHITECTURE.md).

Each topic is read up to some instant. Everything up to the least of these instants, less the hold-back, is complete and
may be applied in order. A topic without new records holds the others back, unless it is read to its end and follows the
wall clock. So nothing is concluded while records are unread.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Final, cast

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME

__all__ = ["PartitionGroup"]

_recorded_at: Final = attrgetter("recorded_at")


class PartitionGroup:
    """The hold-back buffer of one partition: a sorted run of events a topic.

    Args:
        topics: The input topics; each is read up to `watermark` at first.
        hold_back: How long (ms) to wait for events recorded earlier that may still come.
        watermark: Where the clock stood when the state was kept (ms), after a restart.

    Attributes:
        watermark: Everything recorded up to this instant (ms) was released.
    """

    def __init__(self, topics: Sequence[str], hold_back: int, watermark: int = BEFORE_ALL_TIME) -> None:
        self.watermark = watermark
        self._hold_back = hold_back
        self._read_watermarks: dict[str, int] = dict.fromkeys(topics, watermark)
        self._buffered: dict[str, list[hot.CaseEvent]] = {topic: [] for topic in topics}

    def __len__(self) -> int:
        return sum(map(len, self._buffered.values()))

    def add(
        self, topic: str, events: Sequence[hot.CaseEvent | hot.Clock], instants: Sequence[int] | None = None
    ) -> None:
        """Add the records read of a topic, in the order of its log.

        A `clock` record at r says that nothing recorded before r will come: it is known through r - 1. Any other event
        at r lets it be r - 1 less the hold-back.

        Args:
            topic: Where they were read.
            events: Events and `clock` records.
            instants: The recorded_at (ms) of each, where the caller has them.

        Raises:
            KeyError: The topic is none of the partition's.
        """
        known, waiting = self._read_watermarks[topic], self._buffered[topic]
        at = list(map(_recorded_at, events) if instants is None else instants)
        # by class: isinstance asks a metaclass in Python, a quarter of a microsecond an event
        if hot.Clock in set(map(type, events)):
            known = max(known, max(event.recorded_at for event in events if type(event) is hot.Clock) - 1)
            events = [event for event in events if type(event) is not hot.Clock]
            at = list(map(_recorded_at, events))
        if events:
            in_order = sorted(at)
            known = max(known, in_order[-1] - 1 - self._hold_back)
            is_sorted = at == in_order and (not waiting or waiting[-1].recorded_at <= at[0])
            waiting += cast(Sequence[hot.CaseEvent], events)
            if not is_sorted:
                waiting.sort(key=_recorded_at)
        self._read_watermarks[topic] = known

    def idle(self, topic: str, wall: int) -> None:
        """Advance the read watermark of an idle topic, read to its end, to the wall clock (ms) minus the hold-back.

        Raises:
            KeyError: The topic is none of the partition's.
        """
        self._read_watermarks[topic] = max(self._read_watermarks[topic], wall - 1 - self._hold_back)

    def release(self) -> tuple[list[hot.CaseEvent], int]:
        """Release the events up to the watermark.

        Returns:
            The events recorded up to `watermark`, by recorded_at, and `watermark` (ms). Events that came too late for
            their instant are among them: the partition counts them as late.
        """
        watermark = self.watermark = max(self.watermark, min(self._read_watermarks.values()))
        released: list[hot.CaseEvent] = []
        for waiting in self._buffered.values():
            due = bisect_right(waiting, watermark, key=_recorded_at)
            released += waiting[:due]
            del waiting[:due]
        released.sort(key=_recorded_at)  # few sorted runs: it merges them
        return released, watermark

    def buffered(self) -> Iterator[hot.CaseEvent]:
        """All events that are read but not yet released."""
        return chain.from_iterable(self._buffered.values())

    def buffered_count(self, topic: str) -> int:
        """How many events of a topic are read but not yet released."""
        return len(self._buffered[topic])

    def read_watermark(self, topic: str) -> int:
        """Everything of a topic recorded up to this instant (ms) is read."""
        return self._read_watermarks[topic]

    def topics_ahead(self) -> list[str]:
        """Topics read further than the slowest, with events waiting: reading more of them would only fill memory."""
        slowest = min(self._read_watermarks.values())
        return [topic for topic, known in self._read_watermarks.items() if known > slowest and self._buffered[topic]]
