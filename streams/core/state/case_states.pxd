# The types with which `case_states.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state._layout cimport CaseState as _State


cdef class CaseStates:
    cdef dict _packed, _recent, _older
    cdef set _changed
    cdef Py_ssize_t _kept

    cpdef find(self, str case_id)
    cpdef keep(self, str case_id, state)
    cdef _forget_old(self)
    cpdef bytes find_packed(self, str case_id)
    cpdef replace(self, str case_id, bytes packed)
    cpdef bytes packed_of(self, str case_id)
    cpdef dict packed(self)
    @cython.locals(state=_State)
    cpdef next_timer_of(self, str case_id)
    cdef bytes _pack(self, str case_id)
