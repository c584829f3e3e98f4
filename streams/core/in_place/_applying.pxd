# cython: language_level=3
# The types of `_applying.pyx`, so that the case table calls it in C.

from streams.core.in_place._case cimport Case, Dates, Key
from streams.core.in_place._deadlines cimport Deadlines
from streams.core.in_place._events cimport Event
from streams.core.in_place._fields cimport Slice
from streams.core.load.partition_counts cimport PartitionCounts
from streams.core.state.case_states cimport CaseStates
from streams.core.time.deadlines cimport Deadlines as Timers


ctypedef struct Counted:
    Slice officer  # of record; start is NULL without one
    Slice office
    Key since
    bint at_liberty, is_in_transit
    Dates bookings, hearings


cdef class InPlace:
    cdef Deadlines causes
    cdef CaseStates states
    cdef PartitionCounts counts
    cdef Timers timers
    cdef Case case
    cdef Event event
    cdef unsigned char[1024] key
    cdef unsigned char* packed
    cdef unsigned char* archived
    cdef Py_ssize_t room
    cdef readonly long long applied

    cpdef int apply(self, str case_id, event, long long at, dict deadlines_behind) except -2
    cdef bint read_event(self, event) except -1
    cdef bytes write(self, Py_ssize_t before)
    cdef int count(self, str case_id, long long at, const Counted* before, long long deadline_before) except -1
    cdef int recount(self, str case_id, const Counted* before, long long deadline_before) except -1
