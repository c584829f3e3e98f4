# cython: language_level=3
# The deadlines of a packed case, as `_deadlines.pyx` finds them.

from cpython.object cimport PyObject

from streams.core.in_place._case cimport Case, Instant

cdef enum:
    ALL_CAUSES = 9
    LEVELS = 4
    ALL_TERMS = ALL_CAUSES + 2 * LEVELS


cdef class OfficeTerms:
    cdef long long[ALL_TERMS] added
    cdef PyObject* days[ALL_TERMS]
    cdef list kept

    cdef long long later(self, int term, long long at) except? -1


ctypedef struct Found:
    long long now, next_timer
    bint is_due


ctypedef struct View:
    long long base
    bint is_stale, is_in_transit, is_booked, has_unsatisfied
    long long in_transit_since, last_contact


cdef class Deadlines:
    cdef bint[ALL_CAUSES] enabled
    cdef bint watches_transit
    cdef long long early_window, max_ahead
    cdef dict by_office
    cdef OfficeTerms elsewhere

    cdef Found find(self, Case* case, long long now) except *
    cdef OfficeTerms terms_of(self, const Case* case)
    cdef int find_unresolved(self, const Case* case, OfficeTerms terms, Found* found) except -1
    cdef int find_at_liberty(
        self, const Case* case, const View* view, const Instant* last_due, OfficeTerms terms, Found* found
    ) except -1
    cdef int find_stalled(self, const Case* case, const View* view, OfficeTerms terms, Found* found) except -1
    cdef int find_overdue(self, const Case* case, OfficeTerms terms, Found* found) except -1
    cdef int find_missed(self, const Case* case, const View* view, Found* found) except -1
