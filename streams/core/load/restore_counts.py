"""The totals of the cases of a partition, counted at once; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/load/_restore_counts.pyx`. `streams.core.load.plain_restore_counts` has
the documentation, and does the same without a compiler. One source for both, in Cython's pure-Python mode, took 5.7
times the time: 6.4 us a case against 1.1 us, and 6.2 us without a compiler. It unpacks each state, which C reads as the
bytes it is.
"""

from typing import TYPE_CHECKING

from streams.core.load.plain_restore_counts import NO_OFFICER, Arrival

__all__ = ["NO_OFFICER", "Arrival", "OfficeRestoreCounts", "OfficerRestoreCounts", "RestoreCounts"]

if TYPE_CHECKING:
    from streams.core.load.plain_restore_counts import OfficeRestoreCounts, OfficerRestoreCounts, RestoreCounts
else:
    try:
        from streams.core.load._restore_counts import OfficeRestoreCounts, OfficerRestoreCounts, RestoreCounts
    except ImportError:
        from streams.core.load.plain_restore_counts import OfficeRestoreCounts, OfficerRestoreCounts, RestoreCounts
