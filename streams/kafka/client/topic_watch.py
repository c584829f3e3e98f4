"""Whether the topics of a worker are still those with which it started: as many partitions, and none made anew.

Stock: aiokafka looks every five minutes, and then it joins the group again. A worker whose topic was deleted reads
nothing and stays ready; one whose topic has more partitions takes over some that have no state; one whose topic was
made anew reads the new one as if it were the old. What a key's partition is, and what was committed, is true of the
topics of the start only: so the worker ends, and says which topic is another one now.
Shown by tests/unit/kafka/client/test_topic_watch.py and tests/kafka/test_topic_watch.py.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError  # type: ignore[import-untyped]  # ships no types

from streams.kafka.client.metadata_request import DescribeTopics

__all__ = ["TopicIdentity", "changes", "watch_topics"]

_LOOK_SECONDS: Final = 2.0
_UNKNOWN_TOPIC: Final = 3
_WORD: Final = 1 << 64


class TopicIdentity(NamedTuple):
    """What makes a topic the one that it was.

    Attributes:
        partitions: How many.
        id: The broker's id of it; None where it has none.
        begin: The first offsets of its partitions, added up; 0 where that was not asked for.
    """

    partitions: int
    id: str | None
    begin: int = 0


async def watch_topics(
    client: Any,  # noqa: ANN401  # aiokafka's own
    started_with: Mapping[str, TopicIdentity] | Collection[str],
    on_change: Callable[[str], None],
    every: float = _LOOK_SECONDS,
) -> None:
    """Look again and again; not at all where brokers are too old to be asked for ids.

    A broker that does not answer, or not well, says nothing; what one says once may be old, so it is asked twice.

    Args:
        client: A consumer's, connected.
        started_with: The topics, by name; or their names, when they count as what the first look finds.
        on_change: Told what has changed, in one sentence.
        every: Seconds between two looks.
    """
    before: list[str] = []
    known = dict(started_with) if isinstance(started_with, Mapping) else None
    while True:
        if known is not None:
            await asyncio.sleep(every)
        try:
            found = await _look(client, started_with)
        except (IncompatibleBrokerVersion, NotImplementedError):
            return
        except KafkaError:
            await asyncio.sleep(every)
            continue
        if known is None:
            known = {name: topic for name, topic in found.items() if topic is not None}
        told = changes(known, found)
        if told and told == before:
            on_change("; ".join(told))
        before = told


def changes(started_with: Mapping[str, TopicIdentity], found: Mapping[str, TopicIdentity | None]) -> list[str]:
    """What is another topic now, one part of a sentence each.

    Args:
        started_with: The topics, by name.
        found: The same now; None for one that is not there; left out where the broker does not say.
    """
    told = []
    for name, was in started_with.items():
        now = found.get(name, was)
        if now is None:
            told.append(f"{name}, which had {was.partitions} partitions, is not there any more")
        elif was.id is not None and now.id is not None and now.id != was.id:
            told.append(f"{name} was deleted and made anew, with {now.partitions} partitions (it had {was.partitions})")
        elif now.partitions != was.partitions:
            told.append(f"{name} has {now.partitions} partitions now, and had {was.partitions}")
    return told


async def _look(client: Any, names: Collection[str]) -> dict[str, TopicIdentity | None]:  # noqa: ANN401  # as above
    node = client.get_random_node()
    if node is None:
        return {}
    answer = await client.send(node, DescribeTopics(list(names)))
    found: dict[str, TopicIdentity | None] = {}
    for code, name, high, low, _, partitions, *_ in answer.topics:
        if code == _UNKNOWN_TOPIC:
            found[name] = None
        elif not code:
            number = high % _WORD * _WORD + low % _WORD
            found[name] = TopicIdentity(len(partitions), str(UUID(int=number)) if number else None)
    return found
