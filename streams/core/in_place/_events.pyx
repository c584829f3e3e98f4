# cython: language_level=3, boundscheck=False, wraparound=False
"""Events applied to a packed case as `streams.core.state.registers` applies them."""

from streams.core.in_place._case cimport *
from streams.core.in_place._fields cimport Slice, same

from streams.core.state.case_state import AppointmentStatus

cdef extern from "<string.h>" nogil:
    void* memmem(const void* text, size_t size, const void* part, size_t part_size)

cdef long ADJOURNED = AppointmentStatus.ADJOURNED, CANCELLED = AppointmentStatus.CANCELLED
cdef long BY_PERSON = AppointmentStatus.CANCELLED_BY_PERSON, MISSED = AppointmentStatus.MISSED
cdef long NO_STATUS = AppointmentStatus.UNKNOWN, SCHEDULED = AppointmentStatus.SCHEDULED


cdef int renew(Latest* latest, const Key* key) noexcept:
    if not latest.is_set or key.at > latest.at:
        latest.is_set, latest.at, latest.ids = True, key.at, key.id
        return CHANGED
    if key.at < latest.at or same(latest.ids, key.id):
        return UNCHANGED
    return NOT_APPLIED  # there are several events of one instant


cdef inline int both(int one, int other) noexcept:
    return NOT_APPLIED if one == NOT_APPLIED or other == NOT_APPLIED else one | other


cdef Appointment* find(const Case* case, Appointments* book, Slice name, bint* may_be_archived) noexcept:
    cdef Py_ssize_t place
    for place in range(book.count):
        if same(book.held[place].name, name):
            return &book.held[place]
    may_be_archived[0] = (
        case.archived.size > 0 and memmem(case.archived.start, case.archived.size, name.start, name.size) is not NULL
    )
    return NULL


cdef Appointment* add(Appointments* book, Slice name, long status) noexcept:
    """Add an appointment. `read_case` refuses a case without room for it."""
    cdef Appointment* made = &book.held[book.count]
    book.count += 1
    made.name, made.status = name, status
    made.key.is_set = made.scheduled.is_set = made.has_due = made.has_completed = made.is_spent = False
    change(book, made)
    return made


cdef inline void change(Appointments* book, Appointment* one) noexcept:
    book.is_changed = True
    one.packed.size = 0


cdef int schedule(const Case* case, Appointments* book, const Event* event) noexcept:
    cdef bint may_be_archived = False
    cdef Appointment* held = find(case, book, event.name, &may_be_archived)
    cdef const Key* before
    if held is NULL:
        if may_be_archived:
            return NOT_APPLIED
        held = add(book, event.name, SCHEDULED)
        held.key, held.has_due, held.due = event.key, True, event.due
        return CHANGED
    before = &held.key if held.status == SCHEDULED else &held.scheduled
    if before.is_set and compare(&event.key, before) <= 0:
        return UNCHANGED
    if held.has_due and held.due == event.due:
        if held.status not in (CANCELLED, BY_PERSON, ADJOURNED) or is_missed(held):
            return NOT_APPLIED  # it is a repetition, and the case keeps its key
    held.has_due, held.due = True, event.due
    if not held.key.is_set or compare(&event.key, &held.key) > 0:
        held.status, held.key = SCHEDULED, event.key
        held.scheduled.is_set = False
    else:
        held.scheduled = event.key
    change(book, held)
    return CHANGED


cdef int set_status(Case* case, Appointments* book, const Event* event, long status) noexcept:
    cdef int changes = renew(&case.last_settled, &event.key)
    cdef bint may_be_archived = False
    cdef Appointment* held = find(case, book, event.name, &may_be_archived)
    if changes == NOT_APPLIED or may_be_archived:
        return NOT_APPLIED
    if held is NULL:
        held = add(book, event.name, status)
        held.key = event.key
        return CHANGED
    if held.key.is_set and compare(&event.key, &held.key) <= 0:
        return changes
    if held.status == SCHEDULED:
        held.scheduled = held.key
    held.status, held.key = status, event.key
    change(book, held)
    return CHANGED


cdef int complete(Case* case, const Event* event) noexcept:
    cdef long long at = event.key.at
    cdef int changes = both(renew(&case.last_contact, &event.key), renew(&case.last_settled, &event.key))
    cdef bint may_be_archived = False
    cdef Appointment* held
    if changes == NOT_APPLIED:
        return NOT_APPLIED
    if event.name.start is NULL:
        if case.last_unnamed.is_set and case.last_unnamed.at >= at:
            return changes
        case.last_unnamed = Instant(True, at)
        return CHANGED
    held = find(case, &case.bookings, event.name, &may_be_archived)
    if may_be_archived:
        return NOT_APPLIED
    if held is NULL:
        held = add(&case.bookings, event.name, NO_STATUS)
    elif held.has_completed and held.completed >= at:
        return changes
    held.has_completed, held.completed = True, at
    change(&case.bookings, held)
    return CHANGED


cdef bint is_later(const Instants* instants, Slice name, long long at) noexcept:
    """Whether an instant (ms) is after the one of a name, or the name has none."""
    cdef Instant before = find_instant(instants, name)
    return not before.is_set or at > before.at


cdef int acknowledge(Case* case, const Event* event) noexcept:
    if not is_later(&case.acknowledged, event.name, event.key.at):
        return UNCHANGED
    case.acknowledged.name, case.acknowledged.at = event.name, event.key.at
    return CHANGED


cdef int apply_fact(Register* register, const Key* key, bint is_same, bint* takes_value) noexcept:
    """Apply a fact, as `streams.core.state.apply_fact` does.

    `is_same` says whether its value is that of the register; `takes_value` becomes whether the register takes it.
    """
    cdef Key since = register.since
    cdef Key last = register.repeated if register.repeated.is_set else since
    cdef bint was_disputed = register.disputed
    takes_value[0] = False
    if not last.is_set:
        if is_same:
            register.repeated = key[0]
        else:
            register.since, takes_value[0] = key[0], True
        return CHANGED
    if is_same:
        if compare(key, &last) > 0:
            register.repeated = key[0]
            return CHANGED
        if since.is_set and compare(key, &since) < 0 and not was_disputed:
            register.repeated, register.since = last, key[0]
            return CHANGED
        return UNCHANGED
    register.disputed = True
    if compare(key, &last) > 0:
        register.since, register.repeated.is_set, takes_value[0] = key[0], False, True
        return CHANGED
    if not since.is_set or compare(key, &since) > 0:
        register.since, register.repeated.is_set = last, False
        return CHANGED
    return UNCHANGED if was_disputed else CHANGED


cdef int set_officer(Case* case, const Key* key, Slice officer) noexcept:
    cdef bint takes_value
    cdef bint is_same = (officer.start is NULL) == (case.officer.start is NULL)
    if is_same and officer.start is not NULL:
        is_same = same(officer, case.officer)
    cdef int changes = apply_fact(&case.assignment, key, is_same, &takes_value)
    if takes_value:
        case.officer = officer
    return changes


cdef int assign(Case* case, const Event* event) noexcept:
    cdef int changes = UNCHANGED
    if not case.office_key.is_set or compare(&event.key, &case.office_key) > 0:
        case.office, case.office_key = event.office, event.key
        changes = CHANGED
    if not case.first_assignment.is_set or compare(&event.key, &case.first_assignment) < 0:
        case.first_assignment = event.key
        changes = CHANGED
    if is_later(&case.arrived, event.office, event.key.at):
        case.arrived.name, case.arrived.at = event.office, event.key.at
        changes = CHANGED
    if case.officer.start is not NULL and same(case.officer, event.name) and case.has_transfer and case.has_arrived:
        if not same(case.transferred_to, event.office) and compare(&event.key, &case.transferred) > 0:
            return NOT_APPLIED  # the office that the case left repeats itself, and the case keeps its key
    return changes | set_officer(case, &event.key, event.name)


cdef int change_custody(Case* case, const Event* event) noexcept:
    cdef bint takes_value
    cdef int changes = apply_fact(&case.custody, &event.key, event.status == case.custody_kind, &takes_value)
    if takes_value:
        case.custody_kind = event.status
    return changes


cdef int change_address(Case* case, const Event* event) noexcept:
    cdef bint takes_value
    cdef int changes = apply_fact(&case.address, &event.key, event.status == case.address_is_bad, &takes_value)
    if takes_value:
        case.address_is_bad = event.status
    return changes


cdef int apply(Case* case, const Event* event) noexcept:
    """Apply an event; whether it changes anything. After NOT_APPLIED the case may be half changed: drop it."""
    cdef int changes
    if event.kind == CHECK_IN_SCHEDULED:
        return schedule(case, &case.bookings, event)
    if event.kind == CHECK_IN_COMPLETED:
        return complete(case, event)
    if event.kind == CHECK_IN_MISSED:
        return set_status(case, &case.bookings, event, MISSED)
    if event.kind == CHECK_IN_CANCELLED:
        if not event.by_agency:
            return set_status(case, &case.bookings, event, BY_PERSON)
        changes = set_status(case, &case.bookings, event, CANCELLED)
        return both(changes, renew(&case.agency_cancelled, &event.key))
    if event.kind == HEARING_SCHEDULED:
        return schedule(case, &case.hearings, event)
    if event.kind == HEARING_STATUS:
        changes = set_status(case, &case.hearings, event, event.status)
        return both(changes, renew(&case.last_contact, &event.key)) if event.appeared else changes
    if event.kind == OFFICER_ASSIGNED:
        return assign(case, event)
    if event.kind == OFFICER_UNASSIGNED:
        return set_officer(case, &event.key, Slice(NULL, 0))
    if event.kind == ACKNOWLEDGED:
        return acknowledge(case, event)
    return change_custody(case, event) if event.kind == CUSTODY_CHANGED else change_address(case, event)
