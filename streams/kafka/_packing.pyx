# cython: language_level=3, boundscheck=False, wraparound=False
"""What `streams.kafka.plain_packing` does in Python, in C."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_SIZE
from libc.string cimport memcpy

cdef enum:
    HEADER = 61  # bytes of a batch before its records
    FRAME = 3  # bytes of a record whose length is always one: attributes, time after the batch's, headers


cdef inline Py_ssize_t width(unsigned long long number) noexcept:
    """Bytes of a varint, zigzag, of a number that is not negative."""
    cdef Py_ssize_t count = 1
    number <<= 1
    while number > 127:
        number >>= 7
        count += 1
    return count


cdef inline char* put(char* at, unsigned long long number) noexcept:
    """Write that varint; the place after it."""
    number <<= 1
    while number > 127:
        at[0] = <char> (number & 127 | 128)
        at += 1
        number >>= 7
    at[0] = <char> number
    return at + 1


cdef inline Py_ssize_t span(bytes part) noexcept:
    """Bytes of a key or a value with its length before it."""
    if part is None:
        return 1
    cdef Py_ssize_t length = PyBytes_GET_SIZE(part)
    return width(length) + length


cdef inline char* put_part(char* at, bytes part) noexcept:
    """Write it; the place after it."""
    if part is None:
        at[0] = 1  # -1
        return at + 1
    cdef Py_ssize_t length = PyBytes_GET_SIZE(part)
    at = put(at, length)
    memcpy(at, PyBytes_AS_STRING(part), length)
    return at + length


cdef inline Py_ssize_t body(Py_ssize_t number, bytes key, bytes value) noexcept:
    """Bytes of a record without its own length."""
    return FRAME + width(number) + span(key) + span(value)


def pack(object given, Py_ssize_t begin, Py_ssize_t most):
    """As many records as fit, packed behind room for the batch's header."""
    cdef list records = given if type(given) is list else list(given)
    cdef Py_ssize_t end = begin, count = PyList_GET_SIZE(records), size = HEADER, length, needed
    cdef bytes key, value
    cdef tuple record
    while end < count:
        record = records[end]
        key, value = record
        length = body(end - begin, key, value)
        needed = width(length) + length
        if size + needed >= most and end > begin:  # as aiokafka's builder, which leaves the last byte free
            break
        size += needed
        end += 1
    cdef bytearray batch = PyByteArray_FromStringAndSize(NULL, size)
    cdef char* at = PyByteArray_AS_STRING(batch) + HEADER
    cdef Py_ssize_t place
    for place in range(begin, end):
        record = records[place]
        key, value = record
        at = put(at, body(place - begin, key, value))
        at[0] = 0
        at[1] = 0
        at = put_part(put_part(put(at + 2, place - begin), key), value)
        at[0] = 0
        at += 1
    return batch, end
