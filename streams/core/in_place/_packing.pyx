# cython: language_level=3, boundscheck=False, wraparound=False
"""A case in C packed again: the same bytes as `streams.core.state.packed_state` gives."""

from streams.core.in_place._case cimport *
from streams.core.in_place._fields cimport *

from streams.core.state.case_state import FIRST_IS_ASSIGNMENT as _FIRST, OFFICE_IS_ASSIGNMENT as _OFFICE
from streams.core.state.case_state import SETTLED_IS_CONTACT as _SETTLED
from streams.core.state.case_state import AppointmentStatus, CaseState

cdef long OFFICE_KEY = _OFFICE, FIRST_ASSIGNMENT = _FIRST, LAST_SETTLED = _SETTLED
cdef long SCHEDULED = AppointmentStatus.SCHEDULED
cdef Py_ssize_t FIELDS = len(CaseState.__struct_fields__) - 1  # without repetitions


cdef inline unsigned char* put_key(unsigned char* at, const Key* key) noexcept:
    return put_slice(at, key.packed) if key.is_set else put_nil(at)


cdef inline unsigned char* put_instant(unsigned char* at, bint is_set, long long instant) noexcept:
    return put_int(at, instant) if is_set else put_nil(at)


cdef inline unsigned char* put_latest(unsigned char* at, const Latest* latest) noexcept:
    if not latest.is_set:
        return put_nil(at)
    at[0] = 0x92
    return put_text(put_int(at + 1, latest.at), latest.ids)


cdef unsigned char* put_dates(unsigned char* at, const Dates* dates) noexcept:
    cdef Py_ssize_t place
    at = put_array(at, dates.count)
    for place in range(dates.count):
        at = put_int(at, dates.held[place])
    return at


cdef unsigned char* put_appointment(unsigned char* at, const Appointment* one) noexcept:
    if one.packed.size:
        return put_slice(at, one.packed)
    at[0] = 0x95
    at = put_key(put_int(at + 1, one.status), &one.key)
    at = put_key(put_instant(at, one.has_due, one.due), &one.scheduled)
    return put_instant(at, one.has_completed, one.completed)


cdef unsigned char* put_appointments(unsigned char* at, const Appointments* book, Py_ssize_t* spent) noexcept:
    cdef Py_ssize_t place, kept = 0
    for place in range(book.count):
        kept += not book.held[place].is_spent
    spent[0] += book.count - kept
    if kept == book.count and not book.is_changed:
        return put_slice(at, book.packed)
    at = put_map(at, kept)
    for place in range(book.count):
        if not book.held[place].is_spent:
            at = put_appointment(put_text(at, book.held[place].name), &book.held[place])
    return at


cdef unsigned char* put_spent(unsigned char* at, const Appointments* book, bint is_hearing) noexcept:
    cdef Py_ssize_t place
    for place in range(book.count):
        if book.held[place].is_spent:
            at[0], at[1] = 0x93, 0xC3 if is_hearing else 0xC2
            at = put_appointment(put_text(at + 2, book.held[place].name), &book.held[place])
    return at


cdef Instant due_of_spent(const Case* case, long long max_ahead) noexcept:
    """The latest due date of an archived booking that counts as something scheduled."""
    cdef Instant found = case.archived_due
    cdef const Appointment* one
    cdef const Key* scheduled
    cdef Py_ssize_t place
    for place in range(case.bookings.count):
        one = &case.bookings.held[place]
        if not one.is_spent or not one.has_due or not (one.status == SCHEDULED or is_missed(one)):
            continue
        scheduled = &one.key if one.status == SCHEDULED else &one.scheduled
        if scheduled.is_set and one.due <= scheduled.at + max_ahead and (not found.is_set or one.due > found.at):
            found = Instant(True, one.due)
    return found


cdef unsigned char* put_archive(
    unsigned char* at, const Case* case, Py_ssize_t spent, unsigned char* scratch
) noexcept:
    cdef unsigned char* end = scratch
    if spent:
        end = put_spent(put_spent(scratch, &case.bookings, False), &case.hearings, True)
    at = put_slice(put_bytes_size(at, case.archived.size + (end - scratch)), case.archived)
    at = put_slice(at, Slice(scratch, end - scratch))
    return put_int(at, case.archived_count + spent)


cdef unsigned char* put_instants(unsigned char* at, const Instants* instants) noexcept:
    if instants.name.start is NULL:
        return put_slice(at, instants.packed)
    cdef Reader reader = reader_of(instants.packed)
    cdef bint is_known = find_packed(instants.packed, instants.name).is_set
    cdef Slice name
    cdef long long held
    cdef Py_ssize_t count = read_map(&reader), place
    at = put_map(at, count + (not is_known))
    for place in range(count):
        name = read_text(&reader)
        held = read_int(&reader)
        at = put_int(put_text(at, name), instants.at if same(name, instants.name) else held)
    return at if is_known else put_int(put_text(at, instants.name), instants.at)


cdef inline unsigned char* put_register(unsigned char* at, const Register* register) noexcept:
    return put_bool(put_key(put_key(at, &register.since), &register.repeated), register.disputed)


cdef inline unsigned char* put_officer(unsigned char* at, Slice officer) noexcept:
    return put_nil(at) if officer.start is NULL else put_text(at, officer)


cdef unsigned char* put_head(unsigned char* at, const Case* case) noexcept:
    at = put_number(at, 0xDC, FIELDS, 2)
    at = put_bool(put_bool(put_int(at, case.next_timer), True), case.counts)
    at = put_officer(put_array(put_text(put_int(at, case.level), case.office), 4), case.officer)
    at = put_int(put_array(put_register(at, &case.assignment), 4), case.custody_kind)
    at = put_array(put_register(at, &case.custody), 0)
    at = put_dates(put_dates(at, &case.bookings_due), &case.hearings_due)
    at = put_slice(put_array(at, case.moves_count + case.move.is_made), case.moves)
    if not case.move.is_made:
        return at
    at = put_int(put_array(at, 3), case.move.at)
    return put_officer(put_officer(at, case.move.before), case.move.after)


cdef unsigned char* write_case(
    const Case* case, unsigned char* at, unsigned char* scratch, long long max_ahead
) noexcept:
    """Pack the case, with its spent appointments in the archive. There must be room at both places; the end of it."""
    cdef Py_ssize_t spent = 0
    cdef Instant archived_due
    cdef long shared = case.shared & ~(OFFICE_KEY | FIRST_ASSIGNMENT | LAST_SETTLED)
    cdef bint is_of_office = are_equal(&case.office_key, &case.assignment.since)
    cdef bint is_first = are_equal(&case.first_assignment, &case.assignment.since)
    cdef bint is_settled = (
        case.last_settled.is_set and case.last_contact.is_set and case.last_settled.at == case.last_contact.at
        and same(case.last_settled.ids, case.last_contact.ids)
    )
    at = put_slice(put_head(at, case), case.transfer)
    at = put_slice(put_nil(at) if is_of_office else put_key(at, &case.office_key), case.lifecycle)
    at = put_register(put_bool(put_array(at, 4), case.address_is_bad), &case.address)
    at = put_nil(at) if is_first else put_key(at, &case.first_assignment)
    at = put_instants(put_instants(at, &case.acknowledged), &case.arrived)
    at = put_appointments(at, &case.bookings, &spent)
    at = put_appointments(at, &case.hearings, &spent)
    at = put_archive(at, case, spent, scratch)
    archived_due = due_of_spent(case, max_ahead)
    at = put_latest(put_instant(at, archived_due.is_set, archived_due.at), &case.last_contact)
    at = put_instant(at, case.last_unnamed.is_set, case.last_unnamed.at)
    at = put_nil(at) if is_settled else put_latest(at, &case.last_settled)
    at = put_slice(put_latest(at, &case.agency_cancelled), case.ended)
    shared |= (OFFICE_KEY if is_of_office else 0) | (FIRST_ASSIGNMENT if is_first else 0)
    return put_int(at, shared | (LAST_SETTLED if is_settled else 0))
