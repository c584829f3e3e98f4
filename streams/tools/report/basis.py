"""What a report rests on: how many events of which feeds, and the courses that officers have completed."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from schemas import hot

__all__ = ["Feed", "LogBasis"]


class Feed(Struct):
    """One source of events.

    Attributes:
        name: Its id.
        events: How many up to the end.
        in_week: How many of the week.
        last: When its last one was recorded (ms).
    """

    name: str
    events: int = 0
    in_week: int = 0
    last: int = 0


class LogBasis:
    """Notes the events of a log as they pass.

    Args:
        begins: The week begins with this instant (ms).
        until: The last instant that counts (ms).
    """

    def __init__(self, begins: int, until: int) -> None:
        self._begins, self._until = begins, until
        self.feeds: dict[str, Feed] = {}
        self._courses: dict[tuple[str, str], tuple[tuple[int, int, str], int]] = {}

    def passing(self, events: Iterable[hot.AnyEvent]) -> Iterator[hot.AnyEvent]:
        """The same events."""
        for event in events:
            if event.recorded_at <= self._until:
                self._note(event)
            yield event

    def courses(self) -> Iterator[tuple[str, str, int]]:
        """(officer, course, instant (ms) until which it is valid), by officer and course."""
        for (officer, course), (_, valid_until) in sorted(self._courses.items()):
            yield officer, course, valid_until

    def _note(self, event: hot.AnyEvent) -> None:
        feed = self.feeds.get(event.source)
        if feed is None:
            feed = self.feeds[event.source] = Feed(event.source)
        feed.events += 1
        feed.in_week += event.recorded_at >= self._begins
        feed.last = event.recorded_at
        if isinstance(event, hot.TrainingCompleted):
            key = event.occurred_at, event.recorded_at, event.event_id
            held = self._courses.get((event.officer_id, event.course))
            if held is None or key > held[0]:
                self._courses[event.officer_id, event.course] = key, event.valid_until
