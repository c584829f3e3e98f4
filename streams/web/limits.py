"""How often somebody may do a thing: a bucket of turns for each, filled again as time passes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["RateLimiter"]

_MOST_REMEMBERED: Final = 10_000


class RateLimiter:
    """Turns for everybody who asks.

    Args:
        burst: Turns at once.
        per_second: Turns that come back.
        now: A clock that never goes back (seconds).
    """

    def __init__(self, burst: int, per_second: float, now: Callable[[], float]) -> None:
        self._burst, self._per_second, self._now = burst, per_second, now
        self._turns: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take a turn.

        Returns:
            0 when there was one, else the seconds until there is one again.
        """
        left, now = self._left(who), self._now()
        granted = left >= 1
        self._turns[who] = (left - granted, now)
        self._turns.move_to_end(who)
        if len(self._turns) > _MOST_REMEMBERED:
            self._turns.popitem(last=False)
        return 0.0 if granted else (1 - left) / self._per_second

    def wait(self, who: str) -> float:
        """The seconds until there is a turn, 0 for now; takes none."""
        return max(0.0, (1 - self._left(who)) / self._per_second)

    def _left(self, who: str) -> float:
        now = self._now()
        left, at = self._turns.get(who, (float(self._burst), now))
        return min(float(self._burst), left + (now - at) * self._per_second)
