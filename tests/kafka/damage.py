"""Damage to the topics of workers: deleted records and recreated topics; and what workers do then."""

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from schemas.topics import catalogue
from tests.kafka.deployment import Deployment, administering
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, free_port, wait_until

__all__ = ["OUTPUTS", "MeteredDeployment", "delete_records", "published", "recreate", "refusal", "run_command"]

OUTPUTS = ("lost-track-alerts", "restricted-alerts", "load-partials", "officer-load", "officer-alerts", "dead-letters")


@dataclass(frozen=True)
class MeteredDeployment(Deployment):
    """A deployment whose worker has its metrics port before it is ready.

    Attributes:
        port: The port of its metrics.
        group: Its group; the prefix when empty.
    """

    port: int = field(default_factory=free_port)
    group: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a worker."""
        ours = {"DOCKETWATCH_METRICS_PORT": str(self.port), "DOCKETWATCH_GROUP": self.group or self.prefix}
        return {**super().environment, **ours}

    def refused(self) -> float:
        """Return how many partitions its worker refuses, by its metrics; 0 while it does not answer."""
        try:
            # limit: the caller asks again
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        values = [line.rpartition(" ")[2] for line in lines if line.startswith("docketwatch_state_refused_partitions{")]
        return sum(map(float, values))


Body = Callable[[AIOKafkaAdminClient], Coroutine[Any, Any, None]]


def _administer(deployment: Deployment, body: Body) -> None:
    """Run an administrative action on the broker."""

    async def run() -> None:
        async with administering(deployment.broker) as admin:
            await body(admin)

    asyncio.run(run())


def delete_records(deployment: Deployment, short: str, count: int | None = None) -> None:
    """Delete the first records of every partition, `count` of them, or all.

    Apache Kafka deletes no records of a topic that is only compacted; an operator must change that first.
    """
    name = f"{deployment.prefix}.{short}"
    deployment.configure(short, {"cleanup.policy": "compact,delete"})

    async def body(admin: AIOKafkaAdminClient) -> None:
        partitions = [TopicPartition(name, number) for number in range(deployment.partitions)]
        before = dict.fromkeys(partitions, -1)
        if count is not None:
            begins = await _beginnings(deployment, partitions)
            before = {partition: begins[partition] + count for partition in partitions}
        await admin.delete_records({each: RecordsToDelete(before_offset=offset) for each, offset in before.items()})

    _administer(deployment, body)
    deployment.configure(short, {"cleanup.policy": "compact"})


async def _beginnings(deployment: Deployment, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=deployment.broker)
    await consumer.start()
    try:
        return await consumer.beginning_offsets(partitions)
    finally:
        await consumer.stop()


def recreate(deployment: Deployment, short: str) -> None:
    """Delete a topic, if it exists, and create it as `topics create` does."""
    entry = next(each for each in catalogue(deployment.prefix, deployment.partitions) if each.short == short)
    wanted = NewTopic(entry.name, entry.partitions, 1, topic_configs=entry.settings)

    async def body(admin: AIOKafkaAdminClient) -> None:
        await admin.delete_topics([entry.name])
        while (await admin.create_topics([wanted])).topic_errors[0][1]:  # until the old topic is gone
            await asyncio.sleep(0.1)

    _administer(deployment, body)


def published(deployment: Deployment) -> dict[str, int]:
    """Return how many records each output holds.

    Those of transactions without a marker count, too: a takeover has the broker end the last one of the former owner,
    and what was written long before becomes readable then.
    """
    return {short: len(deployment.read(short, committed=False)) for short in OUTPUTS}


def refusal(deployment: MeteredDeployment, worker: CliProcess, code: int = 70) -> str:
    """Return the message of a worker that refuses its state, after its metric and its exit code are checked."""

    def is_refused() -> bool:
        assert worker.child.exit_code is None, worker.output()
        return bool(deployment.refused())

    wait_until(is_refused, "a worker that refuses its state")
    assert worker.child.wait(LIMIT) == code, worker.output()
    lines = [line for line in worker.output().splitlines() if "the worker stops" in line]
    assert len(lines) == 1, worker.output()
    assert "Traceback" not in worker.output()
    return lines[0]


def run_command(deployment: Deployment, *words: str) -> tuple[int, str]:
    """Return exit code and output of a command with the settings of a deployment."""
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *words], env=deployment.environment, capture_output=True, text=True,
        check=False, timeout=LIMIT,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
