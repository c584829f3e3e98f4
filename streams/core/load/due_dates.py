"""Due dates of many cases, counted by how far ahead they lie; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/load/_due_dates.pyx`; what it does is said, and done without it, in
`streams.core.load.plain_due_dates`.
"""

from typing import TYPE_CHECKING

__all__ = ["DueDates"]

if TYPE_CHECKING:
    from streams.core.load.plain_due_dates import DueDates
else:
    try:
        from streams.core.load._due_dates import DueDates
    except ImportError:
        from streams.core.load.plain_due_dates import DueDates
