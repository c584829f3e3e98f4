# The types with which `watch.py` is compiled; without a compiler it runs as it is.

cimport cython

cdef long long _NEVER


cdef class OfficerWatch:
    cdef public str officer_id
    cdef public object state, history
    cdef public long long open_cases, next_timer, scheduled
    cdef public bint is_dirty
    cdef long long _attention, _recheck
    cdef object _low, _high, _office
    cdef bint _had_cases, _took_in_too_fast, _has_own_office

    cpdef remember(self, long long at, long long open_cases)
    @cython.locals(too_fast=bint, open_cases=cython.longlong)
    cpdef evaluate(self, long long at, row, rules, long long intake_from)
    cdef bint _takes_in_too_fast(self, long long at, assigned, rules, long long intake_from) except? -1
    cdef _note_timer(self)


cdef class OfficerWatches:
    cdef public set dirty
    cdef dict _watches
    cdef list _queue

    cpdef OfficerWatch watch(self, str officer_id)
    @cython.locals(watch=OfficerWatch, published=list, grown=list, open_cases=cython.longlong)
    cpdef tuple evaluate(self, long long at, set changed, judged, rules, long long intake_from)
    cdef _note_changes(self, OfficerWatch watch)
    cdef _note_dirty(self, OfficerWatch watch)
    cdef _push_timer(self, OfficerWatch watch)
