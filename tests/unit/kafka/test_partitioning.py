"""Keys lie where Kafka's own clients put them."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.partitioning import partition_of, partition_of_known


class TestPartitionOf:
    @given(st.binary(max_size=80), st.integers(min_value=1, max_value=300))
    def test_it_is_murmur2(self, key: bytes, partitions: int) -> None:
        """As the default partitioner of the Java client, sign bit cleared."""
        assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions

    def test_a_known_name_lies_there_too(self) -> None:
        """The memo changes nothing."""
        assert partition_of_known("off-17", 8) == partition_of(b"off-17", 8)
