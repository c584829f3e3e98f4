"""Reads what a worker has made of a replay: first whether it has judged that far, then every alert it published."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from schemas.instants import to_text
from schemas.topics import topic
from streams.core.load.partial_clock import PartialClock, read_clock
from streams.errors import BrokerError
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import ALERT_TOPICS
from streams.kafka.work import PartitionId

__all__ = ["RecordReceiver", "compare_alerts", "compare_records", "wait_until_judged"]

_ASK_SECONDS: Final = 0.3


class _JudgedProgress:
    """The progress of judging, by partition.

    Args:
        partitions: How many there are of cases, and as many of officers.
        officers: Whether those of officers count.
    """

    def __init__(self, partitions: int, *, officers: bool) -> None:
        self._partitions = partitions
        self._judged: dict[str, dict[int, int]] = {"case": {}, "officer": {}} if officers else {"case": {}}

    def update(self, clock: PartialClock) -> bool:
        """Apply the clock of a partition; True if the partition has judged further."""
        of_officers = clock.officers
        if of_officers is None:
            return not clock.final and self._note("case", clock.partition, clock.as_of)
        return of_officers.judged is not None and self._note("officer", of_officers.partition, of_officers.judged)

    def is_at(self, until: int) -> bool:
        """Whether all have come to an instant."""
        return all(len(of) >= self._partitions and min(of.values()) >= until for of in self._judged.values())

    @property
    def cases_judged_up_to(self) -> int | None:
        """The instant up to which the slowest case partition has judged; None while one has sent nothing."""
        of = self._judged["case"]
        return min(of.values()) if len(of) >= self._partitions else None

    def describe(self, until: int) -> str:
        """Which partition has not come to an instant."""
        for kind, of in self._judged.items():
            missing = self._partitions - len(of)
            if missing:
                return f"{missing} of {self._partitions} {kind} partitions were never judged"
            number, clock = min(of.items(), key=lambda item: item[1])
            if clock < until:
                return f"{kind} partition {number} stands at {to_text(clock)}"
        return "all partitions do"

    def _note(self, kind: str, number: int, instant: int) -> bool:
        of = self._judged.get(kind)
        if of is None or instant <= of.get(number, instant - 1):
            return False
        of[number] = instant
        return True


async def wait_until_judged(
    settings: Settings,
    partitions: int,
    until: int,
    *,
    patience: float,
    officers: bool = False,
    on_clock: Callable[[int], None] | None = None,
    check: Callable[[], None] | None = None,
) -> None:
    """Wait until the workers have judged every case partition up to an instant, and published what they found.

    Every live load partial carries its partition's clock, goes to every partition of its topic, and is written once
    the alerts up to that clock are durable; so one partition of that topic tells it of all.

    Args:
        settings: Where the workers write.
        partitions: How many case partitions there are.
        until: The instant, in UTC milliseconds.
        patience: After how many seconds in which no clock moved to give up.
        officers: Whether to wait for the officer partitions, too, of which there are as many: each says on the same
            topic how far it has judged, once its alerts and loads up to there are durable.
        on_clock: Called with the instant up to which every partition has been judged, when it moves.
        check: Called now and then; raises what makes waiting futile.

    Raises:
        BrokerError: The broker does not answer well, or no worker judges any more.
    """
    tp: PartitionId = (topic("load-partials", settings.prefix).name, 0)
    progress = _JudgedProgress(partitions, officers=officers)
    begin: dict[PartitionId, int] = {}
    moved = time.monotonic()
    async with LogReader(settings) as reader:
        while True:
            has_moved = False
            async for _, records in reader.read([tp], begin=begin):
                for record in records:
                    if record.value is not None and progress.update(read_clock(record.value)):
                        has_moved = True
            if progress.is_at(until):
                return
            now = time.monotonic()
            if has_moved:
                moved = now
                if on_clock is not None and (at := progress.cases_judged_up_to) is not None:
                    on_clock(at)
            if check is not None:
                check()
            if now - moved > patience:
                raise BrokerError(_no_worker_sentence(settings, until, progress.describe(until), patience))
            await asyncio.sleep(_ASK_SECONDS)


class RecordReceiver(Protocol):
    """Receives the records of a broker."""

    def add_record(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Add a record; those of a partition in the order of its log."""


async def compare_alerts(settings: Settings, partitions: int, comparison: RecordReceiver) -> int:
    """Hand every record of the alert topics to a comparison.

    Args:
        settings: Where the alerts are.
        partitions: How many partitions each alert topic has.
        comparison: What takes them.

    Returns:
        How many offsets hold no record: what the broker has compacted away, or a mark of a transaction.

    Raises:
        BrokerError: The broker does not answer well.
    """
    names = [topic(short, settings.prefix).name for short in ALERT_TOPICS]
    return await compare_records(settings, dict.fromkeys(names, partitions), comparison)


async def compare_records(settings: Settings, partitions: Mapping[str, int], comparison: RecordReceiver) -> int:
    """The same with the records of other topics.

    Args:
        settings: Where they are.
        partitions: How many partitions each topic has, by its name.
        comparison: What takes them.
    """
    tps: list[PartitionId] = [(name, number) for name, count in partitions.items() for number in range(count)]
    ends: dict[PartitionId, int] = {}
    count = 0
    async with LogReader(settings) as reader:
        async for (name, _), records in reader.read(tps, begin=ends):
            count += len(records)
            for record in records:
                comparison.add_record(name, record.key, record.value)
    return sum(ends.values()) - count


def _no_worker_sentence(settings: Settings, until: int, stands: str, patience: float) -> str:
    return (
        f"no worker has judged up to {to_text(until)}: {stands}, and nothing moved for {patience:g} s; "
        f"is `docketwatch worker --clock log` running on {settings.brokers} with group {settings.group}?"
    )
