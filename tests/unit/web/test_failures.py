"""The console when its broker or a record on it is faulty."""

import asyncio
import logging
from typing import Any, cast

import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError

from schemas.topics import topic
from streams.core.load.partials import OfficerProgress, Partial
from streams.errors import BrokerError
from streams.kafka.client.settings import Settings
from streams.web.audit import Audit
from streams.web.health.feed_monitor import FeedMonitor
from streams.web.identity import Identity
from streams.web.tables.output_tables import OutputTables
from streams.web.topic_follower import TopicFollower
from tests.kafka.waiting import LIMIT


class TestFeeds:
    def test_a_missing_broker_is_reported(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is asked again, and the earlier state stays."""
        feeds = FeedMonitor(Settings.load(brokers="127.0.0.1:9"), lambda: 0)

        async def look() -> None:
            running = asyncio.create_task(feeds.run())
            async with asyncio.timeout(LIMIT):
                while "about the feeds" not in caplog.text:
                    await asyncio.sleep(0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        with caplog.at_level(logging.WARNING, "streams.web.health.feed_monitor"):
            asyncio.run(look())

        assert "the broker at 127.0.0.1:9 does not answer about the feeds: " in caplog.text
        assert (feeds.feeds, feeds.answered_at) == ([], None)

    def test_the_progress_of_officers_is_no_clock_of_cases(self) -> None:
        """It is on the topic of the load partials, and the page would have an instant before all others."""
        feeds = FeedMonitor(Settings.load(), lambda: 0)
        for partial in (OfficerProgress(1, 5_000, None, 4_000).carried(), Partial(0, 1_000, False, [])):
            cast(Any, feeds)._update_clock(msgspec.json.encode(partial), 7)

        assert {0: 1_000} == feeds.clocks


class TestAudit:
    def test_no_case_is_shown_without_an_audit_record(self) -> None:
        """The caller gets the error before it shows anything."""

        class Refuses:
            async def append(self, *_: object) -> None:
                raise KafkaConnectionError("gone")

        audit = Audit(Settings.load(), lambda: 0)
        cast(Any, audit)._writer = Refuses()
        with pytest.raises(BrokerError, match=r"no case can be shown: the console cannot write to docket\.case-views"):
            asyncio.run(audit.record(Identity("sue", "supervisor"), "opened", ["c-1"]))


class TestFollowing:
    def test_a_certificate_that_cannot_be_read(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is tried again, and the pages name the file without its folder."""
        settings = Settings.load(brokers="127.0.0.1:9", security_protocol="SSL", tls_ca_file="/nowhere/kafka/ca.pem")
        following, feeds = TopicFollower(settings), FeedMonitor(settings, lambda: 0)

        async def follow() -> None:
            running = [asyncio.create_task(each.run()) for each in (following, feeds)]
            async with asyncio.timeout(LIMIT):
                while following.fault is None or caplog.text.count("/nowhere/kafka/ca.pem cannot be read") < 2:
                    await asyncio.sleep(0)
            assert not any(each.done() for each in running)
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        with caplog.at_level(logging.WARNING):
            asyncio.run(follow())
        assert "DOCKETWATCH_TLS_CA_FILE: ca.pem cannot be read: No such file or directory" == following.fault

    def test_an_invalid_record_is_skipped(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log names only its topic, because its contents are unknown."""
        following, tables = TopicFollower(Settings.load()), OutputTables()
        name = topic("lost-track-alerts").name
        following._apply(tables, name, b"a", b'{"alert_id": "A123456789"')

        assert f"a record of {name} does not have the form of its topic, and is skipped" in caplog.text
        assert "A123456789" not in caplog.text
