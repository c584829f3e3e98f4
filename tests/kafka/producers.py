"""Foreign producers with a codec: librdkafka's, and Kafka's own in Java."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from aiokafka.record.memory_records import MemoryRecords
from confluent_kafka import Producer

from tests.kafka.jars import jars, java
from tests.kafka.waiting import LIMIT

__all__ = ["CODECS", "codecs_on_disk", "send_by_java", "send_by_librdkafka"]

CODECS: Final = ("none", "gzip", "snappy", "lz4", "zstd")
"""In the order of their numbers in a record batch."""

_HEAP_MB: Final = 96
KeyValue = tuple[bytes | None, bytes | None]


def send_by_librdkafka(broker: str, topic: str, records: Iterable[KeyValue], codec: str, **options: object) -> None:
    """Send records to the partitions of their keys; return when all are acknowledged."""
    failed: list[object] = []
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "compression.codec": codec,
            "partitioner": "murmur2_random",
            "linger.ms": 50,
            "enable.idempotence": True,
            **options,
        }
    )
    for key, value in records:
        producer.produce(
            topic,
            value,
            key,
            headers=[("trace", b"\x00\xff"), ("trace", b""), ("empty", None)],
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        producer.poll(0)
    assert producer.flush(LIMIT) == 0
    assert failed == []


def send_by_java(broker: str, topic: str, records: Iterable[tuple[bytes, bytes]], codec: str) -> None:
    """Send the same with Kafka's own producer, as its console producer starts it."""
    words = ("--bootstrap-server", broker, "--topic", topic, "--compression-codec", codec)
    reading = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=\t")
    command = java(jars(), _HEAP_MB, "org.apache.kafka.tools.ConsoleProducer", *words, *reading)
    lines = b"".join(key + b"\t" + value + b"\n" for key, value in records)
    done = subprocess.run(command, input=lines, capture_output=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr.decode()


def codecs_on_disk(data: Path, topics: Sequence[str]) -> dict[str, set[str]]:
    """Return the codecs of the batches of each topic in a broker's log, without control batches."""
    found: dict[str, set[str]] = {topic: set() for topic in topics}
    for topic, codecs in found.items():
        for segment in data.glob(f"{topic}-*/*.log"):
            batches = MemoryRecords(segment.read_bytes())
            while batches.has_next():
                batch = batches.next_batch()
                if not batch.is_control_batch:
                    codecs.add(CODECS[batch.compression_type])
    return found
