"""Records that no read_committed consumer can read: those of an open transaction or without its end marker."""

from collections.abc import Mapping
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

__all__ = ["hidden"]


async def hidden(broker: str, topics: Mapping[str, int]) -> list[str]:
    """Return the partitions of topics, each topic with its number of them, that have such records, and how many."""
    places = [TopicPartition(name, number) for name, count in topics.items() for number in range(count)]
    readable = await _ends(broker, places, "read_committed")
    written = await _ends(broker, places, "read_uncommitted")
    return [
        f"{place.topic}-{place.partition}: {written[place] - readable[place]} records from {readable[place]} on"
        for place in places
        if readable[place] < written[place]
    ]


async def _ends(
    broker: str, places: list[TopicPartition], level: Literal["read_committed", "read_uncommitted"]
) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=broker, isolation_level=level) as reader:
        return dict(await reader.end_offsets(places))
