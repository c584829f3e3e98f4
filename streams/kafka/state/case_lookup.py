"""One case as a worker keeps it, read from the changelog: for whoever asks about it without being a worker."""

import logging
from collections.abc import Sequence
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
from streams.kafka.input_gaps import GAPS, OpenGap, decode_gaps
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable

__all__ = ["CaseInChangelog", "read_case_state"]

# what the client logs, we say in one sentence
logging.getLogger("aiokafka").addHandler(logging.NullHandler())


class CaseInChangelog(NamedTuple):
    """A case as the workers keep it.

    Attributes:
        state: Its registers.
        clock: The clock of its partition (ms).
        gaps: Gaps in the input of its partition: what lies behind them is not judged.
        judged_as: The policy that its partition was judged under, as `Rules.judged_as` writes it.
    """

    state: CaseState
    clock: int
    gaps: Sequence[OpenGap]
    judged_as: str


class _OneCaseTable(ChangelogTable):
    """An image of one case of the partition, of its gaps and of its marks."""

    def __init__(self, key: bytes) -> None:
        super().__init__(META_KEY)
        self._kept = (key, META_KEY, GAPS.encode())

    def read(self, records: Sequence[Record]) -> None:
        """Take what is of the case, oldest first."""
        super().read([record for record in records if record.key in self._kept])


async def read_case_state(settings: Settings, rules: Rules, case_id: str) -> CaseInChangelog | None:
    """A case as the workers keep it; None when no worker knows it.

    Args:
        settings: The broker and the names of the topics.
        rules: A policy; it judges nothing here.
        case_id: The case.

    Raises:
        BrokerError: The broker cannot be reached, or has no such topic.
    """
    key = case_id.encode()
    number = partition_of(key, settings.partitions)
    image = _OneCaseTable(key)
    name = topic("case-state", settings.prefix).name
    try:
        await read_changelog(client_options(settings), name, {number: image}, _never)
    except KafkaError as error:
        raise BrokerError(f"{name} cannot be read from {settings.brokers}: {error}") from error
    image.take_back()
    records = image.drain()
    gaps = decode_gaps(records.pop(GAPS, None))
    cases = CasePartition(rules, number)
    cases.restore(records)
    return CaseInChangelog(cases.state(case_id), cases.through, gaps, cases.judged_as) if case_id in cases else None


def _never() -> bool:
    return False
