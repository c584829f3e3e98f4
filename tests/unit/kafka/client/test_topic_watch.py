"""The watch on topics that are deleted, recreated or changed, without a broker."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError

from streams.kafka.client.metadata_request import DescribeTopics
from streams.kafka.client.topic_watch import TopicIdentity, changes, watch_topics
from tests.kafka.waiting import LIMIT

ONE, OTHER = UUID(int=(1 << 127) + 5), UUID(int=(7 << 64) + (1 << 63))
WAS = {"a": TopicIdentity(4, str(ONE)), "b": TopicIdentity(4, None)}


def answer(*topics: tuple[int, str, UUID | None, int]) -> Any:
    """Return an answer of a broker, parsed from its bytes."""
    kind = DescribeTopics(["a"]).build(DescribeTopics._CLASSES[0]).RESPONSE_TYPE
    half = 1 << 63
    rows = []
    for code, name, id_, count in topics:
        high, low = divmod(id_.int if id_ else 0, 1 << 64)
        words = [word - 2 * half if word >= half else word for word in (high, low)]
        partitions = [(0, number, 1, 0, [1], [1], [], {}) for number in range(count)]
        rows.append((code, name, *words, False, partitions, -1, {}))
    return kind.decode(kind(0, [(1, "localhost", 9092, None, {})], "cluster", 1, rows, {}).encode())


class ScriptedClient:
    """A client that gives these answers, the last one again and again, or raises them."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def get_random_node(self) -> int:
        return 1

    async def send(self, node: int, request: DescribeTopics) -> Any:
        given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(given, Exception):
            raise given
        return given


class ReportedError(Exception):
    """Ends the watch, as the end of the process would."""


def watch(*answers: Any, started_with: Mapping[str, TopicIdentity] | Collection[str] = WAS) -> str | None:
    """Return the watch's message; None when it ends by itself."""

    def report(sentence: str) -> None:
        raise ReportedError(sentence)

    try:
        asyncio.run(asyncio.wait_for(watch_topics(ScriptedClient(*answers), started_with, report, every=0), LIMIT))
    except ReportedError as message:
        return str(message)
    return None


class TestWatch:
    def test_more_partitions_are_named(self) -> None:
        """The message has both counts."""
        now = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watch(now)

    def test_a_deleted_and_a_recreated_topic_are_named_together(self) -> None:
        """One sentence has each with its former partitions."""
        was = {"a": WAS["a"], "b": TopicIdentity(4, str(ONE))}
        now = answer((3, "a", None, 0), (0, "b", OTHER, 4))
        message = watch(now, started_with=was)
        assert message is not None
        assert [
            "a, which had 4 partitions, does not exist any more",
            "b was deleted and recreated, with 4 partitions (it had 4)",
        ] == message.split("; ")

    def test_the_first_answer_may_define_the_topics(self) -> None:
        """A reader begins with the existing topics and does not wait for missing ones."""
        first = answer((0, "a", ONE, 4), (3, "b", None, 0))
        later = answer((0, "a", OTHER, 4), (0, "b", OTHER, 4))
        message = watch(NodeNotReadyError("n"), first, later, started_with=["a", "b"])
        assert "a was deleted and recreated, with 4 partitions (it had 4)" == message

    def test_a_single_deviating_answer_is_ignored(self) -> None:
        """It may come from a broker that is behind the others."""
        same, gone = answer((0, "a", ONE, 4), (0, "b", None, 4)), answer((3, "a", None, 0), (0, "b", None, 4))
        more = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watch(same, gone, same, gone, more)

    def test_a_broker_that_does_not_answer_is_ignored(self) -> None:
        """An error for a topic is ignored, too."""
        busy = answer((5, "a", None, 0), (0, "b", None, 4))
        more = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watch(NodeNotReadyError("n"), busy, busy, more)

    @pytest.mark.parametrize("error", [IncompatibleBrokerVersion("old"), NotImplementedError("older")])
    def test_a_broker_without_topic_ids_is_not_watched(self, error: Exception) -> None:
        """It is older than Apache Kafka 2.8."""
        assert watch(error) is None


class TestChanges:
    def test_a_topic_without_an_id_is_compared_by_count(self) -> None:
        """One of the two answers has no id."""
        assert [] == changes(WAS, {"a": TopicIdentity(4, None), "b": TopicIdentity(4, str(ONE))})
