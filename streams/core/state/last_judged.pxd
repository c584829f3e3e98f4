# The types with which `last_judged.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state._layout cimport CaseState as _State, Register as _Register, Transfer as _Transfer

cdef long _NO_CUSTODY, _PLACE, _ON_DOCKET, _IN_TRANSIT


@cython.freelist(8)
cdef class LoadContribution:
    cdef readonly object officer
    cdef readonly str office
    cdef readonly object since
    cdef readonly bint at_liberty, in_transit
    cdef readonly long level
    cdef readonly long long causes
    cdef readonly list bookings, hearings


@cython.freelist(8)
cdef class LastJudged:
    cdef readonly LoadContribution counted
    cdef readonly object officer, office
    cdef readonly bint opened, protected
    cdef public long long next_timer, deadline


@cython.locals(assignment=_Register, transfer=_Transfer)
cpdef officer_of_record(_State state)
@cython.locals(assignment=_Register, custody=_Register, place=cython.long)
cpdef LoadContribution counted_of(_State state)
