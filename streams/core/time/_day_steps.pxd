# The types of `_day_steps.pyx`, so that other compiled modules call it in C.

ctypedef struct Day:
    long long number
    long long midnight
    long long before
    long long after


cdef class BusinessDayCache:
    cdef Day* days
    cdef object find, slowly

    cpdef long long later(self, long long ms) except? -1
