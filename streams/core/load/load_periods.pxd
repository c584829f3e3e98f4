# The types with which `load_periods.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.load.partition_counts cimport PartitionCounts as _Counts


cdef class LoadPeriods:
    cdef _Counts _counts
    cdef long long _period
    cdef object _number, _final
    cdef public object first
    cdef public long long next_end

    @cython.locals(period=cython.longlong, end=cython.longlong, change=cython.longlong)
    cpdef close(self, long long until, list partials)
