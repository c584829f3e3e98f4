# cython: language_level=3, boundscheck=False, wraparound=False
"""What `schemas.primitives` says in Python, in C: the questions that every event is asked, and no others."""

from schemas.instants import to_ms

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(str text)
    const unsigned char* PyUnicode_DATA(str text)
    Py_ssize_t PyUnicode_GET_LENGTH(str text)
    char* PyBytes_AS_STRING(bytes raw)
    Py_ssize_t PyBytes_GET_SIZE(bytes raw)

cdef enum:
    LONGEST_ID = 64
    LENGTH = 24  # of 2026-03-09T15:00:00.000Z, how nearly every instant is written
    FIRST_YEAR = 1900  # before it no instant is taken; to_ms says why

cdef bint[256] IN_AN_ID
cdef int character
for character in range(256):
    IN_AN_ID[character] = chr(character) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"


cpdef bint is_id(str text) except -1:
    return sound(text)


cpdef bint is_pseudonym(str text) except -1:
    return sound(text) and not an_a_number(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text))


cpdef bint is_event_id(str text) except -1:
    if text is None:
        raise TypeError("None where a text is")
    cdef const unsigned char* at = PyUnicode_DATA(text)
    # digits alone are a counter, and may be the id of an event
    return sound(text) and (c'0' <= at[0] <= c'9' or not an_a_number(at, PyUnicode_GET_LENGTH(text)))


cpdef Py_ssize_t count_quotes(bytes raw) except -1:
    if raw is None:
        raise TypeError("None where a record is")
    cdef const unsigned char* at = <const unsigned char*> PyBytes_AS_STRING(raw)
    cdef Py_ssize_t place, quotes = 0
    for place in range(PyBytes_GET_SIZE(raw)):
        quotes += at[place] == c'"'
    return quotes


cpdef instant(str text):
    cdef long long ms
    if text is None:
        raise TypeError("None where a text is")
    if PyUnicode_GET_LENGTH(text) == LENGTH and PyUnicode_IS_COMPACT_ASCII(text):
        ms = milliseconds(PyUnicode_DATA(text))
        if ms != NO_INSTANT:
            return ms
    return to_ms(text)


cdef long long NO_INSTANT = -1 << 62


cdef int sound(str text) except -1:
    if text is None:
        raise TypeError("None where a text is")
    cdef Py_ssize_t place, length = PyUnicode_GET_LENGTH(text)
    if not 0 < length <= LONGEST_ID or not PyUnicode_IS_COMPACT_ASCII(text):
        return False
    cdef const unsigned char* at = PyUnicode_DATA(text)
    for place in range(length):
        if not IN_AN_ID[at[place]]:
            return False
    return True


cdef bint an_a_number(const unsigned char* at, Py_ssize_t length) noexcept:
    cdef Py_ssize_t place = 0
    if at[0] == c'A' or at[0] == c'a':
        place += 1
    if place < length and at[place] == c'-':
        place += 1
    if not 7 <= length - place <= 9:
        return False
    while place < length:
        if not c'0' <= at[place] <= c'9':
            return False
        place += 1
    return True


cdef int two(const unsigned char* at) noexcept:
    """The number that two digits write, or one far below zero."""
    if c'0' <= at[0] <= c'9' and c'0' <= at[1] <= c'9':
        return (at[0] - c'0') * 10 + (at[1] - c'0')
    return -1_000_000


cdef long long milliseconds(const unsigned char* at) noexcept:
    if at[4] != c'-' or at[7] != c'-' or at[10] != c'T' or at[13] != c':' or at[16] != c':':
        return NO_INSTANT
    if at[19] != c'.' or at[23] != c'Z':
        return NO_INSTANT
    cdef int year = two(at) * 100 + two(at + 2), month = two(at + 5), day = two(at + 8)
    cdef int hour = two(at + 11), minute = two(at + 14), second = two(at + 17), tens = two(at + 20)
    if not (FIRST_YEAR <= year and 1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return NO_INSTANT
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59 and tens >= 0 and c'0' <= at[22] <= c'9'):
        return NO_INSTANT
    cdef long long seconds = days_since_1970(year, month, day) * 86400LL + (hour * 60 + minute) * 60 + second
    return seconds * 1000 + tens * 10 + (at[22] - c'0')


cdef int days_in(int year, int month) noexcept:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


cdef long long days_since_1970(int year, int month, int day) noexcept:
    """Years begin in March here, so that the day that comes and goes is their last."""
    cdef int years = year - (month < 3)
    cdef int days = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return years * 365LL + years // 4 - years // 100 + years // 400 + days - 719468
