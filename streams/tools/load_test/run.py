"""One run of a load test: so many events a second, for so many seconds, and what became of their alerts."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from streams.errors import UsageError
from streams.kafka.client.settings import Settings
from streams.tools.load_test.measure import Measure
from streams.tools.load_test.result import Result
from streams.tools.load_test.source import EventSource, Line, moved_to_now, with_timeline
from streams.tools.load_test.timeline import Timeline
from streams.tools.load_test.watch import AlertWatch
from streams.tools.replay.pace import Pace
from streams.tools.replay.replayer import Replay

__all__ = ["LoadTestBench", "SentLoad"]

_MICROSECONDS: Final = 1_000_000
_LOST_SECONDS: Final = 5.0
"""So far beyond the bound, a run is given up: it would only take longer to work off."""

_EVENTS_PER_CHECK: Final = 256


@dataclass(frozen=True, slots=True)
class SentLoad:
    """How events are sent.

    Attributes:
        seconds: How long a run sends.
        warmup: The first seconds of it, of which nothing is counted.
        bound: What the 99th percentile of the latency must not exceed, in seconds.
        is_moved_to_now: Whether the log is lived through now, for workers that follow the wall clock.
        patience: After how many seconds without any progress to give up.
    """

    seconds: float
    warmup: float
    bound: float
    is_moved_to_now: bool
    patience: float


class LoadTestBench:
    """Makes runs one after the other, each with the next events of the log.

    Args:
        settings: Where to.
        partitions: How many partitions each input topic has.
        watch: What reads the alerts.
        source: The log.
        load: How events are sent.
        idempotent: Whether the broker knows idempotent producers.
        check: Raises what makes going on futile.
        worker_cpu: CPU seconds that the worker has used, when it is ours.
    """

    def __init__(
        self,
        settings: Settings,
        partitions: Mapping[str, int],
        watch: AlertWatch,
        source: EventSource,
        load: SentLoad,
        *,
        idempotent: bool,
        check: Callable[[], None],
        worker_cpu: Callable[[], float | None],
    ) -> None:
        self._settings, self._partitions, self._watch, self._source = settings, partitions, watch, source
        self._load, self._idempotent, self._check, self._worker_cpu = load, idempotent, check, worker_cpu

    async def begin(self, on_progress: Callable[[str], None]) -> None:
        """Wait until workers judge every partition.

        Args:
            on_progress: Receives the progress as a sentence.

        Raises:
            BrokerError: No worker does.
        """
        at = int(time.time() * 1000)
        if not self._load.is_moved_to_now and self._source.next_at is not None:
            at = self._source.next_at - 1
            await Replay(self._settings, self._partitions, Pace(), until=at, idempotent=self._idempotent).run([])
        await self._wait_until_judged(at, on_progress)

    async def run(self, rate: float, on_progress: Callable[[str], None]) -> Result:
        """Send at a rate and see.

        Args:
            rate: Events a second.
            on_progress: Receives the progress as a sentence.

        Raises:
            BrokerError: The broker went away, or no worker judges any more.
            UsageError: The log has too few events left.
        """
        load, wanted = self._load, int(rate * self._load.seconds)
        measure = Measure(Timeline(rate), load.warmup, load.bound + _LOST_SECONDS)
        timeline, watch = measure.timeline, self._watch
        replay = Replay(
            self._settings, self._partitions, Pace(rate=rate), idempotent=self._idempotent,
            sends_clocks=not load.is_moved_to_now, on_state=lambda state: on_progress(f"{rate:,.0f}/s: {state}"),
        )  # fmt: skip

        def lines() -> Iterator[Line]:
            timeline.started = replay.started
            taken = self._source.next_events(wanted)
            due = moved_to_now(taken, timeline, rate) if load.is_moved_to_now else with_timeline(taken, timeline)
            for number, line in enumerate(due):
                if number % _EVENTS_PER_CHECK == 0:
                    self._check()
                    if measure.is_lost:
                        return
                yield line

        watch.on_alert, watch.on_clock = measure.alert, measure.clock
        own_cpu, worker_cpu = time.process_time(), self._worker_cpu()
        await replay.run(lines())
        sent = replay.state.sent
        if sent < wanted and not measure.is_lost:
            sentence = (
                f"the log ended after {sent:,} of the {wanted:,} events of a run at {rate:,.0f}/s; "
                "give a longer log (`docketwatch generate`), or fewer --seconds"
            )
            raise UsageError(sentence)
        measure.sent_all()
        await self._wait_until_judged(timeline.last_at, on_progress)
        used = time.process_time() - own_cpu
        before, after = worker_cpu, self._worker_cpu()
        return measure.result(
            rate=rate,
            sent=sent,
            seconds=replay.state.seconds,
            sender_late_ms=replay.state.behind * 1000,
            sender_cpu_us=used / sent * _MICROSECONDS,
            worker_cpu_us=None if before is None or after is None else (after - before) / sent * _MICROSECONDS,
            bound=load.bound,
        )

    async def _wait_until_judged(self, at: int, on_progress: Callable[[str], None]) -> None:
        await self._watch.wait_until_judged(at, self._load.patience, self._check, on_progress)
