"""One broker's metadata, asked from that broker alone, because a client would turn to the others, which may be dead."""

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
    """The broker's answer.

    Attributes:
        brokers: The registered nodes.
        leaders: The leader of each partition of the requested topics; -1 without a leader.
        replicas: The replicas of each partition, the preferred leader first.
    """

    brokers: frozenset[int] = frozenset()
    leaders: Mapping[tuple[str, int], int] = field(default_factory=dict)
    replicas: Mapping[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)


def ask(address: str, topics: Sequence[str] = ()) -> Metadata:
    """Ask a broker; the answer is empty if it does not answer.

    Args:
        address: The address of its listener without authentication.
        topics: The topics to ask about.
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
