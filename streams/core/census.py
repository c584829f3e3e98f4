"""What the cases of a partition add up to, all at once; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/_census.pyx`; what it does is said, and done without it, in
`streams.core.plain_census`.
"""

from typing import TYPE_CHECKING

from streams.core.plain_census import NO_OFFICER, Arrival

__all__ = ["NO_OFFICER", "Arrival", "CellCensus", "Census", "OfficerCensus"]

if TYPE_CHECKING:
    from streams.core.plain_census import CellCensus, Census, OfficerCensus
else:
    try:
        from streams.core._census import CellCensus, Census, OfficerCensus
    except ImportError:
        from streams.core.plain_census import CellCensus, Census, OfficerCensus
