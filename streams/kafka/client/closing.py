"""Close an aiokafka client within a timeout, without leaking its CancelledError to the caller."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same

__all__ = ["close_client"]

_SECONDS: Final = 5.0


async def close_client(client: Any, seconds: float = _SECONDS) -> str | None:  # noqa: ANN401  # aiokafka has no types
    """Stop a consumer or a producer.

    Stock: `stop` waits for ever for a broker that is gone. Where a connection broke and a request waits for its retry,
    `stop` raises CancelledError although no caller cancelled it, and leaves the other connections open; the task that
    awaited it ends without a message.
    Shown by tests/unit/kafka/client/test_closing.py.

    Args:
        client: aiokafka's, started or not.
        seconds: How long it may take.

    Returns:
        Why it failed, for the log; None when it closed cleanly.
    """
    why = await _await_within(client.stop(), seconds)
    if why is not None:
        connections = client._client if isinstance(client, AIOKafkaConsumer) else client.client  # noqa: SLF001  # no public name
        await _await_within(connections.close(), seconds)
    return why


async def _await_within(stopping: Coroutine[Any, Any, None], seconds: float) -> str | None:
    task = asyncio.create_task(stopping)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        return f"it took longer than {seconds:g} s"
    if task.cancelled():
        return "its connection broke meanwhile"
    try:
        task.result()
    except (KafkaError, OSError) as error:
        return str(error) or type(error).__name__
    return None
