"""Feeds with a heartbeat: when they count as silent, and that the log says so once."""

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
    def test_only_topics_of_its_group_count(self) -> None:
        """A heartbeat of officers does not concern the case topics."""
        assert [NAME] == list(watch(heartbeats="check-ins=15m,officers=1h").declared)

    def test_silence_within_the_heartbeat_is_normal(self) -> None:
        """A record may be as late as the hold-back allows."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON)

        assert feeds.blind == {NAME: False}

    def test_longer_silence_is_reported(self) -> None:
        """One silent partition is enough; the silence ends when all of them have a record again."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON + 1)
        feeds.check(NAME, 1, NOON, NOON + SOON + 1)
        feeds.check(NAME, 0, NOON + SOON, NOON + SOON + 1)
        assert feeds.blind == {NAME: True}
        feeds.check(NAME, 1, NOON + SOON, NOON + SOON + 1)

        assert feeds.blind == {NAME: False}

    def test_a_backlog_is_no_silence(self) -> None:
        """As long as records are unread, the feed has spoken: the worker is behind."""
        feeds = watch()
        feeds.check(NAME, 0, NOON, NOON + SOON + 1)
        feeds.check(NAME, 0, NOON, None)

        assert feeds.blind == {NAME: False}

    def test_a_revoked_partition_is_not_watched(self) -> None:
        """Its owner reports it."""
        owned = [0, 1]
        feeds = FeedWatch(Settings.load(feed_heartbeats="check-ins=15m"), [NAME], lambda: owned)
        feeds.check(NAME, 1, NOON, NOON + SOON + 1)
        owned.remove(1)

        assert feeds.blind == {NAME: False}

    def test_the_log_says_so_once(self, caplog: pytest.LogCaptureFixture) -> None:
        """It has one line when the feed goes silent, for all partitions, and one when it returns."""
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
            "docket.check-ins: its feed is back; the clock continues from where it stood",
        ]

    def test_a_feed_that_never_spoke(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is silent from the start, and the line has no instant."""
        watch().check(NAME, 0, BEFORE_ALL_TIME, NOON)

        assert "its feed is silent: nothing has ever come, and" in caplog.text
