"""Whether a worker lives, and whether it works: what a supervisor asks to restart it, or to wait for it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from streams.process.event_loop_probe import EventLoopProbe

__all__ = ["HasClock", "Health", "StoreProgress"]

_DEAF_SECONDS: Final = 60.0
"""A loop may be busy for long with one thing, such as taking in the state of millions of cases; no longer than this."""

_STUCK_SECONDS: Final = 60.0


class StoreProgress(Protocol):
    """The part of a store that the health paths read."""

    @property
    def waited(self) -> float:
        """Seconds that started work has waited while none of it became durable."""


class HasClock(Protocol):
    """The part of a case partition that the health paths read."""

    @property
    def why_no_clock(self) -> str | None:
        """Why its clock has not started although records were read; None when it has, or none were."""


class Health:
    """The answers of the health paths.

    Args:
        probe: The worker's loop.
        is_rebalancing: Whether partitions are on their way from one worker to another, or being restored.
        stores: What must become durable.
        clocks: What has a clock that must go.

    Attributes:
        has_joined: Whether the first partitions are restored.
    """

    def __init__(
        self,
        probe: EventLoopProbe,
        is_rebalancing: Callable[[], bool],
        stores: Sequence[StoreProgress],
        clocks: Callable[[], Iterable[HasClock]] = tuple,
    ) -> None:
        self._probe, self._is_rebalancing, self._stores = probe, is_rebalancing, stores
        self._clocks = clocks
        self.has_joined = False

    def why_dead(self) -> str | None:
        """Why the process should be ended; None while it lives."""
        lag = self._probe.lag()
        return f"its event loop has not turned for {lag:.0f} s" if lag > _DEAF_SECONDS else None

    def why_not_ready(self) -> str | None:
        """Why nothing is being worked on; None while it is."""
        if not self.has_joined:
            return "it has not joined its group yet, or restores its first partitions"
        if self._is_rebalancing():
            return "its group is rebalancing, or it restores partitions"
        waited = max(store.waited for store in self._stores)
        if waited > _STUCK_SECONDS:
            return f"nothing has become durable for {waited:.0f} s, and something should"
        return next((why for each in self._clocks() if (why := each.why_no_clock) is not None), None)
