# The types of `_day_steps.pyx`, so that what steps by days calls it without a detour through Python.

ctypedef struct Day:
    long long number
    long long midnight
    long long before
    long long after


cdef class BusinessDayCache:
    cdef Day* days
    cdef object find, slowly

    cpdef long long later(self, long long ms) except? -1
