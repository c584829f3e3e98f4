"""The input topic of the kernel: case events of about 200 bytes, keyed by case, and the expected cases."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from streams.kafka.client.partitioning import partition_of
from streams.kafka.producer.batch_producer import BatchProducer

__all__ = ["Kept", "events", "expected", "publish"]

Kept = tuple[str, str, str, int]
"""Last contact, last event, officer and count of a case."""

_SEED: Final = 7
_EVENTS_A_CASE: Final = 4
_OFFICERS: Final = 2_000
_TYPES: Final = (
    "check_in_scheduled",
    "check_in_completed",
    "check_in_missed",
    "officer_assigned",
    "case_opened",
    "address_changed",
)
_BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
_CHUNK: Final = 1_000
"""Records a batch of the input: 200 kB, what a busy producer sends."""


def events(count: int) -> Iterator[tuple[str, str, str, str, bytes]]:
    """Yield case, type, officer, occurred_at and JSON of every event; a case has four on average, spread out."""
    chance = random.Random(_SEED)
    cases = max(1, count // _EVENTS_A_CASE)
    for number in range(count):
        case = f"c-{chance.randrange(cases):07d}"
        kind = chance.choice(_TYPES)
        officer = f"o-{chance.randrange(_OFFICERS):04d}"
        occurred = _BEGIN + timedelta(seconds=int(number / 2 + chance.gauss(0, 30)))
        recorded = occurred + timedelta(seconds=chance.randrange(1, 10))
        at = f"{occurred:%Y-%m-%dT%H:%M:%SZ}"
        json = (
            f'{{"event_id":"01HZ{chance.getrandbits(88):022x}","type":"{kind}","case_id":"{case}",'
            f'"officer_id":"{officer}","occurred_at":"{at}","recorded_at":"{recorded:%Y-%m-%dT%H:%M:%SZ}",'
            f'"office":"ATL"}}'
        )
        yield case, kind, officer, at, json.encode()


def expected(count: int) -> dict[str, Kept]:
    """Return the expected record of every case after all events, read in the order of each partition."""
    kept: dict[str, Kept] = {}
    for case, kind, officer, at, _ in events(count):
        contact, last, its_officer, number = kept.get(case, ("", "", "", 0))
        if at >= last:
            last, its_officer = at, officer
        if kind == "check_in_completed":
            contact = max(contact, at)
        kept[case] = contact, last, its_officer, number + 1
    return kept


async def publish(broker: str, topic: str, partitions: int, count: int) -> None:
    """Write the events, partitioned as Kafka's default partitioner does."""
    writer = BatchProducer({"bootstrap_servers": broker})
    await writer.start()
    try:
        waiting: list[list[tuple[bytes | None, bytes | None]]] = [[] for _ in range(partitions)]
        sent: list[Any] = []
        for case, *_, json in events(count):
            key = case.encode()
            number = partition_of(key, partitions)
            waiting[number].append((key, json))
            if len(waiting[number]) == _CHUNK:
                sent.append(asyncio.ensure_future(writer.append(topic, number, waiting[number])))
                waiting[number] = []
                if len(sent) >= 2 * partitions:
                    await sent.pop(0)
        sent += [writer.append(topic, number, rest) for number, rest in enumerate(waiting) if rest]
        await asyncio.gather(*sent)
    finally:
        await writer.stop()
