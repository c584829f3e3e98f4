"""When each event of a run is meant to be sent, and so when an alert is due."""

from array import array
from bisect import bisect_left

__all__ = ["Timeline"]


class Timeline:
    """The events of a run at one rate, in the order in which they are sent.

    Args:
        rate: Events a second.

    Attributes:
        started: When the first is meant to be sent, in seconds of the monotonic clock; set before the first is added.
    """

    def __init__(self, rate: float) -> None:
        self.started = 0.0
        self._rate = rate
        self._instants = array("q")

    def __len__(self) -> int:
        return len(self._instants)

    @property
    def last_at(self) -> int:
        """recorded_at (ms) of the last event.

        Raises:
            IndexError: There is none.
        """
        return self._instants[-1]

    def add(self, at: int) -> None:
        """Add the next event's recorded_at (ms); it never goes back."""
        self._instants.append(at)

    def due(self, at: int) -> float | None:
        """When the first event recorded at or after an instant (ms) is meant to be sent, on the monotonic clock.

        Returns:
            None when no event of the run is recorded so late.
        """
        number = bisect_left(self._instants, at)
        return None if number == len(self._instants) else self.started + number / self._rate
