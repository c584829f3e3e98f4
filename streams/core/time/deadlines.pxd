# The types with which `deadlines.py` is compiled; without a compiler it runs as it is.

cimport cython

cdef int _SHIFT


cdef class Deadlines:
    cdef object _next_timer_of
    cdef dict _buckets, _loaded
    cdef list _order, _near
    cdef long long _opened
    cdef readonly long long earliest

    @cython.locals(bucket=cython.longlong, last=cython.longlong, held=set)
    cpdef schedule(self, str case_id, long long before, long long next_timer)
    @cython.locals(first=cython.longlong)
    cpdef next_due(self, long long until)
    @cython.locals(taken=set)
    cpdef set pop_due(self, long long at)
    cdef _open(self, long long bucket)
