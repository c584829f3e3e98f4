"""The totals of the cases of a partition, counted at once; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/load/_restore_counts.pyx`; what it does is said, and done without it,
in `streams.core.load.plain_restore_counts`.
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
