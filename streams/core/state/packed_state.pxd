# The types with which `packed_state.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.state._layout cimport CaseState as _State, Latest as _Latest, Register as _Register

cdef long _LEVEL_KEY, _OFFICE_KEY, _FIRST_ASSIGNMENT, _LAST_SETTLED, _PLACE
cdef Py_ssize_t _LAST_OF_HEADER
cdef object _encode_into, _decode
cdef bytearray _buffer

@cython.locals(
    settled=_Latest, contact=_Latest, assignment=_Register, lifecycle=_Register, place=cython.long, shared=cython.long
)
cpdef bytes pack(_State state)
@cython.locals(state=_State, shared=cython.long, lifecycle=_Register, assignment=_Register)
cpdef unpack(bytes packed)
cpdef next_timer_of(bytes packed)
