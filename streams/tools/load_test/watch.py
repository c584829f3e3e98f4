"""A consumer of the alerts that notes their arrival; it reads committed records only."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import msgspec
from msgspec import Struct

from schemas.instants import to_ms, to_text
from schemas.topics import topic
from streams.core.load.partial_clock import read_clock
from streams.errors import BrokerError, UsageError
from streams.kafka.client.committed_reader import CommittedReader
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import ALERT_TOPICS
from streams.kafka.work import PartitionId

__all__ = ["AlertWatch"]

_POLL_SECONDS: Final = 0.1
_FETCH_WAIT_MS: Final = 50
_ASK_SECONDS: Final = 0.1

OnAlert = Callable[[int, float], None]
OnClock = Callable[[int, int, float], None]


class _AlertTimes(Struct):
    """The fields that give a revision's instant."""

    alert_id: str
    raised_at: str
    escalated_at: str | None
    ended_at: str | None


_alert: Final = msgspec.json.Decoder(_AlertTimes).decode


class AlertWatch:
    """Reads alerts and clocks from now on, for as long as the block runs.

    Args:
        settings: Where the workers write.
        inputs: How many partitions each input topic has.
        alert_partitions: How many the alert topics have.

    Attributes:
        on_alert: Called with the instant (ms) of a revision and when it was read (seconds of the monotonic clock).
        on_clock: Called with a case partition, the instant (ms) up to which it has judged, and when that was read.
    """

    def __init__(self, settings: Settings, inputs: Mapping[str, int], alert_partitions: int) -> None:
        self.on_alert: OnAlert = lambda _at, _arrived: None
        self.on_clock: OnClock = lambda _partition, _at, _arrived: None
        self._settings, self._inputs = settings, inputs
        self._sources = inputs[topic("cases", settings.prefix).name]
        self._partials = topic("load-partials", settings.prefix).name
        alerts = [topic(short, settings.prefix).name for short in ALERT_TOPICS]
        # every live partial goes to each partition of its topic: one of them has all
        self._tps: list[PartitionId] = [
            (self._partials, 0),
            *((name, number) for name in alerts for number in range(alert_partitions)),
        ]
        self._instants: dict[str, int] = {}  # of each alert's newest revision
        self._clocks: dict[int, int] = {}
        self._reader = CommittedReader(settings, fetch_max_wait_ms=_FETCH_WAIT_MS)
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        try:
            await self._are_unused()
            self._reader.assign(await self._reader.ends(self._tps))
        except BaseException as error:
            await self._reader.__aexit__(type(error), error, error.__traceback__)
            raise
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._reading is not None
        self._reading.cancel()
        with suppress(asyncio.CancelledError, BrokerError):
            await self._reading
        await self._reader.__aexit__(kind, error, trace)

    async def wait_until_judged(
        self, until: int, patience: float, check: Callable[[], None], on_progress: Callable[[str], None]
    ) -> None:
        """Wait until every case partition has judged up to an instant.

        Args:
            until: The instant (ms).
            patience: After how many seconds in which no clock moved to give up.
            check: Raises what makes waiting futile.
            on_progress: Receives the progress as a sentence.

        Raises:
            BrokerError: No worker judges any more, or the broker does not answer well.
        """
        before, moved = dict(self._clocks), time.monotonic()
        while len(self._clocks) < self._sources or min(self._clocks.values()) < until:
            check()
            self.check()
            now = time.monotonic()
            if self._clocks != before:
                before, moved = dict(self._clocks), now
                on_progress(
                    f"{len(before)} of {self._sources} partitions, judged up to {to_text(min(before.values()))}"
                )
            if now - moved > patience:
                raise BrokerError(self._no_worker_sentence(until, patience))
            await asyncio.sleep(_ASK_SECONDS)

    def check(self) -> None:
        """Check that reading makes progress.

        Raises:
            BrokerError: It does not.
        """
        if self._reading is not None and self._reading.done():
            self._reading.result()

    async def _are_unused(self) -> None:
        """Made-up events must not get among real ones; and a log that was sent before would be late as a whole."""
        tps = [(name, number) for name, count in self._inputs.items() for number in range(count)]
        used = sorted({name for (name, _), end in (await self._reader.ends(tps)).items() if end})
        if used:
            raise UsageError(
                f"{used[0]} holds events: a load test wants topics of its own; make some with "
                "`docketwatch topics create --prefix NAME` and give --prefix NAME"
            )

    async def _read(self) -> None:
        while True:
            fetched = await self._reader.poll(_POLL_SECONDS)
            arrived = time.monotonic()
            for (name, _), records in fetched.items():
                read = self._read_clock if name == self._partials else self._read_alert
                for record in records:
                    if record.value is not None:
                        read(record.value, arrived)

    def _read_clock(self, value: bytes, arrived: float) -> None:
        clock = read_clock(value)
        if not clock.is_of_cases or clock.final:
            return
        if clock.as_of > self._clocks.get(clock.partition, clock.as_of - 1):
            self._clocks[clock.partition] = clock.as_of
            self.on_clock(clock.partition, clock.as_of, arrived)

    def _read_alert(self, value: bytes, arrived: float) -> None:
        alert = _alert(value)
        at = to_ms(alert.ended_at or alert.escalated_at or alert.raised_at)
        if self._instants.get(alert.alert_id) == at:
            return  # published anew, with nothing that happened to it
        self._instants[alert.alert_id] = at
        self.on_alert(at, arrived)

    def _no_worker_sentence(self, until: int, patience: float) -> str:
        missing = self._sources - len(self._clocks)
        if missing:
            stands = f"{missing} of {self._sources} case partitions were never judged"
        else:
            number, clock = min(self._clocks.items(), key=lambda item: item[1])
            stands = f"case partition {number} stands at {to_text(clock)}"
        return (
            f"no worker has judged up to {to_text(until)}: {stands}, and nothing moved for {patience:g} s; is a "
            f"`docketwatch worker` with the same --clock running on {self._settings.brokers}, prefix "
            f"{self._settings.prefix}?"
        )
