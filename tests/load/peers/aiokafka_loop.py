"""The kernel as a bare aiokafka loop: the consumer's own group protocol, no restore, no watermark, no fencing.

It shows the most that Python and aiokafka can do. At least once: the state is durable before the offsets.
"""

import asyncio
import gc
import signal
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]  # ships no type information

from tests.load.peers.kernel import advance_all
from tests.load.peers.task import Task

__all__ = ["main"]

_FETCH_BYTES = 4 << 20
_POLL_RECORDS = 10_000
_BATCH_BYTES = 900_000


async def main(task: Task) -> None:
    """Run until SIGTERM."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    consumer = AIOKafkaConsumer(
        task.topic,
        bootstrap_servers=task.broker,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    producer = AIOKafkaProducer(bootstrap_servers=task.broker, acks="all", max_batch_size=_BATCH_BYTES)
    await producer.start()
    await consumer.start()
    cases: dict[bytes, bytes] = {}
    sent: list[Any] = []
    commit_at = time.monotonic() + task.commit_ms / 1000
    while not asked.is_set():
        for tp, records in (await consumer.getmany(timeout_ms=100, max_records=_POLL_RECORDS)).items():
            changelog = advance_all(cases, [(record.key, record.value) for record in records])
            sent += await _send(producer, task.changelog, tp.partition, changelog)
        if time.monotonic() >= commit_at:
            await asyncio.gather(*sent)
            sent.clear()
            await consumer.commit()
            commit_at = time.monotonic() + task.commit_ms / 1000
    await consumer.stop()
    await producer.stop()


async def _send(producer: Any, topic: str, partition: int, changelog: list[tuple[bytes, bytes]]) -> list[Any]:
    sent = []
    batch = producer.create_batch()
    for key, value in changelog:
        if batch.append(timestamp=None, key=key, value=value) is None:
            sent.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value)
    batch.close()
    sent.append(await producer.send_batch(batch, topic, partition=partition))
    return sent


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)  # the same setting as our worker's
    asyncio.run(main(Task.given()))
