"""How many cases have a standing alert of each cause, in contract order.

A worker of another release counts more causes, or fewer: under v = 1 causes are added, and only at the end
(CONTRACT.md §12). A count of a cause that is not known here is carried along, and counts nowhere.
"""

from typing import Final

from streams.core.policy.rules import CAUSES

__all__ = ["NO_CAUSES", "CountsByCause", "known_causes"]

CountsByCause = tuple[int, ...]

NO_CAUSES: Final = (0,) * len(CAUSES)
"""No case has one."""


def known_causes(counts: CountsByCause) -> CountsByCause:
    """The counts of the causes that are known here; 0 for one that the program which counted them does not know."""
    if len(counts) == len(NO_CAUSES):
        return counts
    return (*counts, *NO_CAUSES)[: len(NO_CAUSES)]
