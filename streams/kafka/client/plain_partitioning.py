"""Computes the partition of a key: murmur2, as Kafka's own clients do."""

from struct import unpack_from
from typing import Final

__all__ = ["partition_of"]

_SEED: Final = 0x9747B28C
_MIX: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key.

    Args:
        key: The key as it is sent.
        partitions: How many partitions the topic has.
    """
    length = len(key)
    digest = _SEED ^ length
    whole = length >> 2
    for word in unpack_from(f"<{whole}I", key):
        mixed = word * _MIX & _32_BITS
        mixed = (mixed ^ mixed >> 24) * _MIX & _32_BITS
        digest = (digest * _MIX ^ mixed) & _32_BITS
    rest = key[whole << 2 :]
    if rest:
        digest = (digest ^ int.from_bytes(rest, "little")) * _MIX & _32_BITS
    digest = (digest ^ digest >> 13) * _MIX & _32_BITS
    digest ^= digest >> 15
    return (digest & 0x7FFFFFFF) % partitions
