# cython: language_level=3
# The fields of a structure, read and written where they lie in it: asked for one by name, C looks it up in the type
# each time.

from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        Py_ssize_t offset

    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member

    PyTypeObject* Py_TYPE(object of)


cdef inline Py_ssize_t place(object kind, str name) except -1:
    """How far into an instance a field lies.

    Raises:
        ImportError: These structures are made otherwise, so Python has to ask for it by name.
    """
    from types import MemberDescriptorType

    member = getattr(kind, name)
    if not isinstance(member, MemberDescriptorType):
        raise ImportError(f"{kind.__name__}.{name} lies in no slot")
    return (<PyMemberDescrObject*> member).d_member.offset


cdef inline object field(object of, Py_ssize_t at):
    return <object> (<PyObject**> (<char*> <PyObject*> of + at))[0]


cdef inline int put(object of, Py_ssize_t at, object value) except -1:
    cdef PyObject** slot = <PyObject**> (<char*> <PyObject*> of + at)
    cdef PyObject* before = slot[0]
    Py_INCREF(value)
    slot[0] = <PyObject*> value
    Py_XDECREF(before)
    return 0


cdef inline object sure(object of, object kind):
    """It, if it is of exactly that kind: nothing else may be read where its fields would lie."""
    if <PyObject*> Py_TYPE(of) is not <PyObject*> kind:
        raise TypeError(f"{type(of).__name__} where a {kind.__name__} is")
    return of
