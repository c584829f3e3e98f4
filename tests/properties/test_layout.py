"""The fields of a structure lie where compiled modules read them."""

import ctypes
import re
from importlib import import_module
from pathlib import Path

import pytest

import schemas

ROOT = Path(schemas.__file__).parents[1]
_STRUCT = re.compile(r"typedef struct \{([^}]*)\} (\w+);")
_CLASS = re.compile(r"ctypedef class ([\w.]+) \[object (\w+), check_size error\]:\n((?: {8}cdef object .*\n)+)")
_HEADER = object.__basicsize__
_POINTER = ctypes.sizeof(ctypes.c_void_p)


def declared() -> list[tuple[str, list[str], list[str]]]:
    """Of each structure that a .pxd declares: its name, the fields as they lie, and those that are read."""
    found = []
    for file in ("schemas/_layout.pxd", "streams/core/state/_layout.pxd"):
        text = (ROOT / file).read_text(encoding="utf-8")
        structures = {name: re.findall(r"\*(\w+)", fields) for fields, name in _STRUCT.findall(text)}
        for name, structure, lines in _CLASS.findall(text):
            found.append((name, structures[structure], re.findall(r"\w+", lines.replace("cdef object", ""))))
    return found


class _Member(ctypes.Structure):
    """A PyMemberDef, as far as it is read."""

    _fields_ = (("name", ctypes.c_char_p), ("type", ctypes.c_int), ("offset", ctypes.c_ssize_t))


def offset_of(kind: type, field: str) -> int:
    """How far into an instance CPython put the slot of a field."""
    descriptor = ctypes.cast(id(getattr(kind, field)), ctypes.POINTER(ctypes.c_void_p))
    member = ctypes.cast(descriptor[5] or 0, ctypes.POINTER(_Member)).contents  # behind the header of a PyDescrObject
    assert field.encode() == member.name
    return member.offset


def test_every_structure_is_found() -> None:
    """Otherwise the test below tries nothing."""
    assert {"Event", "CaseEvent", "Register", "Appointment", "Latest", "Transfer", "CaseState"} == {
        name.rpartition(".")[2] for name, _, _ in declared()
    }


@pytest.mark.parametrize(
    ("name", "fields", "read"), declared(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_fields_lie_where_they_are_read(name: str, fields: list[str], read: list[str]) -> None:
    """A field that is renamed or added moves others."""
    module, _, leaf = name.rpartition(".")
    kind = getattr(import_module(module), leaf)
    assert sorted(kind.__struct_fields__) == sorted(fields) == sorted(read)
    assert [offset_of(kind, field) for field in fields] == [_HEADER + index * _POINTER for index in range(len(fields))]
    assert kind.__basicsize__ == _HEADER + len(fields) * _POINTER
