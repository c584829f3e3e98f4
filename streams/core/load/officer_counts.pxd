# The types with which `officer_counts.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state.last_judged cimport LoadContribution as _Contribution

from ._due_dates cimport DueDates as _CompiledDueDates

cdef long long _MONTH
cdef long long _LONG_AGO
cdef long long _OVERDUE
cdef int _CAUSES


cdef class OfficeCounts:
    cdef public str office
    cdef public Py_ssize_t cases
    cdef public object row, summed
    cdef long long[4] by_level
    cdef list by_cause
    cdef long long in_custody, in_transit, overdue, lost_track
    cdef _CompiledDueDates liberty_bookings, custody_bookings, hearings, deadlines
    cdef long long free_7, free_30, free_until, held_7, held_until, hearings_7, hearings_30, hearings_until
    cdef long long deadlines_7, deadlines_until
    cdef list arrivals
    cdef object latest

    cpdef load(self, totals)
    cpdef count(self, str case_id, _Contribution counted, long long deadline, int sign)
    cpdef renew(self, _Contribution before, long long causes, list bookings, list hearings, long long deadline_before, long long deadline)
    cpdef renew_dates(self, bint at_liberty, list old_bookings, list bookings, list old_hearings, list hearings, long long deadline_before, long long deadline)
    cdef _move_deadline(self, long long before, long long after)
    cdef _exchange(self, bint at_liberty, list old_bookings, list bookings, list old_hearings, list hearings)
    cpdef count_causes(self, long long causes, int sign)
    cdef _arrive(self, tuple arrival)
    cdef _leave(self, tuple arrival)
    cpdef long long make_row(self, str name, long long c, Py_ssize_t assigned, Py_ssize_t unassigned, find_arrivals) except? -1
    cdef _latest_arrival(self, str name, find_arrivals)


cdef class OfficerCounts:
    cdef public str name
    cdef public dict cells
    cdef public object assigned, unassigned, row, last_final_row
    cdef public long long row_from, row_until, expiry_stretch, moves_until
    cdef public Py_ssize_t assigned_30d, unassigned_30d
    cdef public bint is_zero, is_stale, is_changed, is_unsummed

    cpdef OfficeCounts cell(self, str office)
    cdef _expire_moves(self, long long month_ago)
    @cython.locals(until=cython.longlong, cell=OfficeCounts, assigned=cython.Py_ssize_t, unassigned=cython.Py_ssize_t)
    cpdef make_row(self, long long c, find_arrivals)
