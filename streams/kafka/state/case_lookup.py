"""Reads the state of one case, or of all cases, from the changelog, for commands and the console."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no type information

from schemas.topics import topic
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.case_state import CaseState
from streams.core.state.partition_record import META_KEY
from streams.errors import BrokerError
from streams.kafka.batches import Record
from streams.kafka.client.connection import client_options
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.client.worker_clocks import read_worker_clocks
from streams.kafka.input_gaps import GAPS, OpenGap, decode_gaps
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable

__all__ = ["CaseInChangelog", "PartitionInChangelog", "read_case_state", "read_partitions"]

# errors are raised as one sentence instead of the client's log
logging.getLogger("aiokafka").addHandler(logging.NullHandler())


class CaseInChangelog(NamedTuple):
    """The state of a case in the changelog.

    Attributes:
        state: Its registers.
        clock: The clock of its partition (ms): everything recorded up to it is judged.
        gaps: Open gaps in the input of its partition: events behind them are not judged.
        judged_as: The policy that its partition was judged under, as `Rules.judged_as` writes it.
    """

    state: CaseState
    clock: int
    gaps: Sequence[OpenGap]
    judged_as: str


class PartitionInChangelog(NamedTuple):
    """The cases of one partition in the changelog.

    Attributes:
        cases: They; its watermark and policy are those of the last flush.
        clock: The clock of the partition (ms): the cases are the same at it, although no flush has it.
        gaps: Open gaps in the input of the partition: events behind them are not judged.
    """

    cases: CasePartition
    clock: int
    gaps: Sequence[OpenGap]


class _OneCaseTable(ChangelogTable):
    """A table of one case of the partition, the gaps and the flush markers."""

    def __init__(self, key: bytes) -> None:
        super().__init__(META_KEY)
        self._kept = (key, META_KEY, GAPS.encode())

    def read(self, records: Sequence[Record]) -> None:
        """Read the records of the case, oldest first."""
        super().read([record for record in records if record.key in self._kept])


async def read_case_state(settings: Settings, rules: Rules, case_id: str) -> CaseInChangelog | None:
    """The state of a case; None when the changelog has none.

    Args:
        settings: The broker and the names of the topics.
        rules: A policy; no case is judged by it here.
        case_id: The case.

    Raises:
        BrokerError: The broker cannot be reached, or has no such topic.
    """
    key = case_id.encode()
    number = partition_of(key, settings.partitions)
    clocks = await read_worker_clocks(settings)
    found = await _read(settings, rules, number, _OneCaseTable(key), clocks)
    cases = found.cases
    return CaseInChangelog(cases.state(case_id), found.clock, found.gaps, cases.judged_as) if case_id in cases else None


async def read_partitions(settings: Settings, rules: Rules) -> AsyncIterator[PartitionInChangelog]:
    """Yield the states of all cases, a partition at a time: the cases of a partition are in memory, not the docket.

    Args:
        settings: The broker and the names of the topics.
        rules: A policy; no case is judged by it here.

    Raises:
        BrokerError: The broker cannot be reached, or has no such topic.
    """
    clocks = await read_worker_clocks(settings)
    for number in range(settings.partitions):
        yield await _read(settings, rules, number, ChangelogTable(META_KEY), clocks)


async def _read(
    settings: Settings, rules: Rules, number: int, table: ChangelogTable, clocks: Mapping[int, int]
) -> PartitionInChangelog:
    """Read a partition after the clocks: what it holds then is as of its clock, or newer."""
    name = topic("case-state", settings.prefix).name
    try:
        await read_changelog(client_options(settings), name, {number: table}, _never)
    except KafkaError as error:
        raise BrokerError(f"{name} cannot be read from {settings.brokers}: {error}") from error
    table.rollback_incomplete()
    records = table.drain()
    gaps = decode_gaps(records.pop(GAPS, None))
    cases = CasePartition(rules, number)
    cases.restore(records)
    return PartitionInChangelog(cases, max(cases.watermark, clocks.get(number, cases.watermark)), gaps)


def _never() -> bool:
    return False
