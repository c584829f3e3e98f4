"""Turns: a burst at once, then as fast as they come back, each for himself."""

from streams.web.limits import RateLimiter


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class TestLimiter:
    def test_a_burst_then_a_wait(self) -> None:
        """Three at once, the fourth two seconds later."""
        clock = Clock()
        limiter = RateLimiter(burst=3, per_second=0.5, now=clock)
        assert [0.0, 0.0, 0.0, 2.0] == [limiter.acquire("ana") for _ in range(4)]
        clock.at = 2.0
        assert [0.0, 2.0] == [limiter.acquire("ana") for _ in range(2)]

    def test_what_is_not_granted_costs_nothing(self) -> None:
        """Who asks in vain waits no longer for it."""
        clock = Clock()
        limiter = RateLimiter(burst=1, per_second=1.0, now=clock)
        limiter.acquire("ana")
        clock.at = 0.5
        assert [0.5, 0.5, 0.5] == [limiter.acquire("ana") for _ in range(3)]

    def test_each_for_himself(self) -> None:
        """One who asks too often takes no turn from another."""
        limiter = RateLimiter(burst=1, per_second=1.0, now=Clock())
        limiter.acquire("ana")
        assert limiter.wait("ana") == 1.0
        assert limiter.wait("bo") == 0.0

    def test_turns_do_not_pile_up(self) -> None:
        """After a year of silence there is one burst."""
        clock = Clock()
        limiter = RateLimiter(burst=2, per_second=1.0, now=clock)
        limiter.acquire("ana")
        clock.at = 3e7
        assert [0.0, 0.0, 1.0] == [limiter.acquire("ana") for _ in range(3)]

    def test_it_forgets_who_has_not_asked_for_longest(self) -> None:
        """However many addresses somebody has, the memory is bounded."""
        limiter = RateLimiter(burst=1, per_second=1.0, now=Clock())
        for number in range(10_001):
            limiter.acquire(str(number))
        assert limiter.wait("0") == 0.0
        assert limiter.wait("1") == 1.0
