# cython: language_level=3, boundscheck=False, wraparound=False
"""`streams.kafka.producer.plain_packing` in C."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize, PyByteArray_Resize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memcpy

cdef enum:
    HEADER = 61  # bytes of a batch before its records
    FRAME = 3  # bytes of a record whose length is always one: attributes, time after the batch's, headers
    LEAST_ROOM = 4096


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


cdef class Packer:
    """Packs records into batches."""

    cdef Py_ssize_t most, size, count, total
    cdef list full
    cdef bytearray batch

    def __init__(self, Py_ssize_t most):
        self.most, self.total = most, 0
        self.full = []
        self.begin()

    cdef void begin(self):
        self.size, self.count = HEADER, 0
        self.batch = PyByteArray_FromStringAndSize(NULL, LEAST_ROOM)

    def __len__(self):
        return self.total

    def add(self, object records):
        """Pack more records."""
        cdef bytes key, value
        cdef Py_ssize_t length, after
        cdef char* at
        for key, value in records:
            length = FRAME + width(self.count) + span(key) + span(value)
            after = self.size + width(length) + length
            if after >= self.most and self.count:  # as aiokafka's builder, which leaves the last byte free
                self.close()
                length = FRAME + width(0) + span(key) + span(value)
                after = HEADER + width(length) + length
            if after > len(self.batch):
                PyByteArray_Resize(self.batch, max(after, min(2 * after, self.most)))
            at = put(PyByteArray_AS_STRING(self.batch) + self.size, length)
            at[0] = 0
            at[1] = 0
            at = put_part(put_part(put(at + 2, self.count), key), value)
            at[0] = 0
            self.size = after
            self.count += 1
            self.total += 1

    cdef void close(self):
        PyByteArray_Resize(self.batch, self.size)
        self.full.append((self.batch, self.count))
        self.begin()

    def finish(self):
        """The batches, each with its number of records; nothing may be added afterwards."""
        if self.count:
            self.close()
        return self.full
