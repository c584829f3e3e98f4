"""The events of a load test: a log cut into runs, as it is or lived through now."""

import time
from collections.abc import Iterator

from schemas import hot
from schemas.decode import encode_event
from streams.tools.load_test.timeline import Timeline

__all__ = ["EventSource", "moved_to_now", "with_timeline"]

Line = tuple[hot.AnyEvent, bytes]


class EventSource:
    """A log that is taken piece by piece; its `clock` records are left out.

    Args:
        lines: Events by recorded_at, each with its line.
    """

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = (line for line in lines if not isinstance(line[0], hot.Clock))
        self._next = next(self._lines, None)

    @property
    def next_at(self) -> int | None:
        """recorded_at (ms) of the next event; None at the end."""
        return None if self._next is None else self._next[0].recorded_at

    def next_events(self, count: int) -> Iterator[Line]:
        """The next events, and those of the last one's instant: a run ends where the log's time goes on."""
        taken, last = 0, None
        while self._next is not None and (taken < count or self._next[0].recorded_at == last):
            line, taken, last = self._next, taken + 1, self._next[0].recorded_at
            self._next = next(self._lines, None)
            yield line


def with_timeline(lines: Iterator[Line], timeline: Timeline) -> Iterator[Line]:
    """The lines as they are, each noted as it is taken."""
    for line in lines:
        timeline.add(line[0].recorded_at)
        yield line


def moved_to_now(lines: Iterator[Line], timeline: Timeline, rate: float) -> Iterator[Line]:
    """Events moved as a whole so that each is recorded when it is meant to be sent; noted as they are taken.

    What lies between the instants of one event stays: what was reported late, or is due in a month, still is.
    """
    begin = 0.0
    for number, (event, _) in enumerate(lines):
        begin = begin or (time.time() - time.monotonic() + timeline.started) * 1000
        at = int(begin + number * 1000 / rate)
        shift = at - event.recorded_at
        for name in event.instants:
            setattr(event, name, getattr(event, name) + shift)
        timeline.add(at)
        yield event, encode_event(event)
