"""What is told of topics that are no longer those of the start, without a broker."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError

from streams.kafka.client.metadata_request import DescribeTopics
from streams.kafka.client.topic_watch import TopicIdentity, changes, watch_topics

ONE, OTHER = UUID(int=(1 << 127) + 5), UUID(int=(7 << 64) + (1 << 63))
WAS = {"a": TopicIdentity(4, str(ONE)), "b": TopicIdentity(4, None)}


def answer(*topics: tuple[int, str, UUID | None, int]) -> Any:
    """As a broker gives it, read from its bytes."""
    kind = DescribeTopics(["a"]).build(DescribeTopics._CLASSES[0]).RESPONSE_TYPE
    half = 1 << 63
    rows = []
    for code, name, id_, count in topics:
        high, low = divmod(id_.int if id_ else 0, 1 << 64)
        words = [word - 2 * half if word >= half else word for word in (high, low)]
        partitions = [(0, number, 1, 0, [1], [1], [], {}) for number in range(count)]
        rows.append((code, name, *words, False, partitions, -1, {}))
    return kind.decode(kind(0, [(1, "localhost", 9092, None, {})], "cluster", 1, rows, {}).encode())


class Client:
    """Gives these answers, the last one again and again; an error is raised."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def get_random_node(self) -> int:
        return 1

    async def send(self, node: int, request: DescribeTopics) -> Any:
        given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(given, Exception):
            raise given
        return given


class ToldError(Exception):
    """Ends the watch, as the end of the process would."""


def watched(*answers: Any, started_with: Mapping[str, TopicIdentity] | Collection[str] = WAS) -> str | None:
    """What is told; None when the watch ends by itself."""

    def tell(sentence: str) -> None:
        raise ToldError(sentence)

    try:
        asyncio.run(asyncio.wait_for(watch_topics(Client(*answers), started_with, tell, every=0), 10))
    except ToldError as told:
        return str(told)
    return None


class TestWatch:
    def test_more_partitions_are_named(self) -> None:
        """With both counts."""
        now = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watched(now)

    def test_a_topic_that_is_gone_and_one_made_anew_are_named_together(self) -> None:
        """In one sentence, each with what it had."""
        was = {"a": WAS["a"], "b": TopicIdentity(4, str(ONE))}
        now = answer((3, "a", None, 0), (0, "b", OTHER, 4))
        told = watched(now, started_with=was)
        assert told is not None
        assert [
            "a, which had 4 partitions, does not exist any more",
            "b was deleted and recreated, with 4 partitions (it had 4)",
        ] == told.split("; ")

    def test_the_first_look_may_say_what_they_were(self) -> None:
        """Of a reader that begins with whatever is there; what is not there yet is not waited for."""
        first = answer((0, "a", ONE, 4), (3, "b", None, 0))
        later = answer((0, "a", OTHER, 4), (0, "b", OTHER, 4))
        told = watched(NodeNotReadyError("n"), first, later, started_with=["a", "b"])
        assert "a was deleted and recreated, with 4 partitions (it had 4)" == told

    def test_what_is_said_only_once_may_be_old(self) -> None:
        """A broker that is behind the others."""
        same, gone = answer((0, "a", ONE, 4), (0, "b", None, 4)), answer((3, "a", None, 0), (0, "b", None, 4))
        more = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watched(same, gone, same, gone, more)

    def test_a_broker_that_does_not_answer_says_nothing(self) -> None:
        """Nor does one that answers an error for a topic."""
        busy = answer((5, "a", None, 0), (0, "b", None, 4))
        more = answer((0, "a", ONE, 6), (0, "b", None, 4))
        assert "a has 6 partitions now, and had 4" == watched(NodeNotReadyError("n"), busy, busy, more)

    @pytest.mark.parametrize("error", [IncompatibleBrokerVersion("old"), NotImplementedError("older")])
    def test_one_that_knows_no_ids_is_not_watched(self, error: Exception) -> None:
        """One older than Apache Kafka 2.8."""
        assert watched(error) is None


class TestChanges:
    def test_a_topic_without_an_id_is_known_by_its_count(self) -> None:
        """Where either of both has none."""
        assert [] == changes(WAS, {"a": TopicIdentity(4, None), "b": TopicIdentity(4, str(ONE))})
