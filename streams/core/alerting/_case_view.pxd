# The types of `_case_view.pyx`, so that the case table reads them in place.

cdef enum:
    ALL_CAUSES = 9


cdef class OpenCaseView:
    cdef readonly object state
    cdef readonly long long open_since, base, last_contact
    cdef readonly bint watches_transit, at_liberty, is_stale, is_booked
    cdef readonly object in_transit_since, last_due
    cdef readonly list unsatisfied, hearings_ahead, bookings_due, hearings_due, spent

    cdef int see_transfer(self, object transfer) except -1
    cdef int see_bookings(self, dict bookings, long long early_window, long long max_ahead) except -1
    cdef int see_hearings(self, dict hearings, long long max_ahead) except -1
    cdef int see_due(self, object date, long long due) except -1


cdef class CauseConditions:
    cdef bint[ALL_CAUSES] enabled

    cpdef tuple due(self, OpenCaseView view, terms, long long at)
