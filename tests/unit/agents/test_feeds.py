"""Feeds with a heartbeat: when they count as silent, and that it is said once."""

import logging
from collections.abc import Iterable

import pytest

from schemas.instants import BEFORE_ALL_TIME
from streams.agents.feeds import FeedWatch
from streams.kafka.client.settings import Settings

MINUTE = 60_000
SOON = 15 * MINUTE + 2_000  # the heartbeat and the hold-back
NAME = "docket.check-ins"
NOON = 1_767_614_400_000  # 2026-01-05T12:00:00Z


def watch(owned: Iterable[int] = (0, 1), heartbeats: str = "check-ins=15m") -> FeedWatch:
    numbers = list(owned)
    return FeedWatch(Settings.load(feed_heartbeats=heartbeats), ["docket.cases", NAME], lambda: numbers)


class TestFeedWatch:
    def test_only_topics_of_its_group(self) -> None:
        """A heartbeat of officers is none of the case topics'."""
        assert [NAME] == list(watch(heartbeats="check-ins=15m,officers=1h").declared)

    def test_silence_within_the_heartbeat_is_none(self) -> None:
        """A record may come as late as the hold-back allows."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON)

        assert feeds.blind == {NAME: False}

    def test_longer_silence_is_blindness(self) -> None:
        """In any partition; and it ends when the last of them is heard of again."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON + 1)
        feeds.check(NAME, 1, NOON, NOON + SOON + 1)
        feeds.check(NAME, 0, NOON + SOON, NOON + SOON + 1)
        assert feeds.blind == {NAME: True}
        feeds.check(NAME, 1, NOON + SOON, NOON + SOON + 1)

        assert feeds.blind == {NAME: False}

    def test_a_backlog_is_not_blindness(self) -> None:
        """While there is something to read, the feed has spoken: the worker is behind."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON + 1)
        feeds.check(NAME, 0, NOON, None)

        assert feeds.blind == {NAME: False}

    def test_a_partition_that_moved_away_is_no_longer_ours(self) -> None:
        """Its owner reports it."""
        owned = [0, 1]
        feeds = FeedWatch(Settings.load(feed_heartbeats="check-ins=15m"), [NAME], lambda: owned)
        feeds.check(NAME, 1, NOON, NOON + SOON + 1)
        owned.remove(1)

        assert feeds.blind == {NAME: False}

    def test_it_says_so_once(self, caplog: pytest.LogCaptureFixture) -> None:
        """One line when it goes blind, whatever the number of partitions, and one when it sees again."""
        feeds = watch()
        with caplog.at_level(logging.INFO):
            for wall in (NOON + SOON + 1, NOON + SOON + MINUTE):
                for number in (0, 1):
                    feeds.check(NAME, number, NOON, wall)
            for number in (0, 1):
                feeds.check(NAME, number, NOON + SOON, NOON + SOON + MINUTE)

        silent = (
            "docket.check-ins: its feed is silent: nothing recorded after 2026-01-05T12:00:00.000Z has come, and it "
            "declared a heartbeat of 0:15:00; the clock of what depends on it stands still, and alerts are held"
        )
        assert caplog.messages == [
            silent,
            "docket.check-ins: its feed is back; the clock goes on from where it stood",
        ]

    def test_a_feed_that_never_spoke(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is blind from the start, and no instant is made up."""
        watch().check(NAME, 0, BEFORE_ALL_TIME, NOON)

        assert "its feed is silent: nothing has ever come, and" in caplog.text
