"""Records that no read_committed consumer can read: those of an open transaction or without its end marker."""

from collections.abc import Mapping
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

__all__ = ["hidden"]


async def hidden(broker: str, topics: Mapping[str, int]) -> list[str]:
    """Return the partitions of topics, each topic with its number of them, that have such records, and how many."""
    tps = [TopicPartition(name, number) for name, count in topics.items() for number in range(count)]
    readable = await _ends(broker, tps, "read_committed")
    written = await _ends(broker, tps, "read_uncommitted")
    return [
        f"{tp.topic}-{tp.partition}: {written[tp] - readable[tp]} records from {readable[tp]} on"
        for tp in tps
        if readable[tp] < written[tp]
    ]


async def _ends(
    broker: str, tps: list[TopicPartition], level: Literal["read_committed", "read_uncommitted"]
) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=broker, isolation_level=level) as reader:
        return dict(await reader.end_offsets(tps))
