# The questions of `_primitives.pyx`, so that a compiled module asks them without a detour through Python.

cpdef bint is_id(str text) except -1
cpdef bint is_pseudonym(str text) except -1
cpdef bint is_event_id(str text) except -1
cpdef Py_ssize_t count_quotes(bytes raw) except -1
cpdef instant(str text)
