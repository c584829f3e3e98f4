"""Plays events into Kafka as feeds would have sent them: by recorded_at, in open loop, each to its key's partition."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_text
from schemas.topics import topic_of
from streams.errors import BrokerError
from streams.kafka.client.broker_errors import CLIENT_ERRORS
from streams.kafka.client.closing import close_client
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.producer.in_flight import InFlightBatches, PartitionBuffer, make_event_producer
from streams.tools.replay.pace import Pace, Schedule

__all__ = ["Replay", "ReplayState"]

_BATCHES_AT_ONCE: Final = 96
_TICK_SECONDS: Final = 0.02
_CLOCK_SECONDS: Final = 0.5
_REPORT_SECONDS: Final = 0.2
_EVENTS_PER_CHECK: Final = 256  # events between two checks of the time
_KEYS_KEPT: Final = 500_000


@dataclass(slots=True)
class ReplayState:
    """The progress of a replay.

    Attributes:
        sent: Events handed to the producer.
        skipped: Events before the start that was asked for.
        clocks: `clock` records of the log, which are left out: a replay sends its own.
        at: recorded_at of the last event sent.
        durable: Everything recorded before it has arrived, so it is what to resume `--from`; None before the first.
        until: The instant of the final `clock` records; None before they are sent.
        seconds: How long it has taken.
        behind: The most that an event was sent later than meant, in seconds; 0 flat out.
        ends: Offset of the final `clock` record of every topic and partition.
    """

    sent: int = 0
    skipped: int = 0
    clocks: int = 0
    at: int | None = None
    durable: int | None = None
    until: int | None = None
    seconds: float = 0.0
    behind: float = 0.0
    ends: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Events a second so far."""
        return self.sent / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        at = "" if self.at is None else f"{to_text(self.at)}  "
        late = f", {self.behind * 1000:,.0f} ms late" if self.behind else ""
        return f"{at}{self.sent:,} events, {self.rate:,.0f}/s{late}"


class Replay:
    """One replay.

    Args:
        settings: Where to.
        partitions: How many partitions each input topic has.
        pace: How fast.
        since: Events recorded before are left out; a resumed replay sends what it may have sent before once more, and
            repetitions change nothing.
        until: Events recorded after are left out. None: the last event's recorded_at.
        idempotent: Whether the broker knows idempotent producers; the embedded one does not.
        sends_clocks: Whether `clock` records say how far the log is, on the way and at the end.
        on_state: Called a few times a second with the progress.

    Attributes:
        state: How far it is.
        started: When the first event was meant to be sent, in seconds of the monotonic clock; 0 before.
    """

    def __init__(
        self,
        settings: Settings,
        partitions: Mapping[str, int],
        pace: Pace,
        *,
        since: int | None = None,
        until: int | None = None,
        idempotent: bool = True,
        sends_clocks: bool = True,
        on_state: Callable[[ReplayState], None] | None = None,
    ) -> None:
        self.state = ReplayState()
        self._settings = settings
        self._partitions = partitions
        self._pace = pace
        self._since, self._until = since, until
        self._idempotent, self._sends_clocks = idempotent, sends_clocks
        self._on_state = on_state
        self._deliveries: InFlightBatches
        self._buffers: list[PartitionBuffer] = []
        self.started = self._reported_at = self._ticked = self._flushed = 0.0

    async def run(self, events: Iterable[tuple[hot.AnyEvent, bytes]]) -> None:
        """Play events.

        Args:
            events: By recorded_at, each with the bytes to send.

        Raises:
            BrokerError: The broker is not there, refuses, or went away; `state.durable` says where to resume.
        """
        producer = make_event_producer(self._settings, idempotent=self._idempotent)
        try:
            await producer.start()
            self._deliveries = InFlightBatches(
                producer, _BATCHES_AT_ONCE, self._settings.request_timeout.total_seconds()
            )
            await self._send_events(producer, events)
        except CLIENT_ERRORS as error:
            raise BrokerError(f"the broker at {self._settings.brokers} cannot be written to: {error}") from error
        finally:
            await close_client(producer)
            if self._buffers:
                self._check_lag(time.monotonic())

    async def _send_events(self, producer: Any, events: Iterable[tuple[hot.AnyEvent, bytes]]) -> None:  # noqa: ANN401  # no types
        buffers = {
            topic: [PartitionBuffer(producer, topic, number) for number in range(count)]
            for topic, count in self._partitions.items()
        }
        self._buffers = [buffer for group in buffers.values() for buffer in group]
        routes = _routes(buffers, self._settings.prefix)
        now = self.started = self._ticked = self._flushed = time.monotonic()
        schedule: Schedule | None = None
        state, since, until = self.state, self._since, self._until
        flat_out = self._pace.is_flat_out
        stamp, events_until_check = _wall_ms(), _EVENTS_PER_CHECK
        for event, line in events:
            at = event.recorded_at
            if until is not None and at > until:
                break
            if since is not None and at < since:
                state.skipped += 1
                continue
            route = routes.get(type(event))
            if route is None:
                state.clocks += 1
                continue
            if schedule is None:
                schedule = Schedule(self._pace, now, at)
            if not flat_out:
                due = schedule.due(at, state.sent)
                if due > now:
                    now = await self._wait(schedule, due, at)
                    stamp = _wall_ms()
                state.behind = max(state.behind, now - due)
            key, buffer = route(event)
            if not buffer.add(at, key, line, stamp):
                await self._deliveries.send(buffer)
                buffer.add(at, key, line, stamp)
            state.sent += 1
            state.at = at
            events_until_check -= 1
            if not events_until_check:
                events_until_check = _EVENTS_PER_CHECK
                now, stamp = time.monotonic(), _wall_ms()
                await self._tick(now, at, send=not flat_out and now - self._flushed >= _TICK_SECONDS)
        await self._finish(schedule)

    async def _finish(self, schedule: Schedule | None) -> None:
        until = self.state.at if self._until is None else self._until
        if until is None:
            return  # nothing was sent, and no end was given
        if schedule is not None:
            await self._wait(schedule, schedule.due(until, 0), until)
        await self._send_all()
        if self._sends_clocks:
            self._clock(until + 1)
        sent = [
            (buffer, await self._deliveries.send(buffer)) for buffer in self._buffers if buffer.first_at is not None
        ]
        await self._deliveries.drain()
        self.state.ends = {(buffer.topic, buffer.partition): future.result().offset for buffer, future in sent}
        self.state.until = until
        self._check_lag(time.monotonic())

    async def _wait(self, schedule: Schedule, due: float, next_at: int) -> float:
        """Wait until an event is due; what was sent before is on its way, and the log's time goes on meanwhile."""
        now = time.monotonic()
        while now < due:
            await self._tick(now, schedule.reached(now, next_at), send=True)
            await asyncio.sleep(max(_TICK_SECONDS, min(due - now, _CLOCK_SECONDS)))
            now = time.monotonic()
        return now

    async def _tick(self, now: float, reached: int, *, send: bool) -> None:
        """Give the connection its turn; twice a second, say in every partition how far the log is.

        A partition without events would otherwise hold the clock, and with it everything read of the others.
        """
        if self._sends_clocks and now - self._ticked >= _CLOCK_SECONDS:
            self._ticked = now
            self._clock(reached)
            send = True
        if send:
            self._flushed = now
            await self._send_all()
        self._deliveries.check()
        if now - self._reported_at >= _REPORT_SECONDS:
            self._reported_at = now
            self._check_lag(now)
        await asyncio.sleep(0)

    async def _send_all(self) -> None:
        for buffer in self._buffers:
            if buffer.first_at is not None:
                await self._deliveries.send(buffer)

    def _clock(self, at: int) -> None:
        line = encode_event(hot.Clock(v=1, event_id=f"replay-{at}", occurred_at=at, recorded_at=at, source="replay"))
        stamp = _wall_ms()
        for buffer in self._buffers:
            # a full buffer has events, which advance the clock as much, and the next clock record follows soon
            buffer.add(at, None, line, stamp)

    def _check_lag(self, now: float) -> None:
        state = self.state
        state.seconds = max(state.seconds, now - self.started)
        open_at = [buffer.first_at for buffer in self._buffers if buffer.first_at is not None]
        oldest = self._deliveries.oldest_at
        state.durable = min(open_at if oldest is None else [*open_at, oldest], default=state.at)
        if self._on_state is not None:
            self._on_state(state)


Route = Callable[[Any], tuple[bytes, PartitionBuffer]]


def _routes(buffers: Mapping[str, list[PartitionBuffer]], prefix: str) -> dict[type[hot.AnyEvent], Route]:
    """For every type of event, what gives its key and its buffer."""
    case, officer = attrgetter("case_id"), attrgetter("officer_id")
    of_cases: dict[str, int] = {}  # shared: the case topics are cut alike
    of_officers: dict[str, int] = {}
    return {
        kind: _route(buffers[topic_of(name, prefix)], officer, of_officers)
        if issubclass(kind, hot.OfficerEvent)
        else _route(buffers[topic_of(name, prefix)], case, of_cases)
        for name, kind in hot.EVENTS.items()
        if kind is not hot.Clock
    }


def _route(buffers: list[PartitionBuffer], name_of: Callable[[Any], str], known: dict[str, int]) -> Route:
    def route(event: hot.AnyEvent) -> tuple[bytes, PartitionBuffer]:
        name = name_of(event)
        key = name.encode()
        number = known.get(name)
        if number is None:
            if len(known) >= _KEYS_KEPT:
                known.clear()
            number = known[name] = partition_of(key, len(buffers))
        return key, buffers[number]

    return route


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
