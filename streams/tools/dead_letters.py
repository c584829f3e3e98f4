"""Dead letters on the broker: read with what became of them, and sent again after a fix, with an audit record.

Sending again is idempotent: what an earlier redrive sent is left alone, and an event that comes twice changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from pydantic import ValidationError

from schemas import hot
from schemas.dead_letters import AuditRecord, DeadLetter
from schemas.decode import Refused, decode
from schemas.refusals import FEED_SKEW, RefusalCode
from schemas.topics import topic, topic_of
from streams.errors import BrokerError, UsageError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.broker_errors import CLIENT_ERRORS
from streams.kafka.client.connection import client_options
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import input_partitions
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.work import KeyValue, PartitionId

__all__ = ["Letter", "Letters", "read_letters", "redrive", "would_redrive"]

Outcome = Literal["sent", "refused", "already_sent", "gone"]

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, and what became of it.

    Attributes:
        letter: What was refused and why.
        outcome: Of the last redrive; None when there was none.
    """

    letter: DeadLetter
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Letters:
    """All dead letters.

    Attributes:
        letters: By where the refused record lies; each once, however often it was refused.
        unreadable: Records of the dead-letter topic that are none.
        partition_counts: How many partitions each topic has.
    """

    letters: Mapping[str, Letter]
    unreadable: int
    partition_counts: Mapping[str, int]


async def read_letters(settings: Settings) -> Letters:
    """Every dead letter that the broker keeps, with the outcome of its last redrive.

    Raises:
        BrokerError: The broker is not there, or lacks topics.
    """
    names = [topic(short, settings.prefix).name for short in ("dead-letters", "audit")]
    partition_counts = await asyncio.to_thread(_partition_counts, settings, names)
    missing = [name for name in names if name not in partition_counts]
    if missing:
        raise BrokerError(
            f"the broker at {settings.brokers} lacks {', '.join(missing)}: `docketwatch topics create` makes them"
        )
    letters: dict[str, DeadLetter] = {}
    outcomes: dict[str, Outcome] = {}
    unreadable = 0
    async with LogReader(settings) as reader:
        async for value in _values(reader, names[0], partition_counts[names[0]]):
            try:
                letter = DeadLetter.model_validate_json(value)
            except ValidationError:
                unreadable += 1
                continue
            letters.setdefault(letter.key, letter)
        async for value in _values(reader, names[1], partition_counts[names[1]]):
            if b'"gap_' in value or b'"state_' in value:
                continue  # of a gap of the input, or of a state that was mended: the topic is that of every audit
            record = AuditRecord.model_validate_json(value)
            # a request for what was sent before does not undo it
            outcomes[record.key] = "sent" if record.outcome == "already_sent" else record.outcome
    by_offset = sorted(letters.values(), key=lambda each: (each.topic, each.partition, each.offset))
    return Letters({each.key: Letter(each, outcomes.get(each.key)) for each in by_offset}, unreadable, partition_counts)


async def redrive(
    settings: Settings, letters: Letters, keys: Collection[str], actor: str, now: int
) -> list[AuditRecord]:
    """Send refused records again: each to the topic and the partition where it belongs.

    The record is taken from where it lies, or from its dead letter when the broker keeps it no longer. The events are
    durable before their audit records are written.

    Args:
        settings: Where to.
        letters: What there is.
        keys: Which, as topic:partition:offset; all that were not sent yet when empty.
        actor: Id of the person or the service that does it.
        now: Wall clock, UTC milliseconds.

    Returns:
        What was done with each.

    Raises:
        UsageError: There is no such dead letter.
        BrokerError: The broker is not there, refuses, or lacks topics.
    """
    chosen = _chosen(letters, keys)
    done: list[AuditRecord] = []
    writer = BatchProducer(client_options(settings))
    try:
        await writer.start()
        async with LogReader(settings) as reader:
            async for redriving, records in _judged(settings, reader, letters, chosen, actor, now):
                await writer.write(redriving.records)
                audited = [(each.key.encode(), each.model_dump_json().encode()) for each in records]
                await writer.append(topic("audit", settings.prefix).name, 0, audited)
                done += records
    except CLIENT_ERRORS as error:
        raise BrokerError(f"the broker at {settings.brokers} cannot be written to: {error}") from error
    finally:
        await writer.stop()
    return done


async def would_redrive(
    settings: Settings, letters: Letters, keys: Collection[str], actor: str, now: int
) -> list[AuditRecord]:
    """The outcome that `redrive` would have for each letter; sends no event and no audit record.

    Raises:
        UsageError: There is no such dead letter.
        BrokerError: The broker is not there, or lacks topics.
    """
    chosen = _chosen(letters, keys)
    async with LogReader(settings) as reader:
        judged = [records async for _, records in _judged(settings, reader, letters, chosen, actor, now)]
    return [record for records in judged for record in records]


def _chosen(letters: Letters, keys: Collection[str]) -> list[Letter]:
    unknown = [key for key in keys if key not in letters.letters]
    if unknown:
        raise UsageError(f"there is no dead letter {unknown[0]}; `docketwatch dead-letters list` names them")
    named = [letters.letters[key] for key in keys]
    return named or [each for each in letters.letters.values() if each.outcome != "sent"]


async def _judged(
    settings: Settings, reader: LogReader, letters: Letters, chosen: list[Letter], actor: str, now: int
) -> "AsyncIterator[tuple[_Redriving, list[AuditRecord]]]":
    """The records to send and their audit records, some letters at a time."""
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        payloads = await _payloads(reader, [each.letter for each in some if each.outcome != "sent"])
        redriving = _Redriving(settings, letters.partition_counts, payloads, actor, now)
        yield redriving, [redriving.decide(each) for each in some]


def _partition_counts(settings: Settings, names: list[str]) -> dict[str, int]:
    with AdminClient(settings) as admin:
        return {**input_partitions(admin, settings), **admin.partitions(names)}


async def _values(reader: LogReader, name: str, partitions: int) -> AsyncIterator[bytes]:
    async for _, records in reader.read([(name, number) for number in range(partitions)]):
        for record in records:
            if record.value is not None:
                yield record.value


async def _payloads(reader: LogReader, letters: Iterable[DeadLetter]) -> dict[str, bytes]:
    """The refused records, by where they lie; what is kept nowhere is left out."""
    found = {each.key: each.payload.encode() for each in letters if each.payload is not None}
    missing = sorted(((each.topic, each.partition), each.offset) for each in letters if each.payload is None)
    for tp, group in groupby(missing, key=_partition_of):
        async for record in reader.records_at(tp, [offset for _, offset in group]):
            if record.value is not None:
                found[f"{tp[0]}:{tp[1]}:{record.offset}"] = record.value
    return found


def _partition_of(item: tuple[PartitionId, int]) -> PartitionId:
    return item[0]


class _Redriving:
    """Some letters that are being sent again.

    Args:
        settings: Names of topics.
        partition_counts: How many partitions each topic has.
        payloads: The refused records, by where they lie.
        actor: Who does it.
        now: Wall clock, UTC milliseconds.

    Attributes:
        records: What is to be sent, and where.
    """

    def __init__(
        self,
        settings: Settings,
        partition_counts: Mapping[str, int],
        payloads: Mapping[str, bytes],
        actor: str,
        now: int,
    ) -> None:
        self._prefix, self._partition_counts, self._payloads = settings.prefix, partition_counts, payloads
        self._actor, self._now = actor, now
        self.records: dict[PartitionId, list[KeyValue]] = {}

    def decide(self, letter: Letter) -> AuditRecord:
        """Decide about one; what is to be sent waits in `records`."""
        if letter.outcome == "sent":
            return self._audit(letter, "already_sent")
        raw = self._payloads.get(letter.letter.key)
        if raw is None:
            return self._audit(letter, "gone")
        try:
            event = decode(raw)
        except Refused as again:
            return self._audit(letter, "refused", code=again.code)
        if letter.letter.code is RefusalCode.FROM_THE_FUTURE and event.recorded_at > self._now + FEED_SKEW:
            return self._audit(letter, "refused", code=letter.letter.code)  # the time has not come yet
        if isinstance(event, hot.Clock):
            return self._audit(letter, "refused", code=letter.letter.code)  # what it said then is not true of now
        target = topic_of(event.type, self._prefix)
        key = (event.officer_id if isinstance(event, hot.OfficerEvent) else event.case_id).encode()
        self.records.setdefault((target, partition_of(key, self._partition_counts[target])), []).append((key, raw))
        return self._audit(letter, "sent", event_id=event.event_id)

    def _audit(
        self, letter: Letter, outcome: Outcome, *, code: RefusalCode | None = None, event_id: str | None = None
    ) -> AuditRecord:
        refused = letter.letter
        return AuditRecord(
            topic=refused.topic,
            partition=refused.partition,
            offset=refused.offset,
            action="redrive",
            actor=self._actor,
            outcome=outcome,
            code=code,
            event_id=event_id,
            observed_at=self._now,
        )
