# cython: language_level=3, boundscheck=False, wraparound=False
"""What `streams.core.load.plain_due_dates` does in Python, in C: the same stretches, each a sorted array of 8 bytes a date."""

from cpython cimport array
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcpy, memmove

from schemas.instants import AFTER_ALL_TIME

cdef long long NEVER = AFTER_ALL_TIME
cdef long long DAY_MS = 86_400_000
cdef long long[3] SPANS = [0, 7 * DAY_MS, 30 * DAY_MS]

cdef enum:
    SHIFT = 30

cdef class DueDates:
    """A multiset of instants (ms)."""

    def __dealloc__(self):
        for place in range(self.count):
            free(self.stretches[place].dates)
        free(self.stretches)

    @classmethod
    def of(cls, array.array dues not None):
        """All of these (typecode "q"), in any order."""
        cdef DueDates made = cls()
        cdef array.array ordered = array.copy(dues)
        cdef long long* dates = ordered.data.as_longlongs
        cdef Py_ssize_t count = len(ordered), start = 0, end
        if ordered.typecode != "q":
            raise TypeError(f"dates of type {ordered.typecode}")
        qsort(dates, count, sizeof(long long), &by_date)
        while start < count:
            end = start + 1
            while end < count and dates[end] >> SHIFT == dates[start] >> SHIFT:
                end += 1
            made.make(made.count, dates[start] >> SHIFT)
            make_room(&made.stretches[made.count - 1], end - start)
            memcpy(made.stretches[made.count - 1].dates, dates + start, (end - start) * sizeof(long long))
            made.stretches[made.count - 1].count = end - start
            start = end
        return made

    def add(self, long long due):
        """Put one in."""
        self.put(due)

    def remove(self, long long due):
        """Take one out that was put in."""
        self.take(due)

    cpdef exchange(self, list before, list after):
        """Take out those that were put in, and put in others; both ascending, most of them nearly always the same."""
        cdef Py_ssize_t gone = 0, come = 0, all_gone = len(before), all_come = len(after)
        cdef long long old, new
        while gone < all_gone and come < all_come:
            old, new = before[gone], after[come]
            if old == new:
                gone += 1
                come += 1
            elif old < new:
                self.take(old)
                gone += 1
            else:
                self.put(new)
                come += 1
        for gone in range(gone, all_gone):
            self.take(before[gone])
        for come in range(come, all_come):
            self.put(after[come])

    cpdef move(self, long long before, long long after):
        """Take one out, 0 for none, and put another in, 0 for none."""
        if before != after:
            if before:
                self.take(before)
            if after:
                self.put(after)

    cdef int put(self, long long due) except -1:
        cdef long long number = due >> SHIFT
        cdef Py_ssize_t place = self.place_of(number)
        if place == self.count or self.stretches[place].number != number:
            self.make(place, number)
        cdef Stretch* held = &self.stretches[place]
        if held.count == held.room:
            make_room(held, held.room + (held.room >> 3) + 2)
        cdef Py_ssize_t at = first_from(held, due)
        memmove(held.dates + at + 1, held.dates + at, (held.count - at) * sizeof(long long))
        held.dates[at] = due
        held.count += 1
        return 0

    cdef int take(self, long long due) except -1:
        cdef long long number = due >> SHIFT
        cdef Py_ssize_t place = self.place_of(number)
        if place == self.count or self.stretches[place].number != number:
            raise KeyError(number)
        cdef Stretch* held = &self.stretches[place]
        cdef Py_ssize_t at = first_from(held, due)
        if at == held.count:
            raise IndexError(due)
        held.count -= 1
        memmove(held.dates + at, held.dates + at + 1, (held.count - at) * sizeof(long long))
        if not held.count:
            free(held.dates)
            self.count -= 1
            memmove(held, held + 1, (self.count - place) * sizeof(Stretch))
        return 0

    cpdef (Py_ssize_t, Py_ssize_t, long long) count_within(self, long long c) noexcept:
        """How many lie in [c, c + 7 days) and in [c, c + 30 days), and until when that is sure.

        Returns:
            The two numbers, and an instant (ms) before which they stay as they are if nothing is put in or taken out.
        """
        cdef Py_ssize_t[3] counts
        cdef long long until = self.count_before(c, 3, counts)
        return counts[1] - counts[0], counts[2] - counts[0], until

    cpdef (Py_ssize_t, long long) within_week(self, long long c) noexcept:
        """How many lie in [c, c + 7 days), and until when that is sure, as `count_within` says it."""
        cdef Py_ssize_t[3] counts
        cdef long long until = self.count_before(c, 2, counts)
        return counts[1] - counts[0], until

    cpdef list before_each(self, list bounds):
        """How many lie before each of these ascending instants (ms), without those in stretches before the first's."""
        cdef long long at = bounds[0]
        cdef Py_ssize_t place = self.place_of(at >> SHIFT), whole = 0, within
        cdef list counts = []
        for bound in bounds:
            at = bound
            while place < self.count and self.stretches[place].number < at >> SHIFT:
                whole += self.stretches[place].count
                place += 1
            within = 0
            if place < self.count and self.stretches[place].number == at >> SHIFT:
                within = first_from(&self.stretches[place], at)
            counts.append(whole + within)
        return counts

    cdef long long count_before(self, long long c, int spans, Py_ssize_t* counts) noexcept:
        """How many lie before each span after c, of some stretches on; until when the differences are sure."""
        cdef Py_ssize_t place = self.place_of(c >> SHIFT), whole = 0, within
        cdef long long until = NEVER, at, following
        cdef int span
        for span in range(spans):
            at = c + SPANS[span]
            while place < self.count and self.stretches[place].number < at >> SHIFT:
                whole += self.stretches[place].count
                place += 1
            within = 0
            following = NEVER
            if place < self.count and self.stretches[place].number == at >> SHIFT:
                within = first_from(&self.stretches[place], at)
                if within < self.stretches[place].count:
                    following = self.stretches[place].dates[within]
                elif place + 1 < self.count:
                    following = self.stretches[place + 1].dates[0]
            elif place < self.count:
                following = self.stretches[place].dates[0]
            counts[span] = whole + within
            if following != NEVER:
                until = min(until, following - SPANS[span] + 1)
        return until

    cdef Py_ssize_t place_of(self, long long number) noexcept:
        """Where the stretch of that number is, or would be."""
        cdef Py_ssize_t low = 0, high = self.count, middle
        while low < high:
            middle = (low + high) >> 1
            if self.stretches[middle].number < number:
                low = middle + 1
            else:
                high = middle
        return low

    cdef int make(self, Py_ssize_t place, long long number) except -1:
        cdef Stretch* larger
        if self.count == self.room:
            larger = <Stretch*> realloc(self.stretches, (self.room + 8) * sizeof(Stretch))
            if larger is NULL:
                raise MemoryError
            self.stretches, self.room = larger, self.room + 8
        memmove(self.stretches + place + 1, self.stretches + place, (self.count - place) * sizeof(Stretch))
        self.stretches[place] = Stretch(number, 0, 0, NULL)
        self.count += 1
        return 0


cdef int by_date(const void* one, const void* other) noexcept nogil:
    cdef long long left = (<const long long*> one)[0], right = (<const long long*> other)[0]
    return (left > right) - (left < right)


cdef int make_room(Stretch* held, Py_ssize_t room) except -1:
    cdef long long* larger = <long long*> realloc(held.dates, room * sizeof(long long))
    if larger is NULL:
        raise MemoryError
    held.dates, held.room = larger, room
    return 0


cdef Py_ssize_t first_from(const Stretch* held, long long at) noexcept:
    """How many of its dates lie before an instant."""
    cdef Py_ssize_t low = 0, high = held.count, middle
    while low < high:
        middle = (low + high) >> 1
        if held.dates[middle] < at:
            low = middle + 1
        else:
            high = middle
    return low
