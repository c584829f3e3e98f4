"""The full work by docketwatch's own workers: all of CONTRACT.md §3 to §10, durably."""

import asyncio
import shutil
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

from schemas.topics import case_topics
from streams.kafka.client.settings import Settings
from streams.process.child_process import ChildProcess
from streams.tools.verify.alert_reader import wait_until_judged
from tests.load.peers.full_work import (
    PREFIX,
    FullRun,
    GeneratedLog,
    ReferenceRun,
    check_alerts,
    clear_outputs,
    environment_of,
    full_run,
)
from tests.load.peers.meter import peak_mib
from tests.load.peers.run import Bench, watch

__all__ = ["run_workers"]

_NEARLY: Final = 0.97
"""From this share of the log on, the topic by which the worker tells how far it has judged is followed."""


async def run_workers(log: GeneratedLog, bench: Bench, count: int, reference: ReferenceRun) -> FullRun:
    """Run so many workers with a new group and new topics for their state and their outputs.

    Raises:
        AssertionError: One ended, they hung, or computed other alerts than `evaluate`.
    """
    group = f"worker-{uuid.uuid4().hex[:8]}"
    scratch = bench.directory / group
    scratch.mkdir(parents=True)
    environment = environment_of(log, bench, group)
    await clear_outputs(log, bench, group)
    command = [sys.executable, "-m", "streams.cli.main", "worker", "--clock", "log", "--metrics-port", "0"]
    children = [ChildProcess(command, scratch / f"worker-{n}.log", environment=environment) for n in range(count)]
    settings = Settings.load(brokers=bench.view.address, partitions=log.partitions, group=group)
    try:
        topics = [entry.name for entry in case_topics(PREFIX, log.partitions)]
        samples = await watch(children, bench, group, topics, until=_is_judged(log, settings))
        peak = sum(peak_mib(child.pid) for child in children)
    finally:
        for child in children:
            child.stop()
    alerts = await check_alerts(log, settings, reference)
    shutil.rmtree(scratch)
    return full_run(log, samples, peak, alerts)


def _is_judged(log: GeneratedLog, settings: Settings) -> Callable[[int], Awaitable[bool]]:
    following: list[asyncio.Task[None]] = []

    async def is_done(committed: int) -> bool:
        if not following and committed >= _NEARLY * log.events:
            judged = wait_until_judged(settings, log.partitions, log.until_ms, patience=60)
            following.append(asyncio.create_task(judged))
        if following and following[0].done():
            following[0].result()
            return True
        return False

    return is_done
