# Where the fields of the structures of a case lie, so that a module compiled from Python reads them in place.
#
# msgspec keeps a field in a slot of the instance, and CPython lays the slots of a class out by name, those of its base
# first. `tests/properties/test_layout.py` compares the offsets; a size that differs stops the import.

cdef extern from *:
    """
    typedef struct { PyObject_HEAD PyObject *disputed, *repeated, *since, *value; } docketwatch_Register;
    typedef struct { PyObject_HEAD PyObject *completed, *due, *key, *scheduled, *status; } docketwatch_Appointment;
    typedef struct { PyObject_HEAD PyObject *at, *ids; } docketwatch_Latest;
    typedef struct { PyObject_HEAD PyObject *arrived, *key, *office; } docketwatch_Transfer;
    typedef struct {
        PyObject_HEAD
        PyObject *assignment, *bookings_due, *counts, *custody, *hearings_due, *level, *moves, *next_timer, *office,
            *opened, *standing;
        PyObject *ack, *address_is_bad, *agency_cancelled, *archived, *archived_count, *archived_due, *arrived,
            *bookings, *ended, *first_assignment, *hearings, *last_contact, *last_settled, *last_unnamed, *level_key,
            *lifecycle, *office_key, *protected, *repetitions, *shared, *transfer;
    } docketwatch_CaseState;
    """
    ctypedef class streams.core.state.statements.Register [object docketwatch_Register, check_size error]:
        cdef object disputed, repeated, since, value

    ctypedef class streams.core.state.case_state.Appointment [object docketwatch_Appointment, check_size error]:
        cdef object completed, due, key, scheduled, status

    ctypedef class streams.core.state.case_state.Latest [object docketwatch_Latest, check_size error]:
        cdef object at, ids

    ctypedef class streams.core.state.case_state.Transfer [object docketwatch_Transfer, check_size error]:
        cdef object arrived, key, office

    ctypedef class streams.core.state.case_state.CaseState [object docketwatch_CaseState, check_size error]:
        cdef object assignment, bookings_due, counts, custody, hearings_due, level, moves, next_timer, office
        cdef object opened, standing
        cdef object ack, address_is_bad, agency_cancelled, archived, archived_count, archived_due, arrived
        cdef object bookings, ended, first_assignment, hearings, last_contact, last_settled, last_unnamed, level_key
        cdef object lifecycle, office_key, protected, repetitions, shared, transfer
