"""Due dates of many cases, counted by how far ahead they lie; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/load/_due_dates.pyx`. `streams.core.load.plain_due_dates` has the
documentation, and does the same without a compiler. One source for both, in Cython's pure-Python mode with typed
arrays, took 3 to 9 times the time: adding a date 450 ns against 132 ns, exchanging one 990 ns against 335 ns, counting
1,360 ns against 145 ns.
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
