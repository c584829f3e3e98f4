# cython: language_level=3
# The values of msgpack, read and written in place, each in the form that msgspec gives it.

from libc.string cimport memcmp, memcpy


ctypedef struct Slice:
    const unsigned char* start
    Py_ssize_t size


ctypedef struct Reader:
    const unsigned char* at
    const unsigned char* end
    bint failed  # a value has another form than the one that was read, or the bytes ended: no value counts


cdef inline bint has(Reader* reader, Py_ssize_t size) noexcept:
    if reader.failed or reader.end - reader.at < size:
        reader.failed = True
        return False
    return True


cdef inline unsigned long long big_endian(const unsigned char* at, int size) noexcept:
    cdef unsigned long long value = 0
    cdef int place
    for place in range(size):
        value = value << 8 | at[place]
    return value


cdef inline unsigned long long number(Reader* reader, int size) noexcept:
    """The bytes of a number that follow the byte of its form."""
    if not has(reader, 1 + size):
        return 0
    cdef unsigned long long value = big_endian(reader.at + 1, size)
    reader.at += 1 + size
    return value


cdef inline bint read_nil(Reader* reader) noexcept:
    """Whether nothing is there; passed when it is so."""
    if has(reader, 1) and reader.at[0] == 0xC0:
        reader.at += 1
        return True
    return False


cdef inline bint read_bool(Reader* reader) noexcept:
    if not has(reader, 1) or reader.at[0] & 0xFE != 0xC2:
        reader.failed = True
        return False
    reader.at += 1
    return reader.at[-1] == 0xC3


cdef inline long long read_int(Reader* reader) noexcept:
    if not has(reader, 1):
        return 0
    cdef unsigned char form = reader.at[0]
    cdef unsigned long long value
    if form == 0xCF:
        value = number(reader, 8)
        if value >> 63:
            reader.failed = True
        return <long long> value
    if form < 0x80:
        reader.at += 1
        return form
    if form >= 0xE0:
        reader.at += 1
        return <signed char> form
    if form == 0xCE:
        return <long long> number(reader, 4)
    if form == 0xCD:
        return <long long> number(reader, 2)
    if form == 0xCC:
        return <long long> number(reader, 1)
    if form == 0xD0:
        return <signed char> number(reader, 1)
    if form == 0xD1:
        return <short> number(reader, 2)
    if form == 0xD2:
        return <int> number(reader, 4)
    if form == 0xD3:
        return <long long> number(reader, 8)
    reader.failed = True
    return 0


cdef inline Py_ssize_t read_size(Reader* reader, unsigned char few, int most, unsigned char form) noexcept:
    """How many entries follow: of a map (few 0x80, form 0xDE) or an array (few 0x90, form 0xDC)."""
    if not has(reader, 1):
        return 0
    if few <= reader.at[0] < few + most:
        reader.at += 1
        return reader.at[-1] - few
    if reader.at[0] == form:
        return number(reader, 2)
    reader.failed = True
    return 0


cdef inline Py_ssize_t read_array(Reader* reader) noexcept:
    return read_size(reader, 0x90, 16, 0xDC)


cdef inline Py_ssize_t read_map(Reader* reader) noexcept:
    return read_size(reader, 0x80, 16, 0xDE)


cdef inline void read_exactly(Reader* reader, unsigned char form) noexcept:
    if not has(reader, 1) or reader.at[0] != form:
        reader.failed = True
    else:
        reader.at += 1


cdef inline Slice read_rest(Reader* reader, Py_ssize_t size) noexcept:
    cdef Slice found = Slice(reader.at, 0)
    if has(reader, size):
        found.size = size
        reader.at += size
    return found


cdef inline Slice read_text(Reader* reader) noexcept:
    cdef Py_ssize_t size = 0
    if has(reader, 1):
        if 0xA0 <= reader.at[0] < 0xC0:
            size = reader.at[0] - 0xA0
            reader.at += 1
        elif reader.at[0] == 0xD9:
            size = number(reader, 1)
        elif reader.at[0] == 0xDA:
            size = number(reader, 2)
        else:
            reader.failed = True
    return read_rest(reader, size)


cdef inline Slice read_bytes(Reader* reader) noexcept:
    cdef Py_ssize_t size = 0
    if has(reader, 1):
        if reader.at[0] == 0xC4:
            size = number(reader, 1)
        elif reader.at[0] == 0xC5:
            size = number(reader, 2)
        elif reader.at[0] == 0xC6:
            size = number(reader, 4)
        else:
            reader.failed = True
    return read_rest(reader, size)


cdef inline void skip(Reader* reader) noexcept:
    """Pass one value, whatever it is."""
    cdef Py_ssize_t left = 1
    cdef unsigned char form
    while left and has(reader, 1):
        left -= 1
        form = reader.at[0]
        if form < 0x80 or form >= 0xE0 or form == 0xC0 or form == 0xC2 or form == 0xC3:
            reader.at += 1
        elif form < 0x90 or form == 0xDE:
            left += 2 * read_map(reader)
        elif form < 0xA0 or form == 0xDC:
            left += read_array(reader)
        elif form < 0xC0 or form == 0xD9 or form == 0xDA:
            read_text(reader)
        elif 0xC4 <= form <= 0xC6:
            read_bytes(reader)
        else:
            read_int(reader)


cdef inline bint same(Slice one, Slice other) noexcept:
    return one.size == other.size and memcmp(one.start, other.start, one.size) == 0


cdef inline int compared(Slice one, Slice other) noexcept:
    """Less, equal or greater than 0: texts of UTF-8 lie in the order of their code points."""
    cdef Py_ssize_t shared = one.size if one.size < other.size else other.size
    cdef int found = memcmp(one.start, other.start, shared)
    return found if found else (one.size > other.size) - (one.size < other.size)


cdef inline unsigned char* put_slice(unsigned char* at, Slice what) noexcept:
    memcpy(at, what.start, what.size)
    return at + what.size


cdef inline unsigned char* put_number(
    unsigned char* at, unsigned char form, unsigned long long value, int size
) noexcept:
    cdef int place
    at[0] = form
    for place in range(size):
        at[size - place] = value & 0xFF
        value >>= 8
    return at + 1 + size


cdef inline unsigned char* put_int(unsigned char* at, long long value) noexcept:
    if value >= 0:
        if value < 0x80:
            at[0] = <unsigned char> value
            return at + 1
        if value < 0x100:
            return put_number(at, 0xCC, value, 1)
        if value < 0x10000:
            return put_number(at, 0xCD, value, 2)
        if value < 0x100000000:
            return put_number(at, 0xCE, value, 4)
        return put_number(at, 0xCF, value, 8)
    if value >= -0x20:
        at[0] = <unsigned char> value
        return at + 1
    if value >= -0x80:
        return put_number(at, 0xD0, value, 1)
    if value >= -0x8000:
        return put_number(at, 0xD1, value, 2)
    if value >= -0x80000000LL:
        return put_number(at, 0xD2, value, 4)
    return put_number(at, 0xD3, value, 8)


cdef inline unsigned char* put_nil(unsigned char* at) noexcept:
    at[0] = 0xC0
    return at + 1


cdef inline unsigned char* put_bool(unsigned char* at, bint value) noexcept:
    at[0] = 0xC3 if value else 0xC2
    return at + 1


cdef inline unsigned char* put_size(
    unsigned char* at, Py_ssize_t size, unsigned char few, int most, unsigned char form
) noexcept:
    if size < most:
        at[0] = few + size
        return at + 1
    return put_number(at, form, size, 2)


cdef inline unsigned char* put_array(unsigned char* at, Py_ssize_t size) noexcept:
    return put_size(at, size, 0x90, 16, 0xDC)


cdef inline unsigned char* put_map(unsigned char* at, Py_ssize_t size) noexcept:
    return put_size(at, size, 0x80, 16, 0xDE)


cdef inline unsigned char* put_text(unsigned char* at, Slice text) noexcept:
    if text.size < 32:
        at[0] = 0xA0 + text.size
        at += 1
    elif text.size < 0x100:
        at = put_number(at, 0xD9, text.size, 1)
    else:
        at = put_number(at, 0xDA, text.size, 2)
    return put_slice(at, text)


cdef inline unsigned char* put_bytes_size(unsigned char* at, Py_ssize_t size) noexcept:
    if size < 0x100:
        return put_number(at, 0xC4, size, 1)
    if size < 0x10000:
        return put_number(at, 0xC5, size, 2)
    return put_number(at, 0xC6, size, 4)
