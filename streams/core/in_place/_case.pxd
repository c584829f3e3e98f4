# cython: language_level=3
# One packed case, as `_case.pyx` reads it.

from streams.core.in_place._fields cimport Reader, Slice

cdef enum:
    MOST = 32  # appointments of a kind; a case has a few, because the others are archived


ctypedef struct Key:
    bint is_set
    long long at, rank, lag, tie
    Slice id
    Slice packed


ctypedef struct Appointment:
    Slice name
    Slice packed  # as it was read; empty once it is another
    long status
    Key key
    bint has_due
    long long due
    Key scheduled
    bint has_completed
    long long completed
    bint is_spent, is_unsatisfied


ctypedef struct Appointments:
    Appointment[MOST] held
    Py_ssize_t count
    bint is_changed
    Slice packed


ctypedef struct Dates:
    long long[MOST] held
    Py_ssize_t count


ctypedef struct Latest:
    bint is_set
    long long at
    Slice ids


ctypedef struct Instant:
    bint is_set
    long long at


ctypedef struct Register:
    Key since, repeated
    bint disputed


ctypedef struct Instants:
    Slice packed  # the whole map
    Slice name  # of the entry that the event sets; start is NULL without one
    long long at


ctypedef struct Move:
    bint is_made
    long long at
    Slice before, after  # start is NULL without an officer


ctypedef struct Case:
    long long next_timer
    bint counts  # it has an officer of record
    long level
    Slice office
    Slice officer  # start is NULL without one
    Register assignment
    long custody_kind
    Register custody
    bint is_in_transit
    Dates bookings_due, hearings_due
    Py_ssize_t moves_count
    Slice moves  # the latest of them
    Move move  # which the event made
    bint has_transfer, has_arrived
    Key transferred
    Slice transferred_to
    Key office_key
    Key opened_since
    bint address_is_bad
    Register address
    Key first_assignment
    Instants acknowledged, arrived
    Appointments bookings, hearings
    Slice archived
    long long archived_count
    Instant archived_due
    Latest last_contact
    Instant last_unnamed
    Latest last_settled
    Latest agency_cancelled
    long shared
    # what no event of these types changes; copied as it is
    Slice transfer, lifecycle, ended


cdef int compare(const Key* one, const Key* other) noexcept
cdef bint read_case(Case* case, const unsigned char* packed, Py_ssize_t size, long long moves_after) noexcept
cdef bint at_liberty(const Case* case) noexcept
cdef bint are_equal(const Key* one, const Key* other) noexcept
cdef Instant find_instant(const Instants* instants, Slice name) noexcept
cdef Instant find_packed(Slice instants, Slice name) noexcept
cdef Reader reader_of(Slice packed) noexcept
cdef bint is_missed(const Appointment* appointment) noexcept
