# cython: language_level=3, boundscheck=False, wraparound=False
"""What `streams.core.load.plain_restore_counts` does in Python, in C: a state is read where it lies, as msgpack, field after field.

Of what is only counted no object is made. What cannot be read so is given to msgspec, whose error is the one shown.
"""

from array import array as _array

from cpython cimport array
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.limits cimport LLONG_MIN
from libc.stdlib cimport free, qsort, realloc

from streams.core.state.packed_state import SHARED_IS_LAST as _SHARED_IS_LAST, head_of, place_of
from streams.core.load.plain_restore_counts import NO_OFFICER as _NO_OFFICER
from streams.core.state.case_state import IN_TRANSIT as _IN_TRANSIT, ON_DOCKET as _ON_DOCKET

cdef str NO_OFFICER = _NO_OFFICER
cdef int ON_DOCKET = _ON_DOCKET, IN_TRANSIT = _IN_TRANSIT, SHARED_IS_LAST = _SHARED_IS_LAST

cdef enum:
    ARRIVALS_KEPT = 64
    FEW = 16  # for how many arrivals there is room at first
    FIELDS = 11  # of a CaseHead
    KEY = 5  # fields of a Key
    LEVELS = 4
    NONE = 0  # of Custody
    MOST_CAUSES = 62
    ESCALATED_AT = 5  # its place in a StandingAlert
    NIL = 0xC0
    FALSE = 0xC2
    TRUE = 0xC3

ctypedef struct Cursor:
    const unsigned char* at
    const unsigned char* end

ctypedef struct Coming:
    long long at  # when the assignment began (ms)
    PyObject* case_id  # which the cases hold, and the state with it
    PyObject* packed
    Py_ssize_t since, office  # where they begin in the state


cdef class OfficeRestoreCounts:
    """What the cases of one officer in one office add up to."""

    cdef readonly Py_ssize_t cases, in_transit
    cdef readonly list levels, causes, arrivals
    cdef readonly array.array held, free, hearings, deadlines
    cdef Coming* latest  # no object is made of what only might be among the latest
    cdef Py_ssize_t count, room
    cdef long long least  # what is earlier (ms) is not among them

    def __cinit__(self):
        self.cases = self.in_transit = 0
        self.levels = [0] * LEVELS
        self.causes, self.arrivals = [], []
        self.held, self.free, self.hearings, self.deadlines = _array("q"), _array("q"), _array("q"), _array("q")
        self.least = LLONG_MIN

    def __dealloc__(self):
        free(self.latest)

    cdef int arrive(self, str case_id, bytes packed, Cursor since, Cursor office) except -1:
        """Take an arrival into account."""
        cdef const unsigned char* begin = <const unsigned char*> PyBytes_AS_STRING(packed)
        cdef Py_ssize_t since_at = since.at - begin
        expect(elements(&since), KEY)
        cdef long long at = integer(&since)
        if at < self.least:
            return 0
        if self.count == self.room:
            self.make_room()
        self.latest[self.count] = Coming(at, <PyObject*> case_id, <PyObject*> packed, since_at, office.at - begin)
        self.count += 1
        return 0

    cdef int make_room(self) except -1:
        self.forget()
        cdef Py_ssize_t room = max(FEW, 2 * self.count)
        cdef Coming* larger = <Coming*> realloc(self.latest, room * sizeof(Coming))
        if larger is NULL:
            raise MemoryError
        self.latest, self.room = larger, room
        return 0

    cdef void forget(self) noexcept:
        """Forget what is earlier than so many others as are kept; which of those of one instant count is seen later."""
        if self.count > ARRIVALS_KEPT:
            qsort(self.latest, self.count, sizeof(Coming), &latest_first)
            self.least = self.latest[ARRIVALS_KEPT - 1].at
            while self.latest[self.count - 1].at < self.least:
                self.count -= 1

    cdef int finish(self) except -1:
        """Convert the latest arrivals to tuples."""
        cdef Py_ssize_t place
        self.forget()
        for place in range(self.count):
            packed = <bytes> self.latest[place].packed
            try:
                self.arrivals.append(arrival_of(&self.latest[place]))
            except ValueError as error:
                refuse(packed, error)
        self.arrivals.sort()
        del self.arrivals[:-ARRIVALS_KEPT]
        return 0


cdef class OfficerRestoreCounts:
    """What the cases of one officer add up to."""

    cdef readonly dict cells
    cdef readonly array.array assigned, unassigned

    def __cinit__(self):
        self.cells = {}
        self.assigned, self.unassigned = _array("q"), _array("q")

    cdef OfficeRestoreCounts cell(self, str office):
        found = self.cells.get(office)
        if found is None:
            found = self.cells[office] = OfficeRestoreCounts()
        return <OfficeRestoreCounts> found


cdef class RestoreCounts:
    """What all cases add up to."""

    cdef readonly array.array timers
    cdef readonly list standing, escalating, unplaced
    cdef readonly Py_ssize_t largest, unregistered
    cdef readonly dict officers

    def __init__(self, dict cases not None):
        self.timers, self.officers = _array("q"), {}
        self.standing, self.escalating, self.unplaced = [], [], []
        self.largest = self.unregistered = 0
        cdef str case_id
        cdef bytes packed
        for case_id, packed in cases.items():
            try:
                self.take(case_id, packed)
            except ValueError as error:
                refuse(packed, error)
        cdef OfficerRestoreCounts officer
        cdef OfficeRestoreCounts cell
        for officer in self.officers.values():
            for cell in officer.cells.values():
                cell.finish()

    cdef int take(self, str case_id, bytes packed) except -1:
        cdef const unsigned char* begin = <const unsigned char*> PyBytes_AS_STRING(packed)
        cdef Cursor at = Cursor(begin, begin + PyBytes_GET_SIZE(packed))

        self.largest = max(self.largest, PyBytes_GET_SIZE(packed))
        expect(elements(&at), FIELDS)
        cdef long long next_timer = integer(&at)
        push(self.timers, next_timer)
        self.unregistered += not truth(&at)
        cdef bint counts = truth(&at)
        cdef long long level = integer(&at)
        if not 0 <= level < LEVELS:
            raise ValueError(f"there is no level {level}")
        cdef Cursor office = at
        skip(&at, 1)

        cdef Py_ssize_t fields = elements(&at)
        expect(fields, 2)
        cdef Cursor name = at
        counts = counts and not is_nil(&at)
        skip(&at, 1)
        cdef Cursor since = at
        counts = counts and not is_nil(&at)
        skip(&at, fields - 1)
        fields = elements(&at)
        expect(fields, 1)
        cdef bint at_liberty = integer(&at) == NONE
        skip(&at, fields - 1)

        cdef bint escalates = False
        cdef long long causes = causes_of(&at, &escalates)
        if causes:
            self.standing.append(case_id)
        if escalates:
            self.escalating.append(case_id)
        cdef Cursor named
        cdef Py_ssize_t size = PyBytes_GET_SIZE(packed)
        # as `place_of` reads it
        cdef int where = begin[size - 1] & IN_TRANSIT if begin[2] == SHARED_IS_LAST else place_of(packed)
        if not where:
            self.unplaced.append(case_id)
        cdef OfficeRestoreCounts cell
        if counts or where >= ON_DOCKET:
            named = office  # reading moves on, and an arrival tells where its office begins
            cell = self.officer(text(&name) if counts else NO_OFFICER).cell("" if is_nil(&named) else text(&named))
            cell.cases += 1
            cell.in_transit += where == IN_TRANSIT
            if at_liberty:
                cell.levels[level] += 1
            if causes:
                cell.causes.append(causes)
            if counts:
                cell.arrive(case_id, packed, since, office)
            take_dues(&at, cell.free if at_liberty else cell.held)
            take_dues(&at, cell.hearings)
            if next_timer and not escalates:
                push(cell.deadlines, next_timer)
        else:
            skip(&at, 2)
        return self.take_moves(&at)

    cdef int take_moves(self, Cursor* at) except -1:
        """Read when the case came to officers, and left them."""
        cdef long long instant
        for _ in range(elements(at)):
            expect(elements(at), 3)
            instant = integer(at)
            if is_nil(at):
                skip(at, 1)
            else:
                push(self.officer(text(at)).unassigned, instant)
            if is_nil(at):
                skip(at, 1)
            else:
                push(self.officer(text(at)).assigned, instant)
        return 0

    cdef OfficerRestoreCounts officer(self, str name):
        found = self.officers.get(name)
        if found is None:
            found = self.officers[name] = OfficerRestoreCounts()
        return <OfficerRestoreCounts> found


cdef tuple arrival_of(const Coming* coming):
    cdef bytes packed = <bytes> coming.packed
    cdef const unsigned char* begin = <const unsigned char*> PyBytes_AS_STRING(packed)
    cdef const unsigned char* end = begin + PyBytes_GET_SIZE(packed)
    cdef Cursor since = Cursor(begin + coming.since, end), office = Cursor(begin + coming.office, end)
    elements(&since)
    key = integer(&since), integer(&since), integer(&since), text(&since), integer(&since)
    return key, <str> coming.case_id, "" if is_nil(&office) else text(&office)


cdef int latest_first(const void* one, const void* other) noexcept nogil:
    cdef long long left = (<const Coming*> one).at, right = (<const Coming*> other).at
    return (left < right) - (left > right)


cdef int refuse(bytes packed, object error) except -1:
    """Raise msgspec's error; where it has none, this one."""
    head_of(packed)
    raise ValueError(f"a state is not packed as this program packs it: {error}") from None


cdef long long causes_of(Cursor* at, bint* escalates) except? -1:
    """Read the alerts that stand; the bit set of their causes, 0 when none does, and whether one is not critical yet."""
    cdef long long causes = 0, cause
    cdef Py_ssize_t fields
    for _ in range(elements(at)):
        fields = elements(at)
        expect(fields, ESCALATED_AT + 1)
        cause = integer(at)
        if not 0 <= cause <= MOST_CAUSES:
            raise ValueError(f"there is no cause {cause}")
        causes |= 1LL << cause
        skip(at, ESCALATED_AT - 1)
        escalates[0] = escalates[0] or is_nil(at)
        skip(at, fields - ESCALATED_AT)
    return causes


cdef int take_dues(Cursor* at, array.array into) except -1:
    """Read due dates (ms)."""
    for _ in range(elements(at)):
        push(into, integer(at))
    return 0


cdef inline int push(array.array into, long long instant) except -1:
    cdef Py_ssize_t count = len(into)
    array.resize_smart(into, count + 1)
    into.data.as_longlongs[count] = instant
    return 0


cdef int expect(Py_ssize_t count, Py_ssize_t least) except -1:
    if count < least:
        raise ValueError(f"{count} fields where there are at least {least}")
    return 0


cdef inline int byte(Cursor* at) except -1:
    if at.at >= at.end:
        raise ValueError("it ends too early")
    cdef int found = at.at[0]
    at.at += 1
    return found


cdef inline bint is_nil(const Cursor* at) noexcept:
    return at.at < at.end and at.at[0] == NIL


cdef inline bint truth(Cursor* at) except -1:
    cdef int kind = byte(at)
    if kind != TRUE and kind != FALSE:
        raise ValueError(f"{kind:#x} begins no truth value")
    return kind == TRUE


cdef inline unsigned long long number(Cursor* at, int size) except? 1:
    """Of so many bytes, the greatest first."""
    cdef unsigned long long found = 0
    if at.end - at.at < size:
        raise ValueError("it ends too early")
    for _ in range(size):
        found = found << 8 | at.at[0]
        at.at += 1
    return found


cdef inline long long integer(Cursor* at) except? -1:
    cdef int kind = byte(at)
    if kind <= 0x7F:
        return kind
    if kind >= 0xE0:
        return kind - 0x100
    if 0xCC <= kind <= 0xCF:
        return <long long> number(at, 1 << (kind - 0xCC))
    if kind == 0xD0:
        return <signed char> number(at, 1)
    if kind == 0xD1:
        return <short> number(at, 2)
    if kind == 0xD2:
        return <int> number(at, 4)
    if kind == 0xD3:
        return <long long> number(at, 8)
    raise ValueError(f"{kind:#x} begins no integer")


cdef inline Py_ssize_t elements(Cursor* at) except -1:
    """Read the head of an array: how many elements follow."""
    cdef int kind = byte(at)
    if 0x90 <= kind <= 0x9F:
        return kind & 0x0F
    if kind == 0xDC or kind == 0xDD:
        return <Py_ssize_t> number(at, 2 << (kind - 0xDC))
    raise ValueError(f"{kind:#x} begins no array")


cdef inline Py_ssize_t length(Cursor* at, int kind) except -1:
    """Of a text, whose first byte was read: how many bytes follow, which are there."""
    cdef unsigned long long size
    if 0xA0 <= kind <= 0xBF:
        size = kind & 0x1F
    elif 0xD9 <= kind <= 0xDB:
        size = number(at, 1 << (kind - 0xD9))
    else:
        raise ValueError(f"{kind:#x} begins no text")
    if <unsigned long long> (at.end - at.at) < size:
        raise ValueError("it ends too early")
    return <Py_ssize_t> size


cdef inline str text(Cursor* at):
    cdef Py_ssize_t size = length(at, byte(at))
    found = PyUnicode_DecodeUTF8(<const char*> at.at, size, NULL)
    at.at += size
    return found


cdef int skip(Cursor* at, Py_ssize_t count) except -1:
    """Pass over so many values, whatever they are."""
    cdef int kind
    while count > 0:
        count -= 1
        kind = byte(at)
        if kind <= 0x7F or kind >= 0xE0 or kind == NIL or kind == TRUE or kind == FALSE:
            continue
        at.at -= 1
        if 0x90 <= kind <= 0x9F or kind == 0xDC or kind == 0xDD:
            count += elements(at)
        elif 0xCC <= kind <= 0xD3:
            integer(at)
        else:
            byte(at)
            at.at += length(at, kind)
    return 0
