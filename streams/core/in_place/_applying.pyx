# cython: language_level=3, boundscheck=False, wraparound=False
"""The most frequent events, applied to a packed case and judged in it, without Python objects for its fields."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLong
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp

from streams.core.in_place._case cimport *
from streams.core.in_place._deadlines cimport Found
from streams.core.in_place._events cimport *
from streams.core.in_place._fields cimport put_int, put_text, same
from streams.core.in_place._packing cimport EXTRA_ROOM, write_case
from streams.core.state._fields cimport field, place
from streams.core.state.last_judged cimport LoadContribution

from schemas import hot
from streams.core.load.restore_counts import NO_OFFICER as _NO_OFFICER
from streams.core.state.case_state import CUSTODIES, IN_TRANSIT as _IN_TRANSIT, ON_DOCKET as _ON_DOCKET
from streams.core.state.case_state import PLACE as _PLACE, AppointmentStatus
from streams.core.state.registers import APPLIERS
from streams.core.time.business_days import DAY_MS

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef long PLACE = _PLACE, ON_DOCKET = _ON_DOCKET, IN_TRANSIT = _IN_TRANSIT
cdef long long MONTH = 30 * DAY_MS
cdef str NO_OFFICER = _NO_OFFICER
cdef list NO_DATES = []
cdef Py_ssize_t LONGEST_ID = 900  # of an event, whose key has 1,024 bytes

BAD_ADDRESSES = {"valid": False, "missing": True, "undeliverable": True}


cdef class Reading:
    """Where the fields of one type of event lie, -1 for a field that it lacks."""

    cdef Kind kind
    cdef long long rank
    cdef long status
    cdef dict statuses
    cdef Py_ssize_t name, due, by, appeared, office, said

    def __init__(self, event, kind, name=None, status=0, said=None, statuses=None):
        def found(field):
            return place(event, field) if field in event.__struct_fields__ else -1

        self.kind, self.rank, self.status = kind, APPLIERS[event][1], status
        self.name = -1 if name is None else place(event, name)
        self.due, self.by, self.appeared, self.office = map(found, ("due_at", "by", "appeared", "office"))
        self.said = -1 if said is None else place(event, said)
        self.statuses = {} if statuses is None else {text: int(value) for text, value in statuses.items()}


cdef dict READINGS = {
    hot.CheckInScheduled: Reading(hot.CheckInScheduled, CHECK_IN_SCHEDULED, "check_in_id"),
    hot.CheckInCompleted: Reading(hot.CheckInCompleted, CHECK_IN_COMPLETED, "check_in_id"),
    hot.CheckInMissed: Reading(hot.CheckInMissed, CHECK_IN_MISSED, "check_in_id"),
    hot.CheckInCancelled: Reading(hot.CheckInCancelled, CHECK_IN_CANCELLED, "check_in_id"),
    hot.HearingScheduled: Reading(hot.HearingScheduled, HEARING_SCHEDULED, "hearing_id"),
    hot.HearingAdjourned: Reading(hot.HearingAdjourned, HEARING_STATUS, "hearing_id", AppointmentStatus.ADJOURNED),
    hot.HearingHeld: Reading(hot.HearingHeld, HEARING_STATUS, "hearing_id", AppointmentStatus.HELD),
    hot.HearingMissed: Reading(hot.HearingMissed, HEARING_STATUS, "hearing_id", AppointmentStatus.MISSED),
    hot.HearingCancelled: Reading(hot.HearingCancelled, HEARING_STATUS, "hearing_id", AppointmentStatus.CANCELLED),
    hot.OrderRescinded: Reading(hot.OrderRescinded, HEARING_STATUS, "hearing_id", AppointmentStatus.RESCINDED),
    hot.OfficerAssigned: Reading(hot.OfficerAssigned, OFFICER_ASSIGNED, "officer_id"),
    hot.OfficerUnassigned: Reading(hot.OfficerUnassigned, OFFICER_UNASSIGNED),
    hot.AssignmentAcknowledged: Reading(hot.AssignmentAcknowledged, ACKNOWLEDGED, "officer_id"),
    hot.CustodyChanged: Reading(hot.CustodyChanged, CUSTODY_CHANGED, said="custody", statuses=CUSTODIES),
    hot.AddressChanged: Reading(hot.AddressChanged, ADDRESS_CHANGED, said="status", statuses=BAD_ADDRESSES),
}
cdef Py_ssize_t EVENT_ID = place(hot.Event, "event_id")
cdef Py_ssize_t OCCURRED_AT = place(hot.Event, "occurred_at"), RECORDED_AT = place(hot.Event, "recorded_at")


cdef inline Slice utf8(object text) except *:
    cdef Slice found
    found.start = <const unsigned char*> PyUnicode_AsUTF8AndSize(text, &found.size)
    return found


cdef class InPlace:
    """Applies an event to a packed case if no alert stands and none follows.

    It leaves everything else to the case table, which unpacks the case and judges it.

    Args:
        rules: The policy.
        states: The cases.
        counts: Takes the due dates and deadlines of each case.
        timers: Takes its next timer.

    Attributes:
        applied: How many events it applied.
    """

    def __init__(self, rules, CaseStates states not None, PartitionCounts counts not None, Timers timers not None):
        self.causes = Deadlines(rules)
        self.states, self.counts, self.timers = states, counts, timers

    @staticmethod
    def of(rules, states, counts, timers):
        """The same, or None where one of these is not compiled."""
        if isinstance(states, CaseStates) and isinstance(counts, PartitionCounts) and isinstance(timers, Timers):
            return InPlace(rules, states, counts, timers)
        return None

    def __dealloc__(self):
        free(self.packed)
        free(self.archived)

    cpdef int apply(self, str case_id, event, long long at, dict deadlines_behind) except -2:
        """Apply an event at an instant (ms) and judge its case.

        Args:
            case_id: The case.
            event: The event.
            at: The instant.
            deadlines_behind: The cases whose next timer is an escalation.

        Returns:
            1 if the event changed anything, 0 if not, and -1 if nothing was done and the case table applies it.
        """
        cdef Case* case = &self.case
        cdef bytes packed
        cdef Counted before
        cdef long long timer
        cdef int changes
        cdef Found found
        cdef long docket_place
        if not self.read_event(event):
            return NOT_APPLIED
        packed = self.states.find_packed(case_id)  # which may pack it: not for an event that is not applied here
        if packed is None:
            return NOT_APPLIED
        if not read_case(case, <const unsigned char*> PyBytes_AS_STRING(packed), PyBytes_GET_SIZE(packed), at - MONTH):
            return NOT_APPLIED
        docket_place = case.shared & PLACE
        if docket_place < ON_DOCKET:
            return NOT_APPLIED
        if deadlines_behind and case_id in deadlines_behind:
            return NOT_APPLIED
        case.is_in_transit = docket_place == IN_TRANSIT
        timer = case.next_timer
        note(case, &before)
        changes = apply(case, &self.event)
        if changes == NOT_APPLIED:
            return NOT_APPLIED
        found = self.causes.find(case, at)
        if found.is_due:
            return NOT_APPLIED
        case.next_timer = found.next_timer
        case.shared = (case.shared & ~PLACE) | (IN_TRANSIT if case.is_in_transit else ON_DOCKET)
        self.count(case_id, at, &before, timer)
        self.states.replace(case_id, self.write(PyBytes_GET_SIZE(packed)))
        if timer != found.next_timer:
            self.timers.schedule(case_id, timer, found.next_timer)
        self.applied += 1
        return changes

    cdef bint read_event(self, event) except -1:
        found = READINGS.get(type(event))
        if found is None:
            return False
        cdef Reading reading = <Reading> found
        cdef Event* read = &self.event
        cdef unsigned char* end
        read.kind, read.status = reading.kind, reading.status
        read.key.is_set, read.key.tie = True, 0
        read.key.at, read.key.rank = PyLong_AsLongLong(field(event, OCCURRED_AT)), reading.rank
        read.key.lag = PyLong_AsLongLong(field(event, RECORDED_AT)) - read.key.at
        read.key.id = utf8(field(event, EVENT_ID))
        if read.key.id.size > LONGEST_ID:
            return False
        self.key[0] = 0x95
        end = put_int(put_int(put_int(&self.key[1], read.key.at), read.key.rank), read.key.lag)
        end = put_int(put_text(end, read.key.id), 0)
        read.key.packed = Slice(&self.key[0], end - &self.key[0])
        name = field(event, reading.name) if reading.name >= 0 else None
        read.name = read.office = Slice(NULL, 0)
        if name is not None:
            read.name = utf8(name)
        if reading.office >= 0:
            read.office = utf8(field(event, reading.office))
        if reading.said >= 0:
            read.status = reading.statuses[field(event, reading.said)]
        if reading.due >= 0:
            read.due = PyLong_AsLongLong(field(event, reading.due))
        read.by_agency = reading.by >= 0 and field(event, reading.by) == "agency"
        read.appeared = reading.appeared >= 0 and field(event, reading.appeared) == "yes"
        return True

    cdef bytes write(self, Py_ssize_t before):
        # a key and an officer that stood once may stand twice now
        cdef Event* event = &self.event
        cdef Py_ssize_t room = 2 * before + EXTRA_ROOM + 4 * (event.key.packed.size + event.name.size + event.office.size)
        cdef unsigned char* end
        if room > self.room:
            self.room = 0
            self.packed = grown(self.packed, 2 * room)
            self.archived = grown(self.archived, 2 * room)
            self.room = 2 * room
        end = write_case(&self.case, self.packed, self.archived, self.causes.max_ahead)
        return PyBytes_FromStringAndSize(<char*> self.packed, end - self.packed)

    cdef int count(self, str case_id, long long at, const Counted* before, long long deadline_before) except -1:
        """Replace what the case counts for its officer and its office, and note in it that it changed officers."""
        cdef Case* case = &self.case
        cdef Slice officer = officer_of_record(case)
        cdef bint same_officer = is_same_officer(before.officer, officer)
        cdef bint same_bookings, same_hearings
        if not same_officer or not counts_alike(before, case):
            self.recount(case_id, before, deadline_before)
            if not same_officer:
                case.move = Move(True, at, before.officer, officer)
                self.counts.move(at, text_of(before.officer), text_of(officer))
            return 0
        same_bookings = are_same(&before.bookings, &case.bookings_due)
        same_hearings = are_same(&before.hearings, &case.hearings_due)
        if same_bookings and same_hearings and deadline_before == case.next_timer:
            return 0
        self.counts.renew_dates(
            NO_OFFICER if officer.start is NULL else text_of(officer),
            text_of(case.office),
            before.at_liberty,
            NO_DATES if same_bookings else as_list(&before.bookings),
            NO_DATES if same_bookings else as_list(&case.bookings_due),
            NO_DATES if same_hearings else as_list(&before.hearings),
            NO_DATES if same_hearings else as_list(&case.hearings_due),
            deadline_before,
            case.next_timer,
        )
        return 0

    cdef int recount(self, str case_id, const Counted* before, long long deadline_before) except -1:
        cdef Case* case = &self.case
        cdef Counted after
        note(case, &after)
        self.counts.change(
            case_id,
            contribution(before, case.level),
            contribution(&after, case.level),
            deadline_before,
            case.next_timer,
        )
        return 0


cdef inline Slice officer_of_record(const Case* case) noexcept:
    return case.officer if case.counts else Slice(NULL, 0)


cdef void note(const Case* case, Counted* counted) noexcept:
    counted.officer = officer_of_record(case)
    counted.office, counted.since = case.office, case.assignment.since
    counted.at_liberty, counted.is_in_transit = at_liberty(case), case.is_in_transit
    counted.bookings, counted.hearings = case.bookings_due, case.hearings_due


cdef bint is_same_officer(Slice one, Slice other) noexcept:
    if one.start is NULL or other.start is NULL:
        return one.start is other.start
    return same(one, other)


cdef bint counts_alike(const Counted* before, const Case* case) noexcept:
    """Whether it counts as before but for its due dates and its officer."""
    return (
        before.at_liberty == at_liberty(case) and before.is_in_transit == case.is_in_transit
        and same(before.office, case.office) and are_equal(&before.since, &case.assignment.since)
    )


cdef LoadContribution contribution(const Counted* what, long level):
    cdef object since = None  # typed, because Cython's inference of it does not end
    if what.since.is_set:
        since = (what.since.at, what.since.rank, what.since.lag, text_of(what.since.id), what.since.tie)
    return LoadContribution(
        text_of(what.officer), text_of(what.office), since, what.at_liberty, level, 0,
        as_list(&what.bookings), as_list(&what.hearings), what.is_in_transit,
    )


cdef str text_of(Slice text):
    """The text, or None where there is none."""
    return None if text.start is NULL else text.start[: text.size].decode()


cdef unsigned char* grown(unsigned char* held, Py_ssize_t room) except NULL:
    cdef unsigned char* larger = <unsigned char*> realloc(held, room)
    if larger is NULL:
        raise MemoryError
    return larger


cdef inline bint are_same(const Dates* one, const Dates* other) noexcept:
    return one.count == other.count and memcmp(one.held, other.held, one.count * sizeof(long long)) == 0


cdef list as_list(const Dates* dates):
    return [dates.held[place] for place in range(dates.count)]
