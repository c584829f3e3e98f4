"""A docket of any size as a worker's changelog holds it, and its later events, copied from a smaller docket.

The states are those that the core computes from a generated log; each copy has its own cases and its own officers.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Self

import msgspec

from schemas import hot
from schemas.topics import topic
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.partition_record import META_KEY
from streams.kafka.client.partitioning import partition_of
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.work import KeyValue
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from tests.kafka.deployment import Deployment

__all__ = ["LargeState"]

_DAY: Final = 86_400_000
_STEP: Final = 2_000
_LETTERS: Final = b"opqrstuvwxyz"
"""An officer's id begins with the first of these; those of a copy with another, of the same length when packed."""

Record = tuple[bytes, bytes]


@dataclass(frozen=True)
class LargeState:
    """Cases as of an instant.

    Attributes:
        records: Key and packed state of every case of one copy.
        meta: The partition's own record.
        watermark: The instant (ms).
        later: The later events of one copy.
        copies: How many copies there are.
    """

    records: list[Record]
    meta: bytes
    watermark: int
    later: list[hot.CaseEvent]
    copies: int

    @classmethod
    def make(cls, directory: Path, rules: Rules, *, cases: int, copies: int, days: int, loaded: int = 3) -> Self:
        """Generate a log of `cases` cases over so many days, and apply the first `loaded` of them."""
        options = Options(cases=cases, days=days, seed=7)
        generate(options, directory)
        split = options.end_ms - (days - loaded) * _DAY
        partition, meta = CasePartition(rules), b""
        events = (event for event in read_events([directory / "events.jsonl"]) if isinstance(event, hot.CaseEvent))
        later: list[hot.CaseEvent] = []
        while not later and (step := list(islice(events, _STEP))):
            later = [event for event in step if event.recorded_at > split]
            step = step[: len(step) - len(later)]
            # the cut leaves events of one instant together, because the rest of them would be late
            effects = partition.advance(step, step[-1].recorded_at if step and not later else split)
            ((_, meta),) = [record for record in effects.changelog if record[0] == META_KEY]
        records = [(key.encode(), value) for key, value in partition.records()]
        return cls(records, meta, split, [*later, *events], copies)

    def fill(self, deployment: Deployment) -> int:
        """Write every state to the changelog, as flushes would; return how many there are."""
        return asyncio.run(self._fill(deployment))

    async def _fill(self, deployment: Deployment) -> int:
        writer = BatchProducer({"bootstrap_servers": deployment.broker})
        await writer.start()
        name, count = topic("case-state", deployment.prefix).name, 0
        for copy in range(self.copies):
            parts: list[list[KeyValue]] = [[] for _ in range(deployment.partitions)]
            for key, value in self.records:
                key = _key(key, copy)
                parts[partition_of(key, deployment.partitions)].append((key, _of_copy(value, copy)))
            for number, records in enumerate(parts):
                flushes = [[*records[at : at + _STEP], (META_KEY, self.meta)] for at in range(0, len(records), _STEP)]
                await writer.append(name, number, [record for flush in flushes for record in flush])
                count += len(records)
        await writer.stop()
        return count

    def events(self, most: int) -> tuple[list[hot.CaseEvent], int]:
        """Return about so many later events of all copies, and the instant (ms) up to which they are complete."""
        some = self.later[: most // self.copies]
        until = some[-1].recorded_at - 1
        return [event for each in some if each.recorded_at <= until for event in self._copied(each)], until

    def _copied(self, event: hot.CaseEvent) -> Iterator[hot.CaseEvent]:
        for copy in range(self.copies):
            changes = {"case_id": _key(event.case_id.encode(), copy).decode(), "event_id": f"{event.event_id}-{copy}"}
            officer = getattr(event, "officer_id", None)
            if officer is not None:
                changes["officer_id"] = _of_copy(officer.encode(), copy).decode()
            yield msgspec.structs.replace(event, **changes)


def _key(key: bytes, copy: int) -> bytes:
    return b"%s-%d" % (key, copy) if copy else key


def _of_copy(value: bytes, copy: int) -> bytes:
    return value.replace(_LETTERS[:1] + b"-", _LETTERS[copy : copy + 1] + b"-") if copy else value
