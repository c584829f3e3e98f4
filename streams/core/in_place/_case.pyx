# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A packed case as a structure in C."""

from streams.core.in_place._fields cimport *

from streams.core.state.case_state import FIRST_IS_ASSIGNMENT as _FIRST, OFFICE_IS_ASSIGNMENT as _OFFICE
from streams.core.state.case_state import SETTLED_IS_CONTACT as _SETTLED
from streams.core.state.case_state import AppointmentStatus, CaseState, Custody, Lifecycle

cdef long OFFICE_KEY = _OFFICE, FIRST_ASSIGNMENT = _FIRST, LAST_SETTLED = _SETTLED
cdef long NONE = Custody.NONE, OPEN = Lifecycle.OPEN
cdef long MISSED = AppointmentStatus.MISSED
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


cdef bint are_equal(const Key* one, const Key* other) noexcept:
    """Whether both are unset, or both say the same."""
    return one.is_set == other.is_set and (not one.is_set or compare(one, other) == 0)


cdef bint at_liberty(const Case* case) noexcept:
    return case.custody_kind == NONE


cdef bint is_missed(const Appointment* appointment) noexcept:
    if appointment.status != BY_PERSON:
        return appointment.status == MISSED
    return appointment.key.is_set and appointment.has_due and appointment.key.at >= appointment.due


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


cdef void read_register(Reader* reader, Register* register) noexcept:
    """Read what follows its value."""
    read_key(reader, &register.since)
    read_key(reader, &register.repeated)
    register.disputed = read_bool(reader)


cdef void read_instants(Reader* reader, Instants* instants) noexcept:
    cdef const unsigned char* start = reader.at
    skip(reader)
    instants.packed, instants.name.start = since(reader, start), NULL


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
    cdef Register lifecycle
    cdef bint is_open
    if size < 3 or packed[0] != 0xDC or packed[1] or packed[2] != FIELDS:
        return False
    reader.at += 3
    case.next_timer = read_int(&reader)
    if not read_bool(&reader):
        return False  # never registered
    case.counts = read_bool(&reader)
    case.level = read_int(&reader)
    case.office = read_text(&reader)
    read_exactly(&reader, 0x94)
    case.officer.start = NULL
    if not read_nil(&reader):
        case.officer = read_text(&reader)
    read_register(&reader, &case.assignment)
    read_exactly(&reader, 0x94)
    case.custody_kind = read_int(&reader)
    read_register(&reader, &case.custody)
    read_exactly(&reader, 0x90)  # no alert stands
    read_dates(&reader, &case.bookings_due)
    read_dates(&reader, &case.hearings_due)
    read_moves(&reader, case, moves_after)
    case.move.is_made = False
    if reader.failed or not 0 <= case.level < 4:
        return False

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
    case.transfer = since(&reader, start)
    read_key(&reader, &case.office_key)
    start = reader.at
    read_exactly(&reader, 0x94)
    is_open = read_int(&reader) == OPEN
    read_register(&reader, &lifecycle)
    case.opened_since = lifecycle.since
    case.lifecycle = since(&reader, start)
    if reader.failed or not is_open or not case.opened_since.is_set:
        return False

    read_exactly(&reader, 0x94)
    case.address_is_bad = read_bool(&reader)
    read_register(&reader, &case.address)
    read_key(&reader, &case.first_assignment)
    read_instants(&reader, &case.acknowledged)
    read_instants(&reader, &case.arrived)
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
    if case.shared & OFFICE_KEY:
        case.office_key = case.assignment.since
    if case.shared & FIRST_ASSIGNMENT:
        case.first_assignment = case.assignment.since
    if case.shared & LAST_SETTLED:
        case.last_settled = case.last_contact
    return not reader.failed and reader.at == reader.end


cdef Reader reader_of(Slice packed) noexcept:
    return Reader(packed.start, packed.start + packed.size, False)


cdef Instant find_packed(Slice instants, Slice name) noexcept:
    """The instant of a name in a map that `read_case` found whole."""
    cdef Reader reader = reader_of(instants)
    cdef Slice held
    cdef long long at
    cdef Py_ssize_t count = read_map(&reader), place
    for place in range(count):
        held = read_text(&reader)
        at = read_int(&reader)
        if not reader.failed and same(held, name):
            return Instant(True, at)
    return Instant(False, 0)


cdef Instant find_instant(const Instants* instants, Slice name) noexcept:
    """The instant of a name."""
    if instants.name.start is not NULL and same(instants.name, name):
        return Instant(True, instants.at)
    return find_packed(instants.packed, name)
