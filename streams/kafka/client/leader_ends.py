"""Whether the leader of a topic-partition knows the end of its log.

A broker that becomes leader, also one that starts again after a crash, answers fetches with an old high watermark until
it has worked out the present one: records that were acknowledged lie behind it for seconds. The fetch bears no sign of
that. ListOffsets does (KIP-207): until then its answer is an error. So a fetch determines the end of a log only after
the same leader has answered a ListOffsets. The offset in that answer is not used: the embedded broker gives the
beginning of the last batch, and no open transaction may delay the answer.
Shown by tests/kafka/test_leader_ends.py.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.client import ConnectionGroup  # type: ignore[import-untyped]  # the same
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same
from aiokafka.protocol.offset import OffsetRequest  # type: ignore[import-untyped]  # the same

__all__ = ["LeaderEnds", "await_ends"]

_LATEST: Final = -1
_NO_REPLICA: Final = -1
_NO_LEADER: Final = -1
_READ_UNCOMMITTED: Final = 0
_ASK_AGAIN_SECONDS: Final = 0.1


class LeaderEnds:
    """The topic-partitions whose ends are known to the leader on a connection: another connection may be another start.

    Args:
        client: aiokafka's client of a consumer.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        self._client = client
        self._known: dict[Any, object] = {}

    async def ask(self, node: int, partitions: Collection[Any]) -> None:
        """Ask a broker for the ends of those that it has not answered for on the present connection.

        Args:
            node: The leader, by its number.
            partitions: aiokafka's TopicPartition.
        """
        asked = [place for place in partitions if not self.knows(node, place)]
        if asked:
            answered = await _answered(self._client, node, asked)
            self._known.update(dict.fromkeys(answered, self._connection(node)))

    def knows(self, node: int, place: Any) -> bool:  # noqa: ANN401  # as above
        """Whether a broker has answered for a topic-partition on the present connection."""
        connection = self._connection(node)
        return connection is not None and self._known.get(place) is connection

    def forget(self, place: Any) -> None:  # noqa: ANN401  # as above
        """Take no account of the answer: the leader may be another by now."""
        self._known.pop(place, None)

    def _connection(self, node: int) -> object | None:
        client = self._client
        connection: object | None = client._conns.get((node, ConnectionGroup.DEFAULT))  # noqa: SLF001  # no public name
        return connection


async def await_ends(reader: AIOKafkaConsumer, partitions: Collection[Any], check: Callable[[], None]) -> None:
    """Wait until the leaders of topic-partitions know their ends, before a fetch determines one.

    Args:
        reader: aiokafka's, with these assigned.
        partitions: aiokafka's TopicPartition.
        check: Called before the leaders are asked again; what it raises ends the wait.
    """
    client = reader._client  # noqa: SLF001  # the public way waits for the end of open transactions
    unknown = set(partitions)
    while True:
        by_leader = defaultdict(list)
        for place in unknown:
            by_leader[client.cluster.leader_for_partition(place)].append(place)
        led = {node: places for node, places in by_leader.items() if node is not None and node != _NO_LEADER}
        unknown.difference_update(*await asyncio.gather(*(_answered(client, *each) for each in led.items())))
        if not unknown:
            return
        client.force_metadata_update()
        await asyncio.sleep(_ASK_AGAIN_SECONDS)
        check()


async def _answered(client: Any, node: int, partitions: Collection[Any]) -> set[Any]:  # noqa: ANN401  # as above
    """The topic-partitions of which a broker gives the end."""
    topics = defaultdict(list)
    for place in partitions:
        topics[place.topic].append((place.partition, _LATEST))
    try:
        answer = await client.send(node, OffsetRequest(_NO_REPLICA, _READ_UNCOMMITTED, list(topics.items())))
    except KafkaError:
        return set()  # aiokafka's own requests to this broker fail the same way, and it says so
    return {
        TopicPartition(topic, number) for topic, numbers in answer.topics for number, code, *_ in numbers if not code
    }
