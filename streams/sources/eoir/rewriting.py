"""Fields of another form: a date of the United States or of ISO 8601, a time with AM or PM, quotes around a value."""

import re
from collections.abc import Callable
from typing import Final

from streams.sources.eoir.columns import DATE_SHAPE, TIME_SHAPE

__all__ = ["rewritten"]

_US_DATE: Final = re.compile(rb"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T].*)?", re.DOTALL)
_ISO_DATE: Final = re.compile(rb"(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d.*", re.DOTALL)
_TWELVE_HOURS: Final = re.compile(rb"(\d{1,2}):(\d\d)(?::\d\d)? ?([AP])M", re.IGNORECASE)
_NOON: Final = 12


def _date(field: bytes) -> bytes:
    found = _US_DATE.fullmatch(field)
    if found is not None:
        return b"%b-%02d-%02d" % (found[3], int(found[1]), int(found[2]))
    found = _ISO_DATE.fullmatch(field)
    return field if found is None else found[1]


def _time(field: bytes) -> bytes:
    found = _TWELVE_HOURS.fullmatch(field)
    if found is None or not 1 <= int(found[1]) <= _NOON:
        return field
    hour = int(found[1]) % _NOON + (_NOON if found[3] in b"pP" else 0)
    return b"%02d%b" % (hour, found[2])


_FORMS: Final[dict[bytes, Callable[[bytes], bytes]]] = {DATE_SHAPE: _date, TIME_SHAPE: _time}


def rewritten(field: bytes, shape: bytes) -> bytes:
    """A field in the form of its column, when it says a value of it in another form; else the field.

    Args:
        field: What stands between two tabs.
        shape: The pattern of its column.
    """
    bare = field.strip()
    if len(bare) > 1 and bare.startswith(b'"') and bare.endswith(b'"'):
        bare = bare[1:-1].strip()
    return _FORMS[shape](bare) if shape in _FORMS else bare
