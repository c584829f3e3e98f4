"""Gaps of the input in the audit topic: which are open, and which were accepted."""

import asyncio
from collections.abc import Collection, Iterable

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no type information
from pydantic import ValidationError

from schemas.input_gaps import InputGapRecord
from schemas.topics import topic
from streams.errors import BrokerError
from streams.kafka.batches import Record
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.connection import client_options
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import InputGap
from streams.kafka.producer.batch_producer import BatchProducer

__all__ = ["GapLedger", "accept_gaps", "read_gaps"]


class GapLedger:
    """The gaps in the audit topic, as far as it was read."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], InputGapRecord] = {}
        self._accepted: set[InputGap] = set()

    def read(self, records: Iterable[Record]) -> None:
        """Read the records about gaps; ignore other records of the audit topic."""
        for each in records:
            if each.value is None or b'"gap_' not in each.value:
                continue
            try:
                record = InputGapRecord.model_validate_json(each.value)
            except ValidationError:
                continue  # another program with write access may have written it
            if record.action == "gap_found":
                self._found[record.topic, record.partition] = record
            else:
                self._accepted.add(_gap(record))

    def is_accepted(self, gap: InputGap) -> bool:
        """Whether an operator accepted exactly this gap."""
        return gap in self._accepted

    def open(self) -> list[InputGapRecord]:
        """The newest gap of each topic-partition that no operator has accepted, in order."""
        found = sorted(self._found.items())
        return [record for _, record in found if _gap(record) not in self._accepted]


async def read_gaps(settings: Settings) -> list[InputGapRecord]:
    """The open gaps.

    Raises:
        BrokerError: The broker is not reachable, or has no audit topic.
    """
    name = topic("audit", settings.prefix).name
    if not await asyncio.to_thread(_exists, settings, name):
        raise BrokerError(f"the broker at {settings.brokers} lacks {name}: `docketwatch topics create` makes it")
    ledger = GapLedger()
    async with LogReader(settings) as reader:
        async for _, records in reader.read([(name, 0)]):
            ledger.read(records)
    return ledger.open()


async def accept_gaps(settings: Settings, gaps: Collection[InputGapRecord], actor: str, now: int) -> None:
    """Record in the audit topic that the loss of some gaps is accepted: workers that wait at them read on.

    Args:
        settings: How to reach the brokers.
        gaps: The gaps, as `read_gaps` returns them.
        actor: Id of the person or the service that accepts.
        now: Wall clock, UTC milliseconds.

    Raises:
        BrokerError: The broker is not reachable, or refuses.
    """
    accepted = [gap.model_copy(update={"action": "gap_accepted", "actor": actor, "observed_at": now}) for gap in gaps]
    producer = BatchProducer(client_options(settings))
    try:
        await producer.start()
        records = [(each.key.encode(), each.model_dump_json().encode()) for each in accepted]
        await producer.append(topic("audit", settings.prefix).name, 0, records)
    except (KafkaError, OSError) as error:
        raise BrokerError(f"the broker at {settings.brokers} cannot be written to: {error}") from error
    finally:
        await producer.stop()


def _exists(settings: Settings, name: str) -> bool:
    with AdminClient(settings) as admin:
        return name in admin.partitions([name])


def _gap(record: InputGapRecord) -> InputGap:
    return InputGap(record.topic, record.partition, record.offset, record.last_offset, record.resumes_at)
