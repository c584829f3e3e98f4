"""Records to publish, gathered by topic-partition in the order in which they were added."""

from streams.kafka.client.partitioning import partition_of
from streams.kafka.work import KeyValue, TopicOutput

__all__ = ["Outbox"]


class Outbox:
    """One step's outputs.

    Args:
        partitions: How many partitions every output topic has.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._records: dict[tuple[str, int], list[KeyValue]] = {}

    def add(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Add a record to the partition of its key; without a value it is a tombstone."""
        self.add_to_partition(topic, partition_of(key, self._partitions), key, value)

    def add_to_partition(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Add a record to a partition."""
        self._records.setdefault((topic, partition), []).append((key, value))

    def drain(self) -> list[TopicOutput]:
        """The outputs added since the last call."""
        records, self._records = self._records, {}
        return [TopicOutput(topic, partition, gathered) for (topic, partition), gathered in records.items()]
