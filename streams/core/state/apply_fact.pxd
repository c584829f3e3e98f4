# The types with which `apply_fact.py` is compiled; without a compiler it runs as it is.

from streams.core.state._layout cimport Register as _Register

cpdef bint apply_fact(_Register register, tuple key, value) except -1
