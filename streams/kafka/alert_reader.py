"""Reads what a worker has made of a replay: first whether it has judged that far, then every alert it published."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Raw, Struct

from schemas.instants import to_text
from schemas.topics import topic
from streams.errors import BrokerError
from streams.kafka.alert_comparison import AlertComparison
from streams.kafka.reader import Reader
from streams.kafka.settings import Settings
from streams.kafka.topics import ALERT_TOPICS
from streams.kafka.work import Place

__all__ = ["compare_alerts", "wait_until_judged"]

_ASK_SECONDS: Final = 0.3


class _Clock(Struct, array_like=True):
    """How far a case partition has judged, as its load partials say; they follow the alerts."""

    partition: int
    as_of: int
    final: bool | int
    rows: Raw


_clock: Final = msgspec.json.Decoder(_Clock).decode


async def wait_until_judged(
    settings: Settings,
    partitions: int,
    until: int,
    *,
    patience: float,
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
        on_clock: Told the instant up to which every partition has been judged, when it moves.
        check: Called now and then; raises what makes waiting futile.

    Raises:
        BrokerError: The broker does not answer well, or nobody judges any more.
    """
    place: Place = (topic("load-partials", settings.prefix).name, 0)
    clocks: dict[int, int] = {}
    begin: dict[Place, int] = {}
    moved = time.monotonic()
    async with Reader(settings) as reader:
        while True:
            before = dict(clocks)
            async for _, records in reader.read([place], begin=begin):
                for record in records:
                    if record.value is not None:
                        clock = _clock(record.value)
                        if not clock.final:
                            clocks[clock.partition] = max(clock.as_of, clocks.get(clock.partition, clock.as_of))
            heard = len(clocks) >= partitions
            if heard and min(clocks.values()) >= until:
                return
            now = time.monotonic()
            if clocks != before:
                moved = now
                if heard and on_clock is not None:
                    on_clock(min(clocks.values()))
            if check is not None:
                check()
            if now - moved > patience:
                raise BrokerError(_nobody(settings, partitions, until, clocks, patience))
            await asyncio.sleep(_ASK_SECONDS)


async def compare_alerts(settings: Settings, partitions: int, comparison: AlertComparison) -> int:
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
    places: list[Place] = [
        (topic(short, settings.prefix).name, number) for short in ALERT_TOPICS for number in range(partitions)
    ]
    ends: dict[Place, int] = {}
    count = 0
    async with Reader(settings) as reader:
        async for (name, _), records in reader.read(places, begin=ends):
            count += len(records)
            for record in records:
                comparison.take(name, record.key, record.value)
    return sum(ends.values()) - count


def _nobody(settings: Settings, partitions: int, until: int, clocks: dict[int, int], patience: float) -> str:
    missing = partitions - len(clocks)
    if missing:
        stands = f"{missing} of {partitions} case partitions were never judged"
    else:
        number, clock = min(clocks.items(), key=lambda item: item[1])
        stands = f"case partition {number} stands at {to_text(clock)}"
    return (
        f"no worker has judged up to {to_text(until)}: {stands}, and nothing moved for {patience:g} s; "
        f"is `docketwatch worker --clock log` running on {settings.brokers} with group {settings.group}?"
    )
