# The types with which `decode.py` is compiled; without a compiler it runs as it is.

cdef object _read
cdef dict _checks

cpdef decode(raw)
cpdef decode_lines(lines, list into)
