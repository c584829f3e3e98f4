# cython: language_level=3, boundscheck=False, wraparound=False
"""The causes of a packed case as `streams.core.alerting.case_view` finds them: whether one is due, and the next deadline."""

from libc.limits cimport LLONG_MIN

from streams.core.in_place._case cimport *
from streams.core.time._day_steps cimport BusinessDayCache

from schemas.alerts import Cause
from streams.core.policy.rules import CAUSE_INDEX, CAUSES
from streams.core.state.case_state import LEVELS as _LEVELS, AppointmentStatus

cdef long SCHEDULED = AppointmentStatus.SCHEDULED, MISSED = AppointmentStatus.MISSED

cdef int NO_OFFICER = CAUSE_INDEX[Cause.NO_OFFICER]
cdef int IN_TRANSIT = CAUSE_INDEX[Cause.IN_TRANSIT]
cdef int HANDOFF_STALLED = CAUSE_INDEX[Cause.HANDOFF_STALLED]
cdef int NOTHING_SCHEDULED = CAUSE_INDEX[Cause.NOTHING_SCHEDULED]
cdef int NOTICE_UNDELIVERABLE = CAUSE_INDEX[Cause.NOTICE_UNDELIVERABLE]
cdef int HEARING_UNRESOLVED = CAUSE_INDEX[Cause.HEARING_UNRESOLVED]
cdef int CHECK_IN_OVERDUE = CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
cdef int HEARING_MISSED = CAUSE_INDEX[Cause.HEARING_MISSED]
cdef int NO_CONTACT = CAUSE_INDEX[Cause.NO_CONTACT]
cdef int INTERVAL = ALL_CAUSES, GRACE = ALL_CAUSES + LEVELS
assert len(CAUSES) == ALL_CAUSES and len(_LEVELS) == LEVELS


cdef class OfficeTerms:
    """The durations of `streams.core.policy.rules.Terms`, called from C.

    Raises:
        TypeError: One is neither a number of milliseconds nor one of business days.
    """

    def __init__(self, terms):
        self.kept = []
        for place, step in enumerate((*terms.after, *terms.interval, *terms.grace)):
            owner = step.__self__
            self.days[place], self.added[place] = NULL, 0
            if isinstance(owner, BusinessDayCache):
                self.days[place] = <PyObject*> owner
                self.kept.append(owner)
            else:
                self.added[place] = <long long?> owner

    cdef long long later(self, int term, long long at) except? -1:
        if self.days[term] is NULL:
            return at + self.added[term]
        return (<BusinessDayCache> self.days[term]).later(at)


# ---- a case as the causes see it ----------------------------------------------------------------------


cdef inline void see_due(Instant* last_due, long long due) noexcept:
    if not last_due.is_set or due > last_due.at:
        last_due.is_set, last_due.at = True, due


cdef inline void insert(Dates* dates, long long due) noexcept:
    cdef Py_ssize_t place = dates.count
    while place and dates.held[place - 1] > due:
        dates.held[place] = dates.held[place - 1]
        place -= 1
    dates.held[place] = due
    dates.count += 1


cdef void see_transfer(const Case* case, View* view) noexcept:
    cdef const Key* last
    cdef Instant arrived
    if case.has_arrived:
        last = &case.assignment.repeated if case.assignment.repeated.is_set else &case.assignment.since
        view.is_stale = case.officer.start is not NULL and last.is_set and compare(last, &case.transferred) < 0
    else:
        arrived = find_instant(&case.arrived, case.transferred_to)
        view.is_in_transit = not arrived.is_set or arrived.at < case.transferred.at
        view.in_transit_since = case.transferred.at


cdef void see_bookings(Case* case, View* view, Instant* last_due, long long early, long long max_ahead) noexcept:
    cdef long long unnamed = case.last_unnamed.at if case.last_unnamed.is_set else LLONG_MIN
    cdef Py_ssize_t place
    cdef Appointment* booking
    cdef const Key* key
    cdef bint is_near
    case.bookings_due.count = 0
    for place in range(case.bookings.count):
        booking = &case.bookings.held[place]
        booking.is_unsatisfied = False
        if booking.status == SCHEDULED:
            key = &booking.key
        elif is_missed(booking):
            key = &booking.scheduled
        else:
            booking.is_spent = True
            continue
        if not booking.has_due or not key.is_set:
            continue
        is_near = booking.due <= key.at + max_ahead
        if is_near:
            see_due(last_due, booking.due)
        if view.last_contact >= booking.due or (booking.has_completed and booking.completed >= key.at):
            booking.is_spent = True
            continue
        if booking.due < view.base or unnamed >= booking.due - early:
            continue
        booking.is_unsatisfied = view.has_unsatisfied = True
        insert(&case.bookings_due, booking.due)
        view.is_booked = view.is_booked or is_near


cdef void see_hearings(Case* case, View* view, Instant* last_due, long long max_ahead) noexcept:
    cdef Py_ssize_t place
    cdef Appointment* hearing
    case.hearings_due.count = 0
    for place in range(case.hearings.count):
        hearing = &case.hearings.held[place]
        if hearing.status != SCHEDULED:
            if hearing.status != MISSED or not hearing.key.is_set or view.last_contact >= hearing.key.at:
                hearing.is_spent = True
            continue
        insert(&case.hearings_due, hearing.due)
        if hearing.due <= hearing.key.at + max_ahead:
            see_due(last_due, hearing.due)


# ---- what holds for it --------------------------------------------------------------------------------


cdef inline void add(Found* found, long long deadline) noexcept:
    if deadline <= found.now:
        found.is_due = True
    elif not found.next_timer or deadline < found.next_timer:
        found.next_timer = deadline


cdef class Deadlines:
    """The causes that a policy enables.

    Args:
        rules: The policy.
    """

    def __init__(self, rules):
        for cause, is_enabled in enumerate(rules.enabled):
            self.enabled[<int> cause] = is_enabled
        self.watches_transit = rules.watches_transit
        self.early_window, self.max_ahead = rules.early_window, rules.max_ahead
        self.by_office = {office.encode(): OfficeTerms(rules.terms(office)) for office in rules.policy.offices}
        self.elsewhere = OfficeTerms(rules.terms(None))

    cdef OfficeTerms terms_of(self, const Case* case):
        return self.by_office.get(case.office.start[: case.office.size], self.elsewhere)

    cdef Found find(self, Case* case, long long now) except *:
        """Whether anything is due at an instant (ms), and the earliest deadline after it (ms), 0 for none.

        The due dates of the case, and which of its appointments are spent, are as of then.
        """
        cdef OfficeTerms terms = self.terms_of(case)
        cdef Found found = Found(now, 0, False)
        cdef Instant last_due = case.archived_due
        cdef View view
        cdef long long anchor
        view.is_stale = view.is_in_transit = view.is_booked = view.has_unsatisfied = False
        view.base = case.opened_since.at
        if at_liberty(case) and case.custody.since.is_set:
            view.base = max(view.base, case.custody.since.at)
        if case.has_transfer:
            see_transfer(case, &view)
        view.last_contact = case.last_contact.at if case.last_contact.is_set else LLONG_MIN
        see_bookings(case, &view, &last_due, self.early_window, self.max_ahead)
        see_hearings(case, &view, &last_due, self.max_ahead)
        case.is_in_transit = view.is_in_transit
        case.counts = case.officer.start is not NULL and not view.is_stale

        if self.enabled[NO_OFFICER] and (case.officer.start is NULL or view.is_stale):
            if not view.is_in_transit or not self.watches_transit:
                anchor = case.opened_since.at
                if case.officer.start is NULL and case.assignment.since.is_set:
                    anchor = max(anchor, case.assignment.since.at)
                if case.has_transfer and case.has_arrived:
                    anchor = max(anchor, case.transferred.at)
                add(&found, terms.later(NO_OFFICER, anchor))
        if self.enabled[IN_TRANSIT] and view.is_in_transit:
            add(&found, terms.later(IN_TRANSIT, max(view.in_transit_since, case.opened_since.at)))
        if self.enabled[HEARING_UNRESOLVED]:
            self.find_unresolved(case, terms, &found)
        if at_liberty(case):
            self.find_at_liberty(case, &view, &last_due, terms, &found)
        return found

    cdef int find_unresolved(self, const Case* case, OfficeTerms terms, Found* found) except -1:
        cdef Py_ssize_t place
        for place in range(case.hearings_due.count):
            if case.hearings_due.held[place] >= case.opened_since.at:
                add(found, terms.later(HEARING_UNRESOLVED, case.hearings_due.held[place]))
        return 0

    cdef int find_at_liberty(
        self, const Case* case, const View* view, const Instant* last_due, OfficeTerms terms, Found* found
    ) except -1:
        cdef long long anchor
        if self.enabled[HANDOFF_STALLED]:
            self.find_stalled(case, view, terms, found)
        if self.enabled[NOTHING_SCHEDULED]:
            anchor = view.base
            if case.last_settled.is_set:
                anchor = max(anchor, case.last_settled.at)
            if last_due.is_set:
                anchor = max(anchor, last_due.at)
            add(found, terms.later(NOTHING_SCHEDULED, anchor))
        if self.enabled[NOTICE_UNDELIVERABLE] and case.address_is_bad and case.address.since.is_set:
            add(found, terms.later(NOTICE_UNDELIVERABLE, max(case.address.since.at, view.base)))
        if self.enabled[CHECK_IN_OVERDUE] and view.has_unsatisfied:
            self.find_overdue(case, terms, found)
        if self.enabled[HEARING_MISSED]:
            self.find_missed(case, view, found)
        if self.enabled[NO_CONTACT] and not view.is_booked:
            anchor = max(view.base, view.last_contact)
            if case.agency_cancelled.is_set:
                anchor = max(anchor, case.agency_cancelled.at)
            add(found, terms.later(GRACE + case.level, terms.later(INTERVAL + case.level, anchor)))
        return 0

    cdef int find_stalled(self, const Case* case, const View* view, OfficeTerms terms, Found* found) except -1:
        cdef const Key* since = &case.assignment.since
        cdef Instant acknowledged
        if case.officer.start is NULL or not since.is_set or view.is_stale or view.last_contact >= since.at:
            return 0
        if are_equal(&case.first_assignment, since):
            return 0
        acknowledged = find_instant(&case.acknowledged, case.officer)
        if acknowledged.is_set and acknowledged.at >= since.at:
            return 0
        add(found, terms.later(HANDOFF_STALLED, max(since.at, view.base)))
        return 0

    cdef int find_overdue(self, const Case* case, OfficeTerms terms, Found* found) except -1:
        cdef Py_ssize_t place
        cdef const Appointment* booking
        cdef long long deadline
        for place in range(case.bookings.count):
            booking = &case.bookings.held[place]
            if booking.is_unsatisfied:
                deadline = terms.later(GRACE + case.level, booking.due)
                if booking.status != SCHEDULED and booking.key.is_set:
                    deadline = max(booking.due, min(deadline, booking.key.at))
                add(found, deadline)
        return 0

    cdef int find_missed(self, const Case* case, const View* view, Found* found) except -1:
        cdef Py_ssize_t place
        cdef const Appointment* hearing
        for place in range(case.hearings.count):
            hearing = &case.hearings.held[place]
            if hearing.status == MISSED and hearing.key.is_set:
                if hearing.key.at >= view.base and hearing.key.at > view.last_contact:
                    add(found, hearing.key.at)
        return 0
