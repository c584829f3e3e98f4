"""Watches that the topics of a worker stay as they were at its start: same partition counts, none recreated.

Stock: aiokafka checks every five minutes and then rejoins the group. A worker whose topic was deleted reads nothing and
stays ready; one whose topic has more partitions takes over some that have no state; one whose topic was recreated reads
the new one as if it were the old. The partition of a key and the committed offsets are valid only for the topics of the
start: so the worker ends, and names the topic that has changed.
Shown by tests/unit/kafka/client/test_topic_watch.py and tests/kafka/test_topic_watch.py.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError  # type: ignore[import-untyped]  # ships no types

from streams.kafka.client.metadata_request import DescribeTopics

__all__ = ["TopicIdentity", "changes", "watch_topics"]

_CHECK_SECONDS: Final = 2.0
_UNKNOWN_TOPIC: Final = 3
_WORD: Final = 1 << 64


class TopicIdentity(NamedTuple):
    """The identity of a topic, which differs for a recreated one of the same name.

    Attributes:
        partitions: How many.
        id: The broker's topic id; None where it has none.
        begin: The sum of the first offsets of its partitions; 0 where that was not requested.
    """

    partitions: int
    id: str | None
    begin: int = 0


async def watch_topics(
    client: Any,  # noqa: ANN401  # aiokafka's own
    started_with: Mapping[str, TopicIdentity] | Collection[str],
    on_change: Callable[[str], None],
    every: float = _CHECK_SECONDS,
) -> None:
    """Check the topics repeatedly; return at once where brokers are too old for topic ids.

    An error of a broker counts as no answer. One answer may be stale, so a change counts when two in a row show it.

    Args:
        client: A consumer's, connected.
        started_with: The topics, by name; or only their names, and the first check sets the rest.
        on_change: Called with the changes as one sentence.
        every: Seconds between two checks.
    """
    before: list[str] = []
    known = dict(started_with) if isinstance(started_with, Mapping) else None
    while True:
        if known is not None:
            await asyncio.sleep(every)
        try:
            found = await _describe(client, started_with)
        except (IncompatibleBrokerVersion, NotImplementedError):
            return
        except KafkaError:
            await asyncio.sleep(every)
            continue
        if known is None:
            known = {name: topic for name, topic in found.items() if topic is not None}
        changed = changes(known, found)
        if changed and changed == before:
            on_change("; ".join(changed))
        before = changed


def changes(started_with: Mapping[str, TopicIdentity], found: Mapping[str, TopicIdentity | None]) -> list[str]:
    """The topics that have changed, one clause each.

    Args:
        started_with: The topics, by name.
        found: The same now; None for one that does not exist; left out where the broker does not say.
    """
    changed = []
    for name, was in started_with.items():
        now = found.get(name, was)
        if now is None:
            changed.append(f"{name}, which had {was.partitions} partitions, does not exist any more")
        elif was.id is not None and now.id is not None and now.id != was.id:
            changed.append(
                f"{name} was deleted and recreated, with {now.partitions} partitions (it had {was.partitions})"
            )
        elif now.partitions != was.partitions:
            changed.append(f"{name} has {now.partitions} partitions now, and had {was.partitions}")
    return changed


async def _describe(client: Any, names: Collection[str]) -> dict[str, TopicIdentity | None]:  # noqa: ANN401  # as above
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
