# The types with which `archive.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state._layout cimport Appointment as _Appointment, CaseState as _State

cpdef bint may_hold(_State state, str name) except -1
cpdef unarchive(_State state)
@cython.locals(entries=list, appointment=_Appointment)
cpdef archive(_State state, list names, long long max_ahead)
