# cython: language_level=3, boundscheck=False, wraparound=False
"""What `streams.core.time.plain_day_steps` does in Python, in C."""

from libc.stdlib cimport calloc, free

cdef enum:
    KEPT = 1024  # days: nearly three years of them without two in one place
    DAY_MS = 86_400_000


cdef class BusinessDayCache:
    """What is added to an instant, UTC day by UTC day.

    Args:
        find: (UTC day) -> (first local midnight after its start, what to add before that, what from then on), ms, or
            None on a day that has no such two numbers.
        slowly: The whole answer (ms -> ms) on such a day.
    """

    def __cinit__(self, find, slowly):
        self.find, self.slowly = find, slowly
        self.days = <Day*> calloc(KEPT, sizeof(Day))
        if self.days is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.days)

    cpdef long long later(self, long long ms) except? -1:
        """The instant (ms) that follows from an instant (ms)."""
        cdef long long number = ms // DAY_MS
        cdef Day* day = &self.days[number & (KEPT - 1)]
        # an untouched place has midnight 0 and says that it is of the day 0, which is found like any other
        if day.number != number or not day.midnight:
            found = self.find(number)
            if found is None:
                return self.slowly(ms)
            day.midnight, day.before, day.after = found
            day.number = number
        return ms + (day.before if ms < day.midnight else day.after)
