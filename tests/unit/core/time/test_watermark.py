"""The partition group of a partition's topics, and the watermark that follows from their records."""

import pytest

from streams.core.time.watermark import PartitionGroup
from tests.builders import address, booked, event, hearing_set, ms, opened
from tests.driver import hot_event

TOPICS = ("cases", "check-ins")
HOLD_BACK = 2_000


def merge(hold_back: int = HOLD_BACK) -> PartitionGroup:
    return PartitionGroup(TOPICS, hold_back)


def hot(*events):
    return [hot_event(one) for one in events]


def clock(at):
    return hot_event(event("clock", at))


class TestWatermark:
    def test_none_at_first(self):
        """Until every topic has a record, there is no watermark."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 1")))
        assert [] == waiting.release()[0]

    def test_the_slowest_topic(self):
        """The watermark is that of the slowest topic, a millisecond and the hold-back before its newest event."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 1"), address("day 9", "missing")))
        waiting.add("check-ins", hot(booked("day 3", "day 30")))
        released, watermark = waiting.release()
        assert ms("day 3") - 1 - HOLD_BACK == watermark
        assert ["case_opened"] == [one.type for one in released]

    def test_a_clock_record(self):
        """A clock record at r says that every event before r was read: no hold-back applies."""
        waiting = merge()
        waiting.add("cases", [clock("day 5")])
        waiting.add("check-ins", [clock("day 4")])
        assert ms("day 4") - 1 == waiting.release()[1]

    def test_an_event_at_the_clock_records_instant(self):
        """An event at the clock record's own instant may still follow."""
        waiting = merge()
        waiting.add("cases", [*hot(opened("day 4")), clock("day 4")])
        waiting.add("check-ins", [clock("day 4")])
        assert ([], ms("day 4") - 1) == waiting.release()
        waiting.add("cases", [clock("day 4 00:00:00.001")])
        waiting.add("check-ins", [clock("day 4 00:00:00.001")])
        released, watermark = waiting.release()
        assert (["case_opened"], ms("day 4")) == ([one.type for one in released], watermark)

    def test_never_back(self):
        """The watermark never goes back, whatever is read."""
        waiting = merge()
        for topic in TOPICS:
            waiting.add(topic, [clock("day 5")])
        watermark = waiting.release()[1]
        waiting.add("cases", [*hot(opened("day 2")), clock("day 3")])
        assert watermark == waiting.release()[1]

    def test_idle(self):
        """A topic read to its end has the wall clock less the hold-back."""
        waiting = merge()
        waiting.add("cases", [clock("day 9")])
        waiting.idle("check-ins", ms("day 5"))
        assert ms("day 5") - 1 - HOLD_BACK == waiting.release()[1]

    def test_idle_does_not_go_back(self):
        """A wall clock behind the events that were read moves nothing."""
        waiting = merge()
        for topic in TOPICS:
            waiting.add(topic, [clock("day 9")])
        waiting.idle("cases", ms("day 5"))
        assert ms("day 9") - 1 == waiting.release()[1]

    def test_a_backlog_has_no_wall_clock(self):
        """A topic with a backlog is not idle: three hours of another topic do not count for it."""
        waiting = merge()
        waiting.add("check-ins", hot(booked("day 1", "day 30")))
        waiting.idle("cases", ms("day 9"))
        assert ms("day 1") - 1 - HOLD_BACK == waiting.release()[1]

    def test_after_a_restart(self):
        """After a restart the watermark is the stored one, and every topic is read up to it."""
        waiting = PartitionGroup(TOPICS, HOLD_BACK, watermark=ms("day 3"))
        assert ([], ms("day 3")) == waiting.release()
        assert ms("day 3") == waiting.read_watermark("cases")


class TestRelease:
    def test_by_recorded_at(self):
        """Events are released in order of recorded_at, whatever their topic."""
        waiting = merge()
        waiting.add("check-ins", hot(booked("day 2", "day 30"), booked("day 4", "day 31"), event("clock", "day 9")))
        waiting.add("cases", hot(opened("day 1"), address("day 3", "missing"), event("clock", "day 9")))
        assert ["day 1", "day 2", "day 3", "day 4"] == [
            f"day {1 + (one.recorded_at - ms('day 1')) // 86_400_000}" for one in waiting.release()[0]
        ]

    def test_disorder_among_waiting_events(self):
        """New events are sorted among those that wait, whether they are in order or not."""
        waiting = merge(hold_back=0)
        waiting.add("cases", hot(address("day 4", "missing"), address("day 6", "missing")))
        waiting.add("cases", hot(address("day 3", "missing"), address("day 5", "missing")))
        waiting.add("cases", hot(address("day 8", "missing"), address("day 7", "missing")))
        waiting.idle("check-ins", ms("day 9"))
        waiting.idle("cases", ms("day 9"))
        recorded = [one.recorded_at for one in waiting.release()[0]]
        assert [ms(f"day {n}") for n in (3, 4, 5, 6, 7, 8)] == recorded

    def test_once(self):
        """No event is released twice."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 1"), event("clock", "day 9")))
        waiting.add("check-ins", [clock("day 9")])
        assert [1, 0] == [len(waiting.release()[0]), len(waiting.release()[0])]

    def test_disorder_within_the_hold_back(self):
        """An event recorded before its predecessor, by no more than the hold-back, is not late."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 1 10:00:02")))
        waiting.idle("check-ins", ms("day 9"))
        _, watermark = waiting.release()
        assert watermark < ms("day 1 10:00:00")
        waiting.add("cases", hot(address("day 1 10:00", "missing"), event("clock", "day 2")))
        assert ["address_changed", "case_opened"] == [one.type for one in waiting.release()[0]]

    def test_too_late(self):
        """An event recorded even earlier is released at once, and the partition counts it."""
        waiting = merge()
        for topic in TOPICS:
            waiting.add(topic, [clock("day 9")])
        waiting.release()
        waiting.add("cases", hot(opened("day 1")))
        released, watermark = waiting.release()
        assert (["case_opened"], ms("day 9") - 1) == ([one.type for one in released], watermark)

    def test_clock_records_are_consumed(self):
        """Clock records are not released."""
        waiting = merge()
        for topic in TOPICS:
            waiting.add(topic, [clock("day 9")])
        assert [] == waiting.release()[0]

    def test_up_to_the_watermark(self):
        """An event at the watermark is released, one a millisecond later waits."""
        waiting = merge(hold_back=0)
        waiting.add("cases", hot(opened("day 3"), address("day 3 00:00:00.001", "missing")))
        waiting.idle("check-ins", ms("day 9"))
        released, watermark = waiting.release()
        assert (["case_opened"], ms("day 3")) == ([one.type for one in released], watermark)
        assert 1 == len(waiting)


class TestAhead:
    def test_the_fast_topic_waits(self):
        """A topic that is ahead of the slowest and has waiting events is to be paused."""
        waiting = merge()
        waiting.add("cases", hot(*(address(f"day {n}", "missing") for n in range(1, 9))))
        waiting.add("check-ins", hot(booked("day 1", "day 30")))
        waiting.release()
        assert ["cases"] == waiting.topics_ahead()

    def test_none_is_paused_when_even(self):
        """Topics that are even are both read."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 1")))
        waiting.add("check-ins", hot(booked("day 1", "day 30")))
        assert [] == waiting.topics_ahead()

    def test_the_slowest_is_never_paused(self):
        """The slowest topic is always read, or no watermark would move."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 5")))
        waiting.add("check-ins", hot(booked("day 1", "day 30")))
        assert "check-ins" not in waiting.topics_ahead()

    def test_waiting(self):
        """The number of waiting events of each topic is available."""
        waiting = merge()
        waiting.add("cases", hot(opened("day 5"), address("day 6", "missing")))
        assert (2, 0) == (waiting.buffered_count("cases"), waiting.buffered_count("check-ins"))


class TestRefused:
    def test_an_unknown_topic(self):
        """A topic outside the partition group is a fault of the caller."""
        with pytest.raises(KeyError):
            merge().add("hearings", hot(hearing_set("day 1", "day 2")))
