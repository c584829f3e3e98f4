"""Continues reading after a gap of the input once an operator has accepted its loss."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final

from schemas.topics import topic
from streams.errors import BrokerError
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.settings import Settings
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.input_gaps import InputGap
from streams.kafka.state.gap_records import GapLedger
from streams.kafka.work import PartitionId

__all__ = ["GapWatch"]

_log: Final = logging.getLogger(__name__)
_CHECK_SECONDS: Final = 1.0


class GapWatch:
    """Reads the audit topic while reading of some topic-partition stands at a gap, and only then.

    Args:
        settings: Where the audit topic is.
        consumer: The worker's.
        known: The gaps that the agents know of: none is passed before.
    """

    def __init__(
        self, settings: Settings, consumer: Callable[[], BatchConsumer], known: Callable[[], Collection[InputGap]]
    ) -> None:
        self._settings, self._consumer, self._known = settings, consumer, known
        self._audit = topic("audit", settings.prefix).name
        self._heals = topic("load-partials", settings.prefix).name

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            if not self._consumer().gaps:
                continue
            try:
                await self._while_held()
            except BrokerError as error:
                _log.warning("whether a gap of the input is accepted cannot be read: %s", error)

    async def _while_held(self) -> None:
        consumer, accepted = self._consumer(), GapLedger()
        begin: dict[PartitionId, int] = {}
        async with LogReader(self._settings) as reader:
            while held := consumer.gaps:
                async for _, records in reader.read([(self._audit, 0)], begin=begin):
                    accepted.read(records)
                known = self._known()
                for gap in held:
                    if gap in known and (gap.topic == self._heals or accepted.is_accepted(gap)):
                        await consumer.pass_gap(gap)
                await asyncio.sleep(_CHECK_SECONDS)
