# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What `streams.kafka.client.plain_partitioning` does in Python, in C."""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy

cdef enum:
    SEED = 0x9747B28C
    MIX = 0x5BD1E995


def partition_of(bytes key not None, uint32_t partitions):
    """The partition of a key."""
    if not partitions:
        raise ZeroDivisionError("a topic has at least one partition")
    cdef const unsigned char* at = key
    cdef Py_ssize_t left = len(key)
    cdef uint32_t digest = <uint32_t> SEED ^ <uint32_t> left, word
    while left >= 4:
        memcpy(&word, at, 4)  # little-endian, as every machine we run on is
        word *= <uint32_t> MIX
        word = (word ^ word >> 24) * <uint32_t> MIX
        digest = digest * <uint32_t> MIX ^ word
        at += 4
        left -= 4
    if left:
        word = 0
        while left:
            left -= 1
            word = word << 8 | at[left]
        digest = (digest ^ word) * <uint32_t> MIX
    digest = (digest ^ digest >> 13) * <uint32_t> MIX
    digest ^= digest >> 15
    return (digest & 0x7FFFFFFF) % partitions
