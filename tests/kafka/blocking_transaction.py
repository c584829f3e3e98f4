"""An open transaction that keeps read_committed consumers from reading what follows in its partitions."""

import asyncio
from collections.abc import Collection
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer

from tests.kafka.deployment import Deployment

__all__ = ["BlockingTransaction"]

_LONGEST_MS: Final = 120_000


class BlockingTransaction:
    """An open transaction with a record in every partition of some topics; the end of the block aborts it.

    A worker can join its group, and Prometheus can scrape it, before it reads the first event. The wall clock does not
    advance the topics meanwhile, because they are not read to their end.

    Args:
        deployment: The deployment that has the topics.
        names: The topics.
    """

    def __init__(self, deployment: Deployment, names: Collection[str]) -> None:
        self._deployment = deployment
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._producer: Any = None

    def __enter__(self) -> Self:
        self._loop.run_until_complete(self._begin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self._abort())
        self._loop.close()

    async def _begin(self) -> None:
        deployment = self._deployment
        self._producer = AIOKafkaProducer(
            bootstrap_servers=deployment.broker,
            transactional_id=f"{deployment.prefix}-blocking-{'-'.join(self._names)}",
            transaction_timeout_ms=_LONGEST_MS,
        )
        await self._producer.start()
        await self._producer.begin_transaction()
        for name in self._names:
            for number in range(deployment.partitions):
                await self._producer.send_and_wait(name, b"never read", partition=number)

    async def _abort(self) -> None:
        await self._producer.abort_transaction()
        await self._producer.stop()
