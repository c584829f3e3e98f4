"""The events of a run: a part of the log that ends between two instants, unchanged or moved to now."""

import time

from schemas import hot
from schemas.decode import decode, encode_event
from streams.tools.load_test.source import EventSource, Line, moved_to_now, with_timeline
from streams.tools.load_test.timeline import Timeline

START = 1_773_068_400_000


def booked(number: int, at: int) -> Line:
    event = hot.CheckInScheduled(
        v=1, event_id=f"e-{number}", occurred_at=START + at - 5_000, recorded_at=START + at, source="feed",
        case_id="c-1", check_in_id="k-1", due_at=START + at + 86_400_000, channel="office",
    )  # fmt: skip
    return event, encode_event(event)


def clock(at: int) -> Line:
    event = hot.Clock(v=1, event_id="clock", occurred_at=START + at, recorded_at=START + at, source="feed")
    return event, encode_event(event)


def ids(lines: object) -> list[str]:
    return [event.event_id for event, _ in lines]  # type: ignore[attr-defined]


class TestEventSource:
    def test_pieces(self) -> None:
        """They follow one another without a repetition or an omission, and without clock records."""
        source = EventSource(iter([booked(1, 10), clock(15), booked(2, 20), booked(3, 30), booked(4, 40)]))
        assert ["e-1", "e-2"] == ids(source.next_events(2))
        assert START + 30 == source.next_at
        assert ["e-3", "e-4"] == ids(source.next_events(9))
        assert source.next_at is None
        assert [] == ids(source.next_events(1))

    def test_an_instant_is_not_divided(self) -> None:
        """The clock record at the end of a run would make the rest of it late."""
        source = EventSource(iter([booked(1, 10), booked(2, 20), booked(3, 20), booked(4, 40)]))
        assert ["e-1", "e-2", "e-3"] == ids(source.next_events(2))


class TestLines:
    def test_unchanged(self) -> None:
        """Each line is unchanged, and each instant is noted."""
        lines, timeline = [booked(1, 10), booked(2, 20)], Timeline(10)
        assert [raw for _, raw in lines] == [raw for _, raw in with_timeline(iter(lines), timeline)]
        assert (2, START + 20) == (len(timeline), timeline.last_at)

    def test_moved_to_now(self) -> None:
        """recorded_at is the scheduled instant at the requested rate; other instants keep their distance from it."""
        timeline = Timeline(10)
        timeline.started = time.monotonic() + 100
        before = time.time()
        found = [decode(raw) for _, raw in moved_to_now(iter([booked(1, 10), booked(2, 90_000)]), timeline, 10)]
        after = time.time()

        first, second = found
        assert isinstance(first, hot.CheckInScheduled)
        assert isinstance(second, hot.CheckInScheduled)
        assert (before + 99.9) * 1000 <= first.recorded_at <= (after + 100.1) * 1000
        assert first.recorded_at + 100 == second.recorded_at == timeline.last_at
        for event in (first, second):
            assert event.recorded_at - 5_000 == event.occurred_at
            assert event.recorded_at + 86_400_000 == event.due_at
