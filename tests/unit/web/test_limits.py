"""Rate limits: a burst at once, then a fixed rate, for each client alone."""

from streams.web.limits import RateLimiter
from tests.fake_clock import FakeClock


class TestLimiter:
    def test_a_burst_then_a_wait(self) -> None:
        """Three requests pass at once, the fourth two seconds later."""
        clock = FakeClock()
        limiter = RateLimiter(burst=3, per_second=0.5, now=clock)
        assert [0.0, 0.0, 0.0, 2.0] == [limiter.acquire("ana") for _ in range(4)]
        clock.now = 2.0
        assert [0.0, 2.0] == [limiter.acquire("ana") for _ in range(2)]

    def test_a_refused_request_costs_nothing(self) -> None:
        """A refused request does not extend the wait."""
        clock = FakeClock()
        limiter = RateLimiter(burst=1, per_second=1.0, now=clock)
        limiter.acquire("ana")
        clock.now = 0.5
        assert [0.5, 0.5, 0.5] == [limiter.acquire("ana") for _ in range(3)]

    def test_each_client_has_its_own(self) -> None:
        """A client with too many requests takes none from another."""
        limiter = RateLimiter(burst=1, per_second=1.0, now=FakeClock())
        limiter.acquire("ana")
        assert limiter.wait("ana") == 1.0
        assert limiter.wait("bo") == 0.0

    def test_the_burst_does_not_grow(self) -> None:
        """After a year of silence there is one burst."""
        clock = FakeClock()
        limiter = RateLimiter(burst=2, per_second=1.0, now=clock)
        limiter.acquire("ana")
        clock.now = 3e7
        assert [0.0, 0.0, 1.0] == [limiter.acquire("ana") for _ in range(3)]

    def test_the_least_recent_client_is_forgotten(self) -> None:
        """The memory is bounded for any number of addresses."""
        limiter = RateLimiter(burst=1, per_second=1.0, now=FakeClock())
        for number in range(10_001):
            limiter.acquire(str(number))
        assert limiter.wait("0") == 0.0
        assert limiter.wait("1") == 1.0
