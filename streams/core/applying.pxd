# The types with which `applying.py` is compiled; without a compiler it runs as it is.

cimport cython

from schemas._layout cimport CaseEvent as _Event
from streams.core.state._layout cimport CaseState as _State

@cython.locals(facts=list, changing=list, looks=cython.bint, changes=cython.bint)
cpdef tuple apply_in_order(_State state, list events, bint late)
@cython.locals(keyed=dict, event=_Event)
cdef list _keyed(list events)
@cython.locals(event=_Event)
cdef list _keyed_with_ties(list events)
