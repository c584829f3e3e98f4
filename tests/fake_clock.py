"""A clock that a test sets."""

__all__ = ["FakeClock"]


class FakeClock:
    """A function that returns the time of a test.

    Attributes:
        now: The time in seconds.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
