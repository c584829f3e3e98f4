"""Detects that an alert topic lacks open alerts: it was recreated, or its records were deleted.

Consumers of such a topic see too few lost-track cases, because an open alert is published again only when it changes. A
topic that is recreated under a running worker ends it (`topic_watch`). This module covers a topic that was recreated
while no worker ran: the state remembers the id of the topic it published to. It also checks regularly whether records
were deleted.
Shown by tests/kafka/test_alert_topics.py.
"""

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from streams.core.state.origin import AlertTopic
from streams.errors import BrokerError
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.settings import Settings
from streams.kafka.state.history import ChangelogHistory
from streams.kafka.state.partition_store import PartitionStore

__all__ = ["AlertTopicWatch"]

_log: Final = logging.getLogger(__name__)
_CHECK_SECONDS: Final = 1.0
_READ_SECONDS: Final = 20.0
_RUNBOOK: Final = "deploy/runbooks/DocketwatchAlertTopicLost.md"


class AlertTopicWatch:
    """Checks where alert topics begin, and logs which lack alerts.

    Args:
        settings: How to reach the brokers.
        stores: What the states of each agent belong to, and its store.
    """

    def __init__(self, settings: Settings, stores: Sequence[tuple[ChangelogHistory, PartitionStore[Any]]]) -> None:
        self._settings, self._stores = settings, stores

    async def run(self) -> None:
        """Check until cancelled."""
        reported: set[str] = set()
        read_at = monotonic()
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            reported = self._log_lost(reported)
            if monotonic() - read_at < _READ_SECONDS:
                continue
            try:
                await self._read_begins()
            except BrokerError as error:
                _log.info("where alert topics begin cannot be asked for now: %s", error)
            read_at = monotonic()

    def _log_lost(self, reported: set[str]) -> set[str]:
        lost: dict[str, str] = {}
        for history, store in self._stores:
            for owned in store.origins:
                lost |= history.lost(owned)
        for name in sorted(lost.keys() - reported):
            _log.error(
                "%s %s, so alerts that stand may be missing there. With the workers stopped, `docketwatch alerts "
                "republish` publishes them again: %s",
                name, lost[name], _RUNBOOK,
            )  # fmt: skip
        return set(lost)

    async def _read_begins(self) -> None:
        async with LogReader(self._settings) as reader:
            for history, _ in self._stores:
                begins = await reader.first_offsets(list(history.alert_topics), self._settings.partitions)
                history.alert_topics = {
                    name: AlertTopic(was.id, begins[name]) for name, was in history.alert_topics.items()
                }
