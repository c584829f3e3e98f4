"""The effect of topic settings on history, without a broker."""

from datetime import timedelta

import pytest

from schemas.topics import topic
from streams.kafka.client.admin import ExistingTopic
from streams.kafka.client.topic_hazards import LONGEST_DOWNTIME, blocking_problems, broker_hazards, hazards, notes


def there(replication: int = 3, **settings: str) -> ExistingTopic:
    return ExistingTopic(4, replication, {name.replace("_", "."): value for name, value in settings.items()})


class TestObstacles:
    def test_a_topic_with_default_settings_has_none(self) -> None:
        """A topic that the process may not describe has none either."""
        assert [] == list(
            blocking_problems(topic("case-state"), there(max_message_bytes="1048588", cleanup_policy="compact"))
        )
        assert [] == list(blocking_problems(topic("case-state"), there()))

    def test_an_input_topic_may_have_small_messages(self) -> None:
        """Workers do not write it."""
        assert [] == list(blocking_problems(topic("cases"), there(max_message_bytes="20000")))

    def test_an_unknown_codec_is_named(self) -> None:
        """The line has the codecs that can be read."""
        assert [
            "has compression.type=brotli, which cannot be read here: must be producer or one of gzip, snappy, lz4, zstd"
        ] == list(blocking_problems(topic("cases"), there(compression_type="brotli")))


class TestHazards:
    def test_unlimited_retention_is_long_enough(self) -> None:
        """The retention is -1."""
        assert [] == list(hazards(topic("cases"), there(retention_ms="-1", retention_bytes="-1"), LONGEST_DOWNTIME))

    def test_outputs_need_no_retention_for_a_downtime(self) -> None:
        """Workers do not read them again."""
        assert [] == list(hazards(topic("dead-letters"), there(retention_ms="1"), LONGEST_DOWNTIME))


class TestNotes:
    @pytest.mark.parametrize(
        ("copies", "in_sync", "sentence"),
        [
            (3, 1, "has min.insync.replicas=1: while other copies are behind, acknowledged records lie on one "),
            (2, 2, "has min.insync.replicas=2, all of its copies: no write succeeds while one broker is down"),
        ],
    )
    def test_the_number_of_in_sync_replicas(self, copies: int, in_sync: int, sentence: str) -> None:
        """Too few lose acknowledged records; all of them stop writes when one broker is down."""
        (note,) = notes(there(copies, min_insync_replicas=str(in_sync)))
        assert note.startswith(sentence)

    def test_two_of_three_is_right(self) -> None:
        """A single replica is right, too."""
        assert [] == [*notes(there(3, min_insync_replicas="2")), *notes(there(1, min_insync_replicas="1"))]


class TestBrokers:
    def test_brokers_without_a_known_setting_are_not_reported(self) -> None:
        """Brokers that keep a group's offsets long enough are not reported either."""
        assert [] == [
            *broker_hazards({}, timedelta(days=30)),
            *broker_hazards({"offsets.retention.minutes": "10080"}, timedelta(days=7)),
        ]
