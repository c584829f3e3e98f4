# The types with which `partial_merge.py` is compiled; without a compiler it runs as it is.

cimport cython


cdef class PartialMerge:
    cdef public object first
    cdef list _sources
    cdef dict _missed

    @cython.locals(source=_CasePartitionPartials)
    cpdef judged(self, str officer_id)
    @cython.locals(source=_CasePartitionPartials)
    cpdef set judge(self, long long at)


cdef class _PartialDifference:
    cdef public long long as_of
    cdef public list changed, gone
    cdef public bint is_whole


cdef class _CasePartitionPartials:
    cdef public object watermark, latest_final_at, waiting
    cdef public dict latest_final, judged, live
    cdef public list base, spent

    @cython.locals(latest_final=dict, changed=list, gone=list, touched=set, is_whole=bint)
    cpdef add_final(self, partial)
    @cython.locals(difference=_PartialDifference, judged=dict)
    cpdef judge(self, long long at, set touched)
