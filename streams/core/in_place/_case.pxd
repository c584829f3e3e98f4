# cython: language_level=3
# One packed case, as `_case.pyx` reads it and writes it again.

from streams.core.in_place._fields cimport Slice

cdef enum:
    MOST = 32  # appointments of a kind; a case has a few, because the others are archived
    EXTRA_ROOM = 18 * MOST + 256  # bytes that a case may grow by, without what the event brings


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


ctypedef struct Case:
    long long next_timer
    bint counts
    long level
    Slice office
    Slice officer  # start is NULL without one
    Key assigned, assigned_again
    bint at_liberty, is_in_transit
    Key custody_since
    Dates bookings_due, hearings_due
    Py_ssize_t moves_count
    Slice moves  # the latest of them
    bint has_transfer, has_arrived
    Key transferred
    Slice transferred_to
    Key opened_since
    bint is_open
    bint address_is_bad
    Key address_since
    Key first_assignment
    bint is_first_assignment
    Slice acknowledged  # the whole map
    Slice new_acknowledged  # the officer that the event names; start is NULL without one
    long long new_acknowledged_at
    Slice arrived  # the whole map
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
    Slice head, middle, address, first_packed, arrived_packed, ended


cdef int compare(const Key* one, const Key* other) noexcept
cdef bint read_case(Case* case, const unsigned char* packed, Py_ssize_t size, long long moves_after) noexcept
cdef Instant find_instant(Slice instants, Slice name) noexcept
cdef unsigned char* write_case(
    const Case* case, unsigned char* at, unsigned char* scratch, long long max_ahead
) noexcept
cdef bint is_missed(const Appointment* appointment) noexcept
