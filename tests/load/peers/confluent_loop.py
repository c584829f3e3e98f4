"""The kernel as a bare loop over confluent-kafka, the client based on librdkafka.

It shows the most that Python can do: the consumer's own group protocol, no restore, no fencing.
At least once: the state is durable before the offsets.
"""

import gc
import time

from confluent_kafka import Consumer, KafkaException, Producer  # type: ignore[import-not-found]  # lives in an environment of its own

from tests.load.peers.kernel import advance_all
from tests.load.peers.task import Task, until_asked_to_stop

__all__ = ["main"]

_POLL_RECORDS = 10_000


def main(task: Task) -> None:
    """Run until SIGTERM."""
    asked = until_asked_to_stop()
    failures: list[object] = []
    producer = Producer(
        {
            "bootstrap.servers": task.broker,
            "acks": "all",
            "linger.ms": 20,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 1 << 20,
            "delivery.report.only.error": True,
            "error_cb": failures.append,
            "on_delivery": lambda error, _: failures.append(error),
        }
    )
    consumer = Consumer(
        {
            "bootstrap.servers": task.broker,
            "group.id": task.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "fetch.message.max.bytes": 4 << 20,
            "queued.max.messages.kbytes": 65_536,
            "queued.min.messages": 200_000,
        }
    )
    consumer.subscribe([task.topic])
    cases: dict[bytes, bytes] = {}
    commit_at = time.monotonic() + task.commit_ms / 1000
    is_dirty = False
    while not asked.is_set():
        records = consumer.consume(_POLL_RECORDS, 0.1)
        for record in records:
            if record.error():
                raise KafkaException(record.error())
        changelog = advance_all(cases, [(record.key(), record.value()) for record in records])
        for record, (key, packed) in zip(records, changelog, strict=True):
            producer.produce(task.changelog, packed, key, record.partition())
            is_dirty = True
        producer.poll(0)
        if is_dirty and time.monotonic() >= commit_at:
            producer.flush()
            if failures:
                raise RuntimeError(f"not delivered: {failures[0]}")
            consumer.commit(asynchronous=False)
            is_dirty = False
            commit_at = time.monotonic() + task.commit_ms / 1000
    consumer.close()


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)  # the same setting as our worker's
    main(Task.given())
