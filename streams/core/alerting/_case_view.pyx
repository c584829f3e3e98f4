# cython: language_level=3, wraparound=False
"""What `streams.core.alerting.causes.plain_case_view` and `streams.core.alerting.plain_conditions` do in Python, in C.

The fields of a state are read where they lie in it: asked for one by name, C looks it up in the type each time.
"""

cimport cython
from cpython.long cimport PyLong_AsLongLong
from libc.limits cimport LLONG_MIN

from streams.core.state._fields cimport field, place, sure

from schemas.alerts import Cause
from schemas.instants import BEFORE_ALL_TIME as _BEFORE_ALL
from streams.core.policy.rules import CAUSE_INDEX, CAUSES, Terms
from streams.core.state.case_state import Appointment, CaseState, Custody, Latest, Lifecycle, AppointmentStatus, Transfer
from streams.core.state.statements import Register

cdef long long BEFORE_ALL_TIME = _BEFORE_ALL

cdef long SCHEDULED = AppointmentStatus.SCHEDULED, MISSED = AppointmentStatus.MISSED, BY_PERSON = AppointmentStatus.CANCELLED_BY_PERSON
cdef long NONE = Custody.NONE, OPEN = Lifecycle.OPEN

cdef int NO_OFFICER = CAUSE_INDEX[Cause.NO_OFFICER]
cdef int IN_TRANSIT = CAUSE_INDEX[Cause.IN_TRANSIT]
cdef int HANDOFF_STALLED = CAUSE_INDEX[Cause.HANDOFF_STALLED]
cdef int NOTHING_SCHEDULED = CAUSE_INDEX[Cause.NOTHING_SCHEDULED]
cdef int NOTICE_UNDELIVERABLE = CAUSE_INDEX[Cause.NOTICE_UNDELIVERABLE]
cdef int HEARING_UNRESOLVED = CAUSE_INDEX[Cause.HEARING_UNRESOLVED]
cdef int CHECK_IN_OVERDUE = CAUSE_INDEX[Cause.CHECK_IN_OVERDUE]
cdef int HEARING_MISSED = CAUSE_INDEX[Cause.HEARING_MISSED]
cdef int NO_CONTACT = CAUSE_INDEX[Cause.NO_CONTACT]
assert len(CAUSES) == ALL_CAUSES


# ---- where fields lie ---------------------------------------------------------------------------------


cdef object STATE = CaseState, REGISTER = Register, APPOINTMENT = Appointment, LATEST = Latest, MOVED = Transfer
cdef object TERMS = Terms

cdef Py_ssize_t LEVEL = place(CaseState, "level"), OPENED = place(CaseState, "opened")
cdef Py_ssize_t ASSIGNMENT = place(CaseState, "assignment"), CUSTODY = place(CaseState, "custody")
cdef Py_ssize_t LIFECYCLE = place(CaseState, "lifecycle"), ADDRESS = place(CaseState, "address_is_bad")
cdef Py_ssize_t TRANSFER = place(CaseState, "transfer"), FIRST_ASSIGNMENT = place(CaseState, "first_assignment")
cdef Py_ssize_t ACK = place(CaseState, "ack"), ARRIVED = place(CaseState, "arrived")
cdef Py_ssize_t BOOKINGS = place(CaseState, "bookings"), HEARINGS = place(CaseState, "hearings")
cdef Py_ssize_t ARCHIVED_DUE = place(CaseState, "archived_due"), LAST_CONTACT = place(CaseState, "last_contact")
cdef Py_ssize_t LAST_UNNAMED = place(CaseState, "last_unnamed"), LAST_SETTLED = place(CaseState, "last_settled")
cdef Py_ssize_t AGENCY_CANCELLED = place(CaseState, "agency_cancelled")
cdef Py_ssize_t VALUE = place(Register, "value"), SINCE = place(Register, "since")
cdef Py_ssize_t REPEATED = place(Register, "repeated")
cdef Py_ssize_t STATUS = place(Appointment, "status"), KEY = place(Appointment, "key")
cdef Py_ssize_t DUE = place(Appointment, "due"), RESCHEDULED = place(Appointment, "scheduled")
cdef Py_ssize_t COMPLETED = place(Appointment, "completed")
cdef Py_ssize_t AT = place(Latest, "at")
cdef Py_ssize_t MOVED_KEY = place(Transfer, "key"), MOVED_IN = place(Transfer, "arrived")
cdef Py_ssize_t MOVED_TO = place(Transfer, "office")
cdef Py_ssize_t AFTER = place(Terms, "after"), GRACE = place(Terms, "grace"), INTERVAL = place(Terms, "interval")


cdef inline object register_at(object state, Py_ssize_t at):
    return sure(field(state, at), REGISTER)


cdef inline object transfer_of(object state):
    found = field(state, TRANSFER)
    return None if found is None else sure(found, MOVED)


cdef inline long long instant(object key) except? -1:
    """When a fact happened (ms), by its key."""
    return PyLong_AsLongLong((<tuple?> key)[0])


cdef inline long long of_latest(object state, Py_ssize_t at) except? -1:
    """When (ms) the latest event of a kind happened; BEFORE_ALL_TIME when none did."""
    found = field(state, at)
    return BEFORE_ALL_TIME if found is None else PyLong_AsLongLong(field(sure(found, LATEST), AT))


cdef inline bint is_missed(object appointment, long status) except -1:
    if status != BY_PERSON:
        return status == MISSED
    key, due = field(appointment, KEY), field(appointment, DUE)
    return key is not None and due is not None and instant(key) >= PyLong_AsLongLong(due)


# ---- a case as the causes see it ----------------------------------------------------------------------


@cython.no_gc
@cython.freelist(4)
cdef class OpenCaseView:
    """One open case, seen under a policy. It does not depend on the clock."""

    def __init__(self, state, long long open_since, rules):
        self.state = sure(state, STATE)
        self.open_since = self.base = open_since
        self.watches_transit = rules.watches_transit
        custody = register_at(state, CUSTODY)
        self.at_liberty = PyLong_AsLongLong(field(custody, VALUE)) == NONE
        since = field(custody, SINCE)
        if self.at_liberty and since is not None:
            self.base = max(open_since, instant(since))
        transfer = transfer_of(state)
        if transfer is not None:
            self.see_transfer(transfer)
        self.last_contact = of_latest(state, LAST_CONTACT)
        self.last_due = field(state, ARCHIVED_DUE)
        self.unsatisfied, self.hearings_ahead, self.spent = [], [], []
        self.bookings_due, self.hearings_due = [], []
        cdef dict bookings = <dict?> field(state, BOOKINGS), hearings = <dict?> field(state, HEARINGS)
        cdef long long max_ahead
        if bookings or hearings:
            max_ahead = rules.max_ahead
            if bookings:
                self.see_bookings(bookings, rules.early_window, max_ahead)
                self.bookings_due.sort()
            if hearings:
                self.see_hearings(hearings, max_ahead)
                self.hearings_due.sort()

    cdef int see_transfer(self, object transfer) except -1:
        key = field(transfer, MOVED_KEY)
        cdef long long at = instant(key)
        if field(transfer, MOVED_IN):
            assignment = register_at(self.state, ASSIGNMENT)
            last = field(assignment, REPEATED) or field(assignment, SINCE)
            self.is_stale = field(assignment, VALUE) is not None and last is not None and last < key
        else:
            arrived = (<dict?> field(self.state, ARRIVED)).get(field(transfer, MOVED_TO))
            if arrived is None or PyLong_AsLongLong(arrived) < at:
                self.in_transit_since = at
        return 0

    cdef int see_bookings(self, dict bookings, long long early_window, long long max_ahead) except -1:
        last_unnamed = field(self.state, LAST_UNNAMED)
        cdef long long unnamed = BEFORE_ALL_TIME if last_unnamed is None else PyLong_AsLongLong(last_unnamed)
        cdef long long due, scheduled
        cdef long status
        cdef bint is_near
        for name, booking in bookings.items():
            sure(booking, APPOINTMENT)
            status = PyLong_AsLongLong(field(booking, STATUS))
            if status == SCHEDULED:
                key = field(booking, KEY)
            elif is_missed(booking, status):
                key = field(booking, RESCHEDULED)
            else:
                self.spent.append((False, name))
                continue
            date, completed = field(booking, DUE), field(booking, COMPLETED)
            if date is None or key is None:
                continue
            due, scheduled = PyLong_AsLongLong(date), instant(key)
            is_near = due <= scheduled + max_ahead
            if is_near:
                self.see_due(date, due)
            if self.last_contact >= due or (completed is not None and PyLong_AsLongLong(completed) >= scheduled):
                self.spent.append((False, name))  # for good: both instants only grow
                continue
            if due < self.base or unnamed >= due - early_window:
                continue
            self.unsatisfied.append((name, booking))
            self.bookings_due.append(date)
            self.is_booked = self.is_booked or is_near
        return 0

    cdef int see_hearings(self, dict hearings, long long max_ahead) except -1:
        cdef long long due
        cdef long status
        for name, hearing in hearings.items():
            sure(hearing, APPOINTMENT)
            status = PyLong_AsLongLong(field(hearing, STATUS))
            key = field(hearing, KEY)
            if status != SCHEDULED:
                if status != MISSED or key is None or self.last_contact >= instant(key):
                    self.spent.append((True, name))
                continue
            date = field(hearing, DUE)
            due = PyLong_AsLongLong(date)
            self.hearings_ahead.append((name, hearing))
            self.hearings_due.append(date)
            if due <= instant(key) + max_ahead:
                self.see_due(date, due)
        return 0

    cdef int see_due(self, object date, long long due) except -1:
        if self.last_due is None or due > PyLong_AsLongLong(self.last_due):
            self.last_due = date
        return 0


def view_of(state, rules):
    """The case as the causes see it; None while it is not open, or was never registered by a case_opened."""
    lifecycle = register_at(sure(state, STATE), LIFECYCLE)
    since = field(lifecycle, SINCE)
    if since is None or PyLong_AsLongLong(field(lifecycle, VALUE)) != OPEN or not field(state, OPENED):
        return None
    return OpenCaseView(state, instant(since), rules)


# ---- what holds for it --------------------------------------------------------------------------------


@cython.no_gc
@cython.freelist(4)
cdef class Found:
    """What holds, as far as it is due, and when the next of it will be."""

    cdef object terms
    cdef list due
    cdef long long at, next_timer

    def __cinit__(self, terms, long long at):
        self.terms, self.at = sure(terms, TERMS), at
        self.due, self.next_timer = [], 0

    cdef int after(self, int cause, object instance, long long anchor) except -1:
        """It holds, and its deadline is so much later as the policy says."""
        deadline = (<tuple?> field(self.terms, AFTER))[cause](anchor)
        return self.add(cause, instance, anchor, PyLong_AsLongLong(deadline))

    cdef int add(self, int cause, object instance, long long anchor, long long deadline) except -1:
        if deadline <= self.at:
            self.due.append((cause, instance, anchor, deadline))
        elif not self.next_timer or deadline < self.next_timer:
            self.next_timer = deadline
        return 0


cdef class CauseConditions:
    """The conditions of the causes that are enabled.

    Args:
        enabled: Whether each is, in contract order.
    """

    def __init__(self, enabled):
        for cause, is_enabled in zip(range(ALL_CAUSES), enabled, strict=True):
            self.enabled[<int> cause] = is_enabled

    cpdef tuple due(self, OpenCaseView view, terms, long long at):
        """What holds with a deadline up to an instant (ms), and the earliest deadline after it (ms), 0 for none."""
        if view is None:
            raise TypeError("None where a view is")
        cdef Found found = Found(terms, at)
        if self.enabled[NO_OFFICER]:
            find_no_officer(view, found)
        if self.enabled[IN_TRANSIT] and view.in_transit_since is not None:
            found.after(IN_TRANSIT, None, max(PyLong_AsLongLong(view.in_transit_since), view.open_since))
        if self.enabled[HANDOFF_STALLED] and view.at_liberty:
            find_handoff_stalled(view, found)
        if self.enabled[NOTHING_SCHEDULED] and view.at_liberty:
            find_nothing_scheduled(view, found)
        if self.enabled[NOTICE_UNDELIVERABLE] and view.at_liberty:
            find_notice_undeliverable(view, found)
        if self.enabled[HEARING_UNRESOLVED]:
            find_hearing_unresolved(view, found)
        if self.enabled[CHECK_IN_OVERDUE] and view.at_liberty and view.unsatisfied:
            find_check_in_overdue(view, found)
        if self.enabled[HEARING_MISSED] and view.at_liberty:
            find_hearing_missed(view, found)
        if self.enabled[NO_CONTACT] and view.at_liberty and not view.is_booked:
            find_no_contact(view, found)
        return found.due, found.next_timer


cdef int find_no_officer(OpenCaseView view, Found found) except -1:
    assignment = register_at(view.state, ASSIGNMENT)
    transfer = transfer_of(view.state)
    cdef bint is_assigned = field(assignment, VALUE) is not None
    if is_assigned and not view.is_stale:
        return 0
    if view.in_transit_since is not None and view.watches_transit:
        return 0
    cdef long long anchor = view.open_since
    since = field(assignment, SINCE)
    if not is_assigned and since is not None:
        anchor = max(anchor, instant(since))
    if transfer is not None and field(transfer, MOVED_IN):
        anchor = max(anchor, instant(field(transfer, MOVED_KEY)))
    return found.after(NO_OFFICER, None, anchor)


cdef int find_handoff_stalled(OpenCaseView view, Found found) except -1:
    assignment = register_at(view.state, ASSIGNMENT)
    officer, since = field(assignment, VALUE), field(assignment, SINCE)
    if officer is None or since is None or view.is_stale:
        return 0
    first = field(view.state, FIRST_ASSIGNMENT)
    if since is first or since == first:
        return 0
    cdef long long at = instant(since)
    if view.last_contact >= at:
        return 0
    acknowledged = (<dict?> field(view.state, ACK)).get(officer)
    if acknowledged is not None and PyLong_AsLongLong(acknowledged) >= at:
        return 0
    return found.after(HANDOFF_STALLED, None, max(at, view.base))


cdef int find_nothing_scheduled(OpenCaseView view, Found found) except -1:
    cdef long long anchor = max(view.base, of_latest(view.state, LAST_SETTLED))
    if view.last_due is not None:
        anchor = max(anchor, PyLong_AsLongLong(view.last_due))
    return found.after(NOTHING_SCHEDULED, None, anchor)


cdef int find_notice_undeliverable(OpenCaseView view, Found found) except -1:
    address = register_at(view.state, ADDRESS)
    since = field(address, SINCE)
    if field(address, VALUE) and since is not None:
        found.after(NOTICE_UNDELIVERABLE, None, max(instant(since), view.base))
    return 0


cdef int find_hearing_unresolved(OpenCaseView view, Found found) except -1:
    cdef long long due
    for name, hearing in view.hearings_ahead:
        due = PyLong_AsLongLong(field(hearing, DUE))
        if due >= view.open_since:
            found.after(HEARING_UNRESOLVED, name, due)
    return 0


cdef int find_check_in_overdue(OpenCaseView view, Found found) except -1:
    grace = (<tuple?> field(found.terms, GRACE))[PyLong_AsLongLong(field(view.state, LEVEL))]
    cdef long long due, deadline, least = LLONG_MIN, least_due = 0
    least_name = None
    for name, booking in view.unsatisfied:
        due = PyLong_AsLongLong(field(booking, DUE))
        deadline = PyLong_AsLongLong(grace(due))
        key = field(booking, KEY)
        if PyLong_AsLongLong(field(booking, STATUS)) != SCHEDULED and key is not None:
            deadline = max(due, min(deadline, instant(key)))
        if least_name is None or (deadline, due, name) < (least, least_due, least_name):
            least, least_due, least_name = deadline, due, name
    return found.add(CHECK_IN_OVERDUE, least_name, least_due, least)


cdef int find_hearing_missed(OpenCaseView view, Found found) except -1:
    cdef long long at
    for name, hearing in (<dict?> field(view.state, HEARINGS)).items():
        key = field(hearing, KEY)
        if PyLong_AsLongLong(field(hearing, STATUS)) != MISSED or key is None:
            continue
        at = instant(key)
        if at >= view.base and at > view.last_contact:
            found.add(HEARING_MISSED, name, at, at)
    return 0


cdef int find_no_contact(OpenCaseView view, Found found) except -1:
    cdef long long anchor = max(view.base, view.last_contact, of_latest(view.state, AGENCY_CANCELLED))
    cdef Py_ssize_t level = PyLong_AsLongLong(field(view.state, LEVEL))
    interval, grace = (<tuple?> field(found.terms, INTERVAL))[level], (<tuple?> field(found.terms, GRACE))[level]
    return found.add(NO_CONTACT, None, anchor, PyLong_AsLongLong(grace(interval(anchor))))
