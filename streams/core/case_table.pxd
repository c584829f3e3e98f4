# The types with which `case_table.py` is compiled; without a compiler it runs as it is.

cimport cython

from streams.core.alerting._case_view cimport CauseConditions as _Conditions, OpenCaseView as _View
from streams.core.in_place._applying cimport InPlace as _InPlace
from streams.core.load.load_periods cimport LoadPeriods as _Periods
from streams.core.load.partition_counts cimport PartitionCounts as _Counts
from schemas._layout cimport CaseEvent as _Event
from streams.core.state._layout cimport CaseState as _State, Register as _Register
from streams.core.state.case_states cimport CaseStates as _States
from streams.core.state.last_judged cimport LastJudged as _LastJudged, LoadContribution as _Contribution
from streams.core.time.deadlines cimport Deadlines as _Deadlines

cdef long long _MONTH


cdef class CaseTable:
    cdef readonly _States cases
    cdef readonly object rules, causes
    cdef public object effects
    cdef public long long watermark
    cdef public long unregistered
    cdef public dict deadlines_behind
    cdef readonly set dirty
    cdef readonly _Deadlines deadlines
    cdef readonly _Counts counts
    cdef readonly _Periods periods
    cdef _Conditions _conditions
    cdef _InPlace _in_place
    cdef bint _keeps_changelog

    @cython.locals(
        at=cython.longlong, start=cython.Py_ssize_t, end=cython.Py_ssize_t, count=cython.Py_ssize_t, known=list,
        event=_Event, first_end=cython.longlong, deadlines=_Deadlines, periods=_Periods,
    )
    cpdef advance(self, events, long long watermark, effects)
    @cython.locals(deadlines=_Deadlines, periods=_Periods)
    cdef _pass_until(self, long long until)
    @cython.locals(event=_Event, by_case=dict, same=list, deadlines=_Deadlines)
    cdef _judge_instant(self, long long at, list events)
    @cython.locals(state=_State)
    cdef _fire_timer(self, str case_id, long long at)
    @cython.locals(case_id=str, state=_State, changes=cython.bint, applied=cython.int)
    cdef _apply_one(self, long long at, _Event event)
    @cython.locals(state=_State)
    cdef _apply_all(self, long long at, str case_id, list events)
    cdef _State _state_of(self, str case_id)
    cdef _judge_applied(
        self, long long at, str case_id, _State state, _LastJudged before, list facts, long count, bint changes
    )
    @cython.locals(view=_View, deadline=cython.longlong, next_timer=cython.longlong, escalates_at=cython.longlong,
                   moves=list)
    cpdef judge(self, str case_id, _State state, long long at, facts, _LastJudged before)
    @cython.locals(was=_Contribution, is_in_transit=cython.bint, assignment=_Register, causes=cython.longlong)
    cdef _count(
        self, str case_id, long long at, _State state, _LastJudged before, _View view, officer, long long deadline
    )


@cython.locals(known=list, event=_Event, at=cython.longlong, last=cython.longlong)
cdef list _in_order(events)
