"""A gate before topics: read_committed consumers read nothing behind it and do not reach the end."""

import asyncio
from collections.abc import Collection
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer

from tests.kafka.deployment import Deployment

__all__ = ["Gate"]

_LONGEST_MS: Final = 120_000


class Gate:
    """An open transaction with a record in every partition of input topics; opening the gate aborts it.

    A worker can join its group, and be scraped, before it reads the first event. The wall clock does not
    speak for its topics meanwhile, since they are not read to their end.

    Args:
        deployment: Where the topics are.
        names: The topics.
    """

    def __init__(self, deployment: Deployment, names: Collection[str]) -> None:
        self._deployment = deployment
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._producer: Any = None

    def __enter__(self) -> Self:
        self._loop.run_until_complete(self._close())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self._open())
        self._loop.close()

    async def _close(self) -> None:
        deployment = self._deployment
        self._producer = AIOKafkaProducer(
            bootstrap_servers=deployment.broker,
            transactional_id=f"{deployment.prefix}-gate-{'-'.join(self._names)}",
            transaction_timeout_ms=_LONGEST_MS,
        )
        await self._producer.start()
        await self._producer.begin_transaction()
        for name in self._names:
            for number in range(deployment.partitions):
                await self._producer.send_and_wait(name, b"never read", partition=number)

    async def _open(self) -> None:
        await self._producer.abort_transaction()
        await self._producer.stop()
