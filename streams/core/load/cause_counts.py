"""How many cases have a standing alert of each cause, in contract order."""

from typing import TYPE_CHECKING, Final

from streams.core.policy.rules import CAUSES

__all__ = ["NO_CAUSES", "CountsByCause"]

if TYPE_CHECKING:
    CountsByCause = tuple[int, ...]
else:
    CountsByCause = tuple[(int,) * len(CAUSES)]  # msgspec refuses a record with another number of them

NO_CAUSES: Final = (0,) * len(CAUSES)
"""No case has one."""
