"""How fast a log is played: N times real time, so many events a second, or flat out."""

from dataclasses import dataclass

__all__ = ["Pace", "Schedule"]


@dataclass(frozen=True, slots=True)
class Pace:
    """The requested pace; without one, as fast as possible.

    Attributes:
        speed: Seconds of the log in one second.
        rate: Events in one second, at most.
    """

    speed: float | None = None
    rate: float | None = None

    @property
    def is_flat_out(self) -> bool:
        """Whether nothing holds the events back."""
        return self.speed is None and self.rate is None


class Schedule:
    """When each event is meant to be sent.

    It is an open loop: the time of an event follows from the log and from the start alone, never from when the one
    before was taken. What is late because the broker was slow shows as late, and catches up.

    Args:
        pace: How fast.
        started: When the first event is sent, in seconds of a monotonic clock.
        first_at: Instant of the log at which it starts, in milliseconds.
    """

    def __init__(self, pace: Pace, started: float, first_at: int) -> None:
        self._started = started
        self._first_at = first_at
        self._ms_per_second = pace.speed * 1000 if pace.speed is not None else None
        self._rate = pace.rate

    def due(self, at: int, number: int) -> float:
        """When an event is meant to be sent.

        Args:
            at: Its recorded_at.
            number: How many were sent before it.
        """
        due = self._started
        if self._ms_per_second is not None:
            due += (at - self._first_at) / self._ms_per_second
        if self._rate is not None:
            due = max(due, self._started + number / self._rate)
        return due

    def reached(self, now: float, next_at: int) -> int:
        """The instant of the log that has been reached.

        Args:
            now: In seconds of the monotonic clock.
            next_at: recorded_at of the next event; it is not passed before that event is sent.
        """
        if self._ms_per_second is None:
            return next_at
        return min(next_at, self._first_at + int((now - self._started) * self._ms_per_second))
