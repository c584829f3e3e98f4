# The types with which `registers.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state._layout cimport (
    Appointment as _Appointment,
    CaseState as _CaseState,
    Latest as _Latest,
    Register as _Register,
    Transfer as _Transfer,
)
from streams.core.state.apply_fact cimport apply_fact
from streams.core.state.archive cimport may_hold, unarchive

cpdef bint _case_opened(_CaseState state, event, tuple key) except -1
cpdef bint _case_closed(_CaseState state, _event, tuple key) except -1
cpdef bint _case_reopened(_CaseState state, _event, tuple key) except -1
cpdef bint _supervision_changed(_CaseState state, event, tuple key) except -1
cpdef bint _custody_changed(_CaseState state, event, tuple key) except -1
cpdef bint _address_changed(_CaseState state, event, tuple key) except -1
cpdef bint _check_in_scheduled(_CaseState state, event, tuple key) except -1
@cython.locals(booking=_Appointment)
cpdef bint _check_in_completed(_CaseState state, event, tuple key) except -1
cpdef bint _check_in_missed(_CaseState state, event, tuple key) except -1
cpdef bint _check_in_cancelled(_CaseState state, event, tuple key) except -1
cpdef bint _hearing_scheduled(_CaseState state, event, tuple key) except -1
cpdef bint _hearing_adjourned(_CaseState state, event, tuple key) except -1
cpdef bint _hearing_held(_CaseState state, event, tuple key) except -1
cpdef bint _hearing_missed(_CaseState state, event, tuple key) except -1
cpdef bint _hearing_cancelled(_CaseState state, event, tuple key) except -1
cpdef bint _order_rescinded(_CaseState state, event, tuple key) except -1
@cython.locals(assignment=_Register, transfer=_Transfer)
cpdef bint _officer_assigned(_CaseState state, event, tuple key) except -1
cpdef bint _officer_unassigned(_CaseState state, _event, tuple key) except -1
cpdef bint _assignment_acknowledged(_CaseState state, event, tuple key) except -1
@cython.locals(transfer=_Transfer)
cpdef bint _transferred_out(_CaseState state, event, tuple key) except -1
@cython.locals(transfer=_Transfer)
cpdef bint _transferred_in(_CaseState state, event, tuple key) except -1

@cython.locals(assignment=_Register)
cdef bint _assign(_CaseState state, tuple key, officer) except -1
cdef bint _set_level(_CaseState state, str level, tuple key) except -1
cdef bint _set_office(_CaseState state, str office, tuple key) except -1
@cython.locals(before=_Latest)
cdef bint _contact(_CaseState state, tuple key) except -1
@cython.locals(before=_Latest)
cdef bint _settle(_CaseState state, tuple key) except -1
cdef _Appointment _find(_CaseState state, dict book, str name)
@cython.locals(held=_Appointment)
cdef bint _schedule(_CaseState state, dict book, str kind, str name, due, tuple key) except -1
@cython.locals(held=_Appointment)
cdef bint _set_status(_CaseState state, dict book, str name, long status, tuple key) except -1
cdef _Latest _latest(_Latest held, at, str event_id)
