# cython: language_level=3, wraparound=False
"""What `streams.core.state.plain_packed_state` does in Python, in C."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize

from streams.core.state._fields cimport field, place, put, sure
from streams.core.state.plain_packed_state import (
    FIRST_ASSIGNMENT as _FIRST_ASSIGNMENT,
    LAST_OF_HEADER as _LAST_OF_HEADER,
    LAST_SETTLED as _LAST_SETTLED,
    LEVEL_KEY as _LEVEL_KEY,
    OFFICE_KEY as _OFFICE_KEY,
    decode as _decode,
    encode_into as _encode_into,
)
from streams.core.state.case_state import PLACE as _PLACE, CaseState, Latest
from streams.core.state.statements import Register

cdef long PLACE = _PLACE, LEVEL_IS_SHARED = _LEVEL_KEY, OFFICE_IS_SHARED = _OFFICE_KEY
cdef long FIRST_IS_SHARED = _FIRST_ASSIGNMENT, SETTLED_IS_SHARED = _LAST_SETTLED
cdef Py_ssize_t LAST_OF_HEADER = _LAST_OF_HEADER
cdef object encode_into = _encode_into, decode = _decode
cdef bytearray BUFFER = bytearray(4096)

cdef object STATE = CaseState, REGISTER = Register, LATEST = Latest
cdef Py_ssize_t SHARED = place(CaseState, "shared"), REPETITIONS = place(CaseState, "repetitions")
cdef Py_ssize_t LEVEL_KEY = place(CaseState, "level_key"), LIFECYCLE = place(CaseState, "lifecycle")
cdef Py_ssize_t OFFICE_KEY = place(CaseState, "office_key"), ASSIGNMENT = place(CaseState, "assignment")
cdef Py_ssize_t FIRST_ASSIGNMENT = place(CaseState, "first_assignment")
cdef Py_ssize_t LAST_SETTLED = place(CaseState, "last_settled"), LAST_CONTACT = place(CaseState, "last_contact")
cdef Py_ssize_t SINCE = place(Register, "since"), AT = place(Latest, "at"), IDS = place(Latest, "ids")


cdef inline object since_of(object state, Py_ssize_t at):
    return field(sure(field(state, at), REGISTER), SINCE)


cdef bint is_settled_by_contact(object state) except -1:
    settled, contact = field(state, LAST_SETTLED), field(state, LAST_CONTACT)
    if settled is None or contact is None:
        return False
    sure(settled, LATEST)
    sure(contact, LATEST)
    return settled is contact or (field(settled, AT) == field(contact, AT) and field(settled, IDS) == field(contact, IDS))


def pack(state):
    """The state as bytes; the state is used up: to go on with the case, unpack the bytes."""
    cdef long shared = <long> field(sure(state, STATE), SHARED) & PLACE
    # one event often fills several fields: what is the same as its neighbour is packed once
    if field(state, LEVEL_KEY) is since_of(state, LIFECYCLE):
        put(state, LEVEL_KEY, None)
        shared |= LEVEL_IS_SHARED
    assigned = since_of(state, ASSIGNMENT)
    if field(state, OFFICE_KEY) is assigned:
        put(state, OFFICE_KEY, None)
        shared |= OFFICE_IS_SHARED
    if field(state, FIRST_ASSIGNMENT) is assigned:
        put(state, FIRST_ASSIGNMENT, None)
        shared |= FIRST_IS_SHARED
    if is_settled_by_contact(state):
        put(state, LAST_SETTLED, None)
        shared |= SETTLED_IS_SHARED
    put(state, SHARED, shared)
    # copied out of a buffer that stays: bytes made to size leave no holes, an eighth of the memory of many cases
    encode_into(state, BUFFER)
    # nearly no case has repetitions: the last field is left out, its one byte and its count in the array's header
    cdef bint is_silent = not <dict?> field(state, REPETITIONS)
    packed = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(BUFFER), PyByteArray_GET_SIZE(BUFFER) - is_silent)
    if is_silent:
        PyBytes_AS_STRING(packed)[LAST_OF_HEADER] -= 1
    return packed


def unpack(packed):
    """The state that was packed."""
    state = decode(packed)
    cdef long shared = field(state, SHARED)
    if shared & LEVEL_IS_SHARED:
        put(state, LEVEL_KEY, since_of(state, LIFECYCLE))
    if shared & OFFICE_IS_SHARED:
        put(state, OFFICE_KEY, since_of(state, ASSIGNMENT))
    if shared & FIRST_IS_SHARED:
        put(state, FIRST_ASSIGNMENT, since_of(state, ASSIGNMENT))
    if shared & SETTLED_IS_SHARED:
        put(state, LAST_SETTLED, field(state, LAST_CONTACT))
    return state
