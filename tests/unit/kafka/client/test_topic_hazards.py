"""What settings of topics do to history, without a broker."""

from datetime import timedelta

import pytest

from schemas.topics import topic
from streams.kafka.client.admin import ExistingTopic
from streams.kafka.client.topic_hazards import LONGEST_DOWNTIME, blocking_problems, broker_hazards, hazards, notes


def there(replication: int = 3, **settings: str) -> ExistingTopic:
    return ExistingTopic(4, replication, {name.replace("_", "."): value for name, value in settings.items()})


class TestObstacles:
    def test_a_topic_as_brokers_make_it_has_none(self) -> None:
        """Also one of which the cluster says nothing, because we may not ask."""
        assert [] == list(
            blocking_problems(topic("case-state"), there(max_message_bytes="1048588", cleanup_policy="compact"))
        )
        assert [] == list(blocking_problems(topic("case-state"), there()))

    def test_an_input_topic_may_have_small_messages(self) -> None:
        """Workers do not write it."""
        assert [] == list(blocking_problems(topic("cases"), there(max_message_bytes="20000")))

    def test_a_codec_that_nobody_knows_is_named(self) -> None:
        """With those that can be read."""
        assert [
            "has compression.type=brotli, which cannot be read here: must be producer or one of gzip, snappy, lz4, zstd"
        ] == list(blocking_problems(topic("cases"), there(compression_type="brotli")))


class TestHazards:
    def test_what_is_kept_for_ever_is_kept_long_enough(self) -> None:
        """Retention of -1."""
        assert [] == list(hazards(topic("cases"), there(retention_ms="-1", retention_bytes="-1"), LONGEST_DOWNTIME))

    def test_outputs_are_not_judged_by_a_downtime(self) -> None:
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
    def test_how_many_copies_must_be_written(self, copies: int, in_sync: int, sentence: str) -> None:
        """Too few lose acknowledged records; all of them stop writes when one broker is down."""
        (told,) = notes(there(copies, min_insync_replicas=str(in_sync)))
        assert told.startswith(sentence)

    def test_two_of_three_is_right(self) -> None:
        """As is the only one."""
        assert [] == [*notes(there(3, min_insync_replicas="2")), *notes(there(1, min_insync_replicas="1"))]


class TestBrokers:
    def test_brokers_that_do_not_say_are_not_judged(self) -> None:
        """Nor those that remember for long enough."""
        assert [] == [
            *broker_hazards({}, timedelta(days=30)),
            *broker_hazards({"offsets.retention.minutes": "10080"}, timedelta(days=7)),
        ]
