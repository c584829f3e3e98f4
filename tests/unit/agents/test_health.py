"""Whether a worker is live and ready, as its health paths answer."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from streams.agents.health import Health
from streams.process.event_loop_probe import EventLoopProbe
from tests.fake_clock import FakeClock
from tests.kafka.waiting import wait_until


@dataclass
class FakeStore:
    waited: float = 0.0


@dataclass
class FakeProcessor:
    why_no_clock: str | None = None


class TestEventLoopProbe:
    def test_a_running_loop_has_no_lag(self) -> None:
        """The number of questions does not matter."""
        loop, clock = asyncio.new_event_loop(), FakeClock()
        probe = EventLoopProbe(clock)
        probe.attach(loop)
        turning = threading.Thread(target=loop.run_forever)
        turning.start()
        try:
            for _ in range(3):
                probe.lag()
                clock.now += 100
                wait_until(lambda: probe.lag() == 0.0, "an answer of the loop")
        finally:
            loop.call_soon_threadsafe(loop.stop)
            turning.join()
            loop.close()

    def test_a_hanging_loop_lags_since_the_first_question(self) -> None:
        """Another question does not reset the lag."""
        loop, clock = asyncio.new_event_loop(), FakeClock()
        probe = EventLoopProbe(clock)
        probe.attach(loop)
        lags = []
        for clock.now in (10.0, 40.0, 75.0):
            lags.append(probe.lag())
        loop.close()

        assert lags == [0.0, 30.0, 65.0]

    def test_without_a_loop_there_is_no_lag(self) -> None:
        """The process is still starting."""
        assert EventLoopProbe(FakeClock()).lag() == 0.0


class TestHealth:
    def health(
        self, *, waited: float = 0.0, is_rebalancing: bool = False, clocks: Sequence[FakeProcessor] = ()
    ) -> Health:
        return Health(
            EventLoopProbe(FakeClock()), lambda: is_rebalancing, [FakeStore(), FakeStore(waited)], lambda: clocks
        )

    def test_it_is_not_ready_before_it_joined(self) -> None:
        """It is live, however long the join takes."""
        health = self.health()
        assert health.why_not_ready() == "it has not joined its group yet, or restores its first partitions"
        assert health.why_dead() is None

    def test_it_is_ready_while_it_works(self) -> None:
        """The worker has joined, no rebalance runs, and its work becomes durable."""
        health = self.health(waited=59.0)
        health.has_joined = True
        assert health.why_not_ready() is None

    def test_it_is_not_ready_while_it_restores(self) -> None:
        """Its partitions may still be another worker's."""
        health = self.health(is_rebalancing=True)
        health.has_joined = True
        assert health.why_not_ready() == "its group is rebalancing, or it restores partitions"

    def test_it_is_not_ready_while_nothing_becomes_durable(self) -> None:
        """The broker does not acknowledge its writes."""
        health = self.health(waited=75.0)
        health.has_joined = True
        assert health.why_not_ready() == "nothing has become durable for 75 s, and something should"

    def test_it_is_not_ready_while_a_watermark_has_not_started(self) -> None:
        """It reads and judges nothing."""
        health = self.health(
            clocks=[FakeProcessor(), FakeProcessor("the clock of case partition 3 has not started: ...")]
        )
        health.has_joined = True
        assert health.why_not_ready() == "the clock of case partition 3 has not started: ..."

    def test_it_is_not_live_when_its_loop_hangs(self) -> None:
        """The loop hangs for a minute: a busy loop is not a hanging one."""
        loop, clock = asyncio.new_event_loop(), FakeClock()
        probe = EventLoopProbe(clock)
        probe.attach(loop)
        health = Health(probe, lambda: False, [FakeStore()])
        reasons = []
        for clock.now in (0.0, 60.0, 61.0):
            reasons.append(health.why_dead())
        loop.close()

        assert reasons == [None, None, "its event loop has not turned for 61 s"]
