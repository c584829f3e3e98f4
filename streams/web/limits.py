"""Rate limits: a token bucket for each client."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["RateLimiter"]

_MOST_REMEMBERED: Final = 10_000


class RateLimiter:
    """One token bucket for each name.

    Args:
        burst: The size of a bucket.
        per_second: How fast it refills.
        now: A monotonic clock (seconds).
    """

    def __init__(self, burst: int, per_second: float, now: Callable[[], float]) -> None:
        self._burst, self._per_second, self._now = burst, per_second, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def acquire(self, name: str) -> float:
        """Use one permit.

        Returns:
            0 when there was one, else the seconds until the next one.
        """
        left, now = self._left(name), self._now()
        granted = left >= 1
        self._buckets[name] = (left - granted, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) / self._per_second

    def wait(self, name: str) -> float:
        """The seconds until the next permit, 0 for now; uses none."""
        return max(0.0, (1 - self._left(name)) / self._per_second)

    def _left(self, name: str) -> float:
        now = self._now()
        left, at = self._buckets.get(name, (float(self._burst), now))
        return min(float(self._burst), left + (now - at) * self._per_second)
