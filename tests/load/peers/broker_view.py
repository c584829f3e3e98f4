"""The benchmark's requests to the broker: create and delete topics, committed offsets, contents of a topic."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]  # the same
from aiokafka.errors import GroupCoordinatorNotAvailableError  # type: ignore[import-untyped]  # the same

__all__ = ["BrokerView"]


class BrokerView:
    """An administrator's connection.

    Args:
        address: host:port.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._admin: Any = None

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await self._admin.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._admin.close()

    async def create(self, topic: str, partitions: int, *, is_compacted: bool = False) -> None:
        """Create a topic."""
        config = {"cleanup.policy": "compact" if is_compacted else "delete", "retention.ms": "-1"}
        answer = await self._admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=config)])
        errors = [str(error) for error in answer.topic_errors if error[1]]
        assert not errors, f"the topic {topic} cannot be made: {errors}"

    async def drop(self, topics: Sequence[str]) -> None:
        """Delete topics; missing ones are ignored."""
        there = set(await self._admin.list_topics())
        if gone := [topic for topic in topics if topic in there]:
            await self._admin.delete_topics(gone)

    async def topics(self) -> set[str]:
        """The names of all topics."""
        return set(await self._admin.list_topics())

    async def committed(self, group: str, topics: Sequence[str]) -> int:
        """Return the sum of the offsets that a group has committed on topics, 0 where it has none."""
        try:
            offsets = await self._admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            return 0  # the broker creates the offsets topic for its first group
        return sum(max(0, found.offset) for partition, found in offsets.items() if partition.topic in topics)

    async def length(self, topics: Sequence[str]) -> int:
        """Return how many offsets the topics hold, the sum of their ends."""
        reader = AIOKafkaConsumer(bootstrap_servers=self.address, enable_auto_commit=False)
        await reader.start()
        try:
            tps = [partition for topic in topics for partition in await _partitions(reader, topic)]
            ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
            return sum(ends.values())
        finally:
            await reader.stop()

    async def records(self, topic: str) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        """Return key and value of every committed record up to the current end."""
        reader = AIOKafkaConsumer(
            bootstrap_servers=self.address,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=8 << 20,
        )
        await reader.start()
        try:
            tps = await _partitions(reader, topic)
            reader.assign(tps)
            ends = await reader.end_offsets(tps)
            unread = {partition for partition in tps if ends[partition]}
            while unread:
                for records in (await reader.getmany(*unread, timeout_ms=1_000)).values():
                    for record in records:
                        yield record.key, record.value
                for partition in list(unread):
                    if await reader.position(partition) >= ends[partition]:
                        unread.discard(partition)
        finally:
            await reader.stop()


async def _partitions(reader: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    numbers = await reader._client._wait_on_metadata(topic) and reader.partitions_for_topic(topic)
    return [TopicPartition(topic, number) for number in sorted(numbers or ())]
