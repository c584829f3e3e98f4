# cython: language_level=3
# The events that `_events.pyx` applies to a packed case.

from streams.core.in_place._case cimport Case, Key
from streams.core.in_place._fields cimport Slice

cdef enum:
    NOT_APPLIED = -1  # the case table applies it
    UNCHANGED = 0
    CHANGED = 1


cdef enum Kind:
    CHECK_IN_SCHEDULED, CHECK_IN_COMPLETED, CHECK_IN_MISSED, CHECK_IN_CANCELLED, HEARING_SCHEDULED, HEARING_STATUS,
    OFFICER_ASSIGNED, OFFICER_UNASSIGNED, ACKNOWLEDGED, CUSTODY_CHANGED, ADDRESS_CHANGED


ctypedef struct Event:
    Kind kind
    Key key
    Slice name  # the id of the appointment or of the officer; start is NULL without one
    Slice office
    long long due
    long status  # of the appointment, the custody or, 1 for a bad one, the address
    bint by_agency, appeared


cdef int apply(Case* case, const Event* event) noexcept
