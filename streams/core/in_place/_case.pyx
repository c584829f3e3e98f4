# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A packed case as a structure in C, and packed again: the same bytes as `streams.core.state.packed_state` gives."""

from streams.core.in_place._fields cimport *

from streams.core.state.case_state import FIRST_IS_ASSIGNMENT as _FIRST, SETTLED_IS_CONTACT as _SETTLED
from streams.core.state.case_state import AppointmentStatus, CaseState, Custody, Lifecycle

cdef long FIRST_ASSIGNMENT = _FIRST, LAST_SETTLED = _SETTLED
cdef long NONE = Custody.NONE, OPEN = Lifecycle.OPEN
cdef long SCHEDULED = AppointmentStatus.SCHEDULED, MISSED = AppointmentStatus.MISSED
cdef long BY_PERSON = AppointmentStatus.CANCELLED_BY_PERSON
cdef Py_ssize_t FIELDS = len(CaseState.__struct_fields__) - 1  # without repetitions


cdef int compare(const Key* one, const Key* other) noexcept:
    """Less, equal or greater than 0; neither is unset."""
    if one.at != other.at:
        return -1 if one.at < other.at else 1
    if one.rank != other.rank:
        return -1 if one.rank < other.rank else 1
    if one.lag != other.lag:
        return -1 if one.lag < other.lag else 1
    cdef int found = compared(one.id, other.id)
    return found if found else (one.tie > other.tie) - (one.tie < other.tie)


cdef bint is_missed(const Appointment* appointment) noexcept:
    if appointment.status != BY_PERSON:
        return appointment.status == MISSED
    return appointment.key.is_set and appointment.has_due and appointment.key.at >= appointment.due


# ---- reading ------------------------------------------------------------------------------------------


cdef inline Slice since(Reader* reader, const unsigned char* start) noexcept:
    return Slice(start, reader.at - start)


cdef void read_key(Reader* reader, Key* key) noexcept:
    cdef const unsigned char* start = reader.at
    key.is_set = not read_nil(reader)
    if key.is_set:
        read_exactly(reader, 0x95)
        key.at = read_int(reader)
        key.rank = read_int(reader)
        key.lag = read_int(reader)
        key.id = read_text(reader)
        key.tie = read_int(reader)
    key.packed = since(reader, start)


cdef void read_dates(Reader* reader, Dates* dates) noexcept:
    cdef Py_ssize_t place
    dates.count = read_array(reader)
    if dates.count > MOST:
        reader.failed = True
        return
    for place in range(dates.count):
        dates.held[place] = read_int(reader)


cdef void read_instant(Reader* reader, Instant* instant) noexcept:
    instant.is_set = not read_nil(reader)
    instant.at = read_int(reader) if instant.is_set else 0


cdef void read_latest(Reader* reader, Latest* latest) noexcept:
    latest.is_set = not read_nil(reader)
    if latest.is_set:
        read_exactly(reader, 0x92)
        latest.at = read_int(reader)
        latest.ids = read_text(reader)


cdef void read_appointments(Reader* reader, Appointments* book) noexcept:
    cdef const unsigned char* start = reader.at
    cdef const unsigned char* entry
    cdef Appointment* one
    cdef Py_ssize_t place
    cdef Instant found
    book.count, book.is_changed = read_map(reader), False
    if book.count >= MOST:  # there is room for one more
        reader.failed = True
        return
    for place in range(book.count):
        one = &book.held[place]
        one.name = read_text(reader)
        entry = reader.at
        read_exactly(reader, 0x95)
        one.status = read_int(reader)
        read_key(reader, &one.key)
        read_instant(reader, &found)
        one.has_due, one.due = found.is_set, found.at
        read_key(reader, &one.scheduled)
        read_instant(reader, &found)
        one.has_completed, one.completed = found.is_set, found.at
        one.packed = since(reader, entry)
        one.is_spent = False
        if reader.failed:
            return
    book.packed = since(reader, start)


cdef void read_moves(Reader* reader, Case* case, long long after) noexcept:
    """Read the moves, which ascend, from the first that became known after an instant (ms)."""
    cdef Py_ssize_t count = read_array(reader), place
    cdef long long at
    case.moves_count, case.moves.start = count, reader.at
    for place in range(count):
        read_exactly(reader, 0x93)
        at = read_int(reader)
        skip(reader)
        skip(reader)
        if at <= after and case.moves_count == count - place:
            case.moves_count -= 1
            case.moves.start = reader.at
    case.moves.size = reader.at - case.moves.start


cdef bint read_case(Case* case, const unsigned char* packed, Py_ssize_t size, long long moves_after) noexcept:
    """Read an open case without a standing alert and without repetitions; False for any other.

    Moves that became known up to `moves_after` (ms) are left out.
    """
    cdef Reader reader = Reader(packed, packed + size, False)
    cdef const unsigned char* start
    cdef Key unused
    if size < 3 or packed[0] != 0xDC or packed[1] or packed[2] != FIELDS:
        return False
    reader.at += 3
    case.next_timer = read_int(&reader)

    start = reader.at
    if not read_bool(&reader):
        return False  # never registered
    case.counts = read_bool(&reader)
    case.level = read_int(&reader)
    case.office = read_text(&reader)
    read_exactly(&reader, 0x94)
    case.officer.start = NULL
    if not read_nil(&reader):
        case.officer = read_text(&reader)
    read_key(&reader, &case.assigned)
    read_key(&reader, &case.assigned_again)
    read_bool(&reader)
    read_exactly(&reader, 0x94)
    case.at_liberty = read_int(&reader) == NONE
    read_key(&reader, &case.custody_since)
    read_key(&reader, &unused)
    read_bool(&reader)
    read_exactly(&reader, 0x90)  # no alert stands
    case.head = since(&reader, start)

    read_dates(&reader, &case.bookings_due)
    read_dates(&reader, &case.hearings_due)
    if reader.failed or not 0 <= case.level < 4:
        return False

    read_moves(&reader, case, moves_after)
    start = reader.at
    read_bool(&reader)
    skip(&reader)
    case.has_transfer = not read_nil(&reader)
    if case.has_transfer:
        read_exactly(&reader, 0x93)
        read_key(&reader, &case.transferred)
        case.has_arrived = read_bool(&reader)
        case.transferred_to = read_text(&reader)
        if not case.transferred.is_set:
            return False
    skip(&reader)
    read_exactly(&reader, 0x94)
    case.is_open = read_int(&reader) == OPEN
    read_key(&reader, &case.opened_since)
    read_key(&reader, &unused)
    read_bool(&reader)
    case.middle = since(&reader, start)
    if reader.failed or not case.is_open or not case.opened_since.is_set:
        return False

    start = reader.at
    read_exactly(&reader, 0x94)
    case.address_is_bad = read_bool(&reader)
    read_key(&reader, &case.address_since)
    read_key(&reader, &unused)
    read_bool(&reader)
    case.address = since(&reader, start)
    start = reader.at
    read_key(&reader, &case.first_assignment)
    case.first_packed = since(&reader, start)
    start = reader.at
    skip(&reader)
    case.acknowledged = since(&reader, start)
    case.new_acknowledged.start = NULL
    start = reader.at
    skip(&reader)
    case.arrived = case.arrived_packed = since(&reader, start)
    read_appointments(&reader, &case.bookings)
    read_appointments(&reader, &case.hearings)
    case.archived = read_bytes(&reader)
    case.archived_count = read_int(&reader)
    read_instant(&reader, &case.archived_due)
    read_latest(&reader, &case.last_contact)
    read_instant(&reader, &case.last_unnamed)
    read_latest(&reader, &case.last_settled)
    read_latest(&reader, &case.agency_cancelled)
    start = reader.at
    skip(&reader)
    case.ended = since(&reader, start)
    case.shared = read_int(&reader)
    case.is_first_assignment = (case.shared & FIRST_ASSIGNMENT) != 0
    if case.shared & LAST_SETTLED:
        case.last_settled = case.last_contact
    return not reader.failed and reader.at == reader.end


cdef Instant find_instant(Slice instants, Slice name) noexcept:
    """The instant of a name in a map that `read_case` found whole."""
    cdef Reader reader = Reader(instants.start, instants.start + instants.size, False)
    cdef Slice held
    cdef long long at
    cdef Py_ssize_t count = read_map(&reader), place
    for place in range(count):
        held = read_text(&reader)
        at = read_int(&reader)
        if not reader.failed and same(held, name):
            return Instant(True, at)
    return Instant(False, 0)


# ---- writing ------------------------------------------------------------------------------------------


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


cdef unsigned char* put_acknowledged(unsigned char* at, const Case* case) noexcept:
    if case.new_acknowledged.start is NULL:
        return put_slice(at, case.acknowledged)
    cdef Reader reader = Reader(case.acknowledged.start, case.acknowledged.start + case.acknowledged.size, False)
    cdef bint is_known = find_instant(case.acknowledged, case.new_acknowledged).is_set
    cdef Slice name
    cdef long long held
    cdef Py_ssize_t count = read_map(&reader), place
    at = put_map(at, count + (not is_known))
    for place in range(count):
        name = read_text(&reader)
        held = read_int(&reader)
        at = put_int(put_text(at, name), case.new_acknowledged_at if same(name, case.new_acknowledged) else held)
    return at if is_known else put_int(put_text(at, case.new_acknowledged), case.new_acknowledged_at)


cdef unsigned char* write_case(
    const Case* case, unsigned char* at, unsigned char* scratch, long long max_ahead
) noexcept:
    """Pack the case, with its spent appointments in the archive. There must be room at both places; the end of it."""
    cdef Py_ssize_t spent = 0
    cdef Instant archived_due
    cdef bint is_settled = (
        case.last_settled.is_set and case.last_contact.is_set and case.last_settled.at == case.last_contact.at
        and same(case.last_settled.ids, case.last_contact.ids)
    )
    at = put_slice(put_int(put_number(at, 0xDC, FIELDS, 2), case.next_timer), case.head)
    at = put_dates(put_dates(at, &case.bookings_due), &case.hearings_due)
    at = put_slice(put_array(at, case.moves_count), case.moves)
    at = put_slice(put_slice(put_slice(at, case.middle), case.address), case.first_packed)
    at = put_slice(put_acknowledged(at, case), case.arrived_packed)
    at = put_appointments(at, &case.bookings, &spent)
    at = put_appointments(at, &case.hearings, &spent)
    at = put_archive(at, case, spent, scratch)
    archived_due = due_of_spent(case, max_ahead)
    at = put_latest(put_instant(at, archived_due.is_set, archived_due.at), &case.last_contact)
    at = put_instant(at, case.last_unnamed.is_set, case.last_unnamed.at)
    at = put_nil(at) if is_settled else put_latest(at, &case.last_settled)
    at = put_slice(put_latest(at, &case.agency_cancelled), case.ended)
    return put_int(at, (case.shared & ~LAST_SETTLED) | (LAST_SETTLED if is_settled else 0))
