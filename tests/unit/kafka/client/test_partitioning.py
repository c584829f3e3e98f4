"""A key's partition is that of Kafka's own clients."""

from importlib import import_module

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.client import plain_partitioning
from streams.kafka.client.partitioning import partition_of, partition_of_known
from tests.compiler import needs_compiler


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_it() -> None:
    """Otherwise Python would be tested twice."""
    assert partition_of is import_module("streams.kafka.client._partitioning").partition_of  # type: ignore[comparison-overlap]


class TestPartitionOf:
    @given(st.binary(max_size=80), st.integers(min_value=1, max_value=300))
    def test_it_is_murmur2(self, key: bytes, partitions: int) -> None:
        """It is the default partitioner of the Java client, with the sign bit cleared; in Python and in C."""
        expected = (murmur2(key) & 0x7FFFFFFF) % partitions
        assert (partition_of(key, partitions), plain_partitioning.partition_of(key, partitions)) == (expected, expected)

    def test_a_known_key_has_the_same_partition(self) -> None:
        """The cache changes nothing."""
        assert partition_of_known("off-17", 8) == partition_of(b"off-17", 8)
