# cython: language_level=3
# A case packed again, as `_packing.pyx` does it.

from streams.core.in_place._case cimport MOST, Case

cdef enum:
    EXTRA_ROOM = 18 * MOST + 256  # bytes that a case may grow by, without what the event brings


cdef unsigned char* write_case(
    const Case* case, unsigned char* at, unsigned char* scratch, long long max_ahead
) noexcept
