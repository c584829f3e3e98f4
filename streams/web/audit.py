"""The audit trail of views: the console shows a case only after it has recorded who views it."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Final, Literal

from schemas.case_views import MOST_CASES_A_VIEW, CaseView
from schemas.topics import topic
from streams.errors import BrokerError
from streams.kafka.client.broker_errors import CLIENT_ERRORS
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.producer.batch_producer import BatchProducer
from streams.web.identity import Identity

__all__ = ["Audit"]

_PATIENCE_SECONDS: Final = 5.0


class Audit:
    """Records views of cases.

    Args:
        settings: Connection settings.
        now: The wall clock (ms).
    """

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._topic = topic("case-views", settings.prefix).name
        self._writer = BatchProducer(client_options(settings))
        self._now = now

    async def start(self) -> None:
        """Connect."""
        await self._writer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._writer.stop()

    async def record(
        self,
        identity: Identity,
        action: Literal["listed", "opened", "downloaded"],
        case_ids: Sequence[str],
        *,
        outcome: Literal["shown", "refused"] = "shown",
    ) -> None:
        """Record that a user is about to see cases, and return when the record is durable.

        Raises:
            BrokerError: The record could not be written; the cases must not be shown.
        """
        if not case_ids:
            return
        records: list[tuple[bytes, bytes | None]] = []
        for start in range(0, len(case_ids), MOST_CASES_A_VIEW):
            view = CaseView(
                view_id=uuid.uuid4().hex,
                actor=identity.actor,
                role=identity.role,
                action=action,
                outcome=outcome,
                case_ids=tuple(case_ids[start : start + MOST_CASES_A_VIEW]),
                observed_at=self._now(),
            )
            records.append((view.view_id.encode(), view.model_dump_json().encode()))
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._writer.append(self._topic, 0, records)
        except CLIENT_ERRORS as error:
            raise BrokerError(
                f"no case can be shown: the console cannot write to {self._topic}, which records every view"
            ) from error
