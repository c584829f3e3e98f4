# The types with which `partition_counts.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state.last_judged cimport LoadContribution as _Contribution

from .officer_counts cimport OfficeCounts, OfficerCounts

cdef long long _NEVER
cdef int _SHIFT


cdef class PartitionCounts:
    cdef dict _officers, _expiries, _offices
    cdef object _find_arrivals
    cdef list _stale, _order
    cdef set _changed, _unsummed

    @cython.locals(officer=OfficerCounts, stale=list, changed=list)
    cpdef list final_rows(self, long long as_of)
    @cython.locals(cell=OfficeCounts)
    cpdef renew(self, _Contribution before, long long causes, list bookings, list hearings, long long deadline_before, long long deadline)
    @cython.locals(cell=OfficeCounts)
    cpdef renew_dates(self, str officer, str office, bint at_liberty, list old_bookings, list bookings, list old_hearings, list hearings, long long deadline_before, long long deadline)
    cpdef change(self, str case_id, _Contribution before, _Contribution after, long long deadline_before, long long deadline)
    cpdef move(self, long long at, before, after)
    @cython.locals(officer=OfficerCounts, stretch=cython.longlong, later=list, order=list)
    cdef _expire(self, long long as_of)
    @cython.locals(officer=OfficerCounts)
    cdef OfficerCounts _touch(self, str name)
    cdef _mark(self, OfficerCounts officer)
    cdef _row(self, OfficerCounts officer, long long c)
    @cython.locals(stretch=cython.longlong, held=list)
    cdef _schedule(self, OfficerCounts officer)
    cdef _forget(self, OfficerCounts officer)
