"""What one broker says of its cluster: asked by itself, for a client would turn to the others, which may be dead."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

__all__ = ["Metadata", "ask"]

_ANSWER_MS: Final = 5_000


@dataclass(frozen=True)
class Metadata:
    """An answer.

    Attributes:
        brokers: The nodes that count as brokers.
        leaders: The node that leads each partition of the topics asked for; -1 while none does.
        replicas: The nodes that keep each partition, the one that leads by preference first.
    """

    brokers: frozenset[int] = frozenset()
    leaders: Mapping[tuple[str, int], int] = field(default_factory=dict)
    replicas: Mapping[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)


def ask(address: str, topics: Sequence[str] = ()) -> Metadata:
    """Ask a broker; nothing is known when it does not answer.

    Args:
        address: Where it listens and asks nothing.
        topics: What to ask about.
    """
    return asyncio.run(_ask(address, topics))


async def _ask(address: str, topics: Sequence[str]) -> Metadata:
    host, _, port = address.rpartition(":")
    connection = AIOKafkaConnection(host, int(port), request_timeout_ms=_ANSWER_MS)
    try:
        await connection.connect()
        answer = await connection.send(MetadataRequest(list(topics)))
        await asyncio.wait({connection.close()})
    except (KafkaError, OSError, TimeoutError):
        return Metadata()
    return Metadata(
        frozenset(node for node, *_ in answer.brokers),
        {(name, number): leader for _, name, _, partitions in answer.topics for _, number, leader, *_ in partitions},
        {
            (name, number): tuple(nodes)
            for _, name, _, partitions in answer.topics
            for _, number, _, nodes, *_ in partitions
        },
    )
