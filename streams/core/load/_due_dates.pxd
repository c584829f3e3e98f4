# The types of `_due_dates.pyx`, so that what counts with them calls it without a detour through Python.

ctypedef struct Stretch:
    long long number
    Py_ssize_t count
    Py_ssize_t room
    long long* dates


cdef class DueDates:
    cdef Stretch* stretches
    cdef Py_ssize_t count, room

    cpdef exchange(self, list before, list after)
    cpdef move(self, long long before, long long after)
    cpdef (Py_ssize_t, Py_ssize_t, long long) count_within(self, long long c) noexcept
    cpdef (Py_ssize_t, long long) within_week(self, long long c) noexcept
    cpdef list before_each(self, list bounds)
    cdef long long count_before(self, long long c, int spans, Py_ssize_t* counts) noexcept
    cdef int put(self, long long due) except -1
    cdef int take(self, long long due) except -1
    cdef Py_ssize_t place_of(self, long long number) noexcept
    cdef int make(self, Py_ssize_t place, long long number) except -1
