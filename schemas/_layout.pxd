# Where the fields of an event lie, so that a module compiled from Python reads them in place.
#
# msgspec keeps a field in a slot of the instance, and CPython lays the slots of a class out by name, those of its base
# first. `tests/properties/test_layout.py` compares the offsets; a size that differs stops the import.

cdef extern from *:
    """
    typedef struct { PyObject_HEAD PyObject *event_id, *occurred_at, *recorded_at, *source, *v; } docketwatch_Event;
    typedef struct {
        PyObject_HEAD
        PyObject *event_id, *occurred_at, *recorded_at, *source, *v;
        PyObject *case_id;
    } docketwatch_CaseEvent;
    """
    ctypedef class schemas.hot.Event [object docketwatch_Event, check_size error]:
        cdef object event_id, occurred_at, recorded_at, source, v

    ctypedef class schemas.hot.CaseEvent [object docketwatch_CaseEvent, check_size error]:
        cdef object event_id, occurred_at, recorded_at, source, v
        cdef object case_id
