"""Full workers on a generated log, beside `evaluate` on the same log: all of CONTRACT.md §3 to §8, and durable."""

import asyncio
import os
import shutil
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.topics import case_topics, catalogue, input_topics
from streams.kafka.client.settings import Settings
from streams.process.child_process import ChildProcess
from streams.sources.log_blocks import read_blocks
from streams.tools.verify.alert_comparison import AlertComparison, Expectation
from streams.tools.verify.alert_reader import compare_alerts, wait_until_judged
from tests.load.peers.meter import peak_mib, window
from tests.load.peers.run import ROOT, Bench, watch

__all__ = ["Log", "WorkerRun", "publish_log", "run_workers"]

_PREFIX: Final = "docket"
_NEARLY: Final = 0.97
"""From this share of the log on, the topic by which the worker tells how far it has judged is followed."""


@dataclass(frozen=True)
class Log:
    """A generated log.

    Attributes:
        file: Its events.
        until: Its last instant, as text.
        until_ms: The same in milliseconds.
        events: How many it has.
        partitions: How many partitions its topics have.
    """

    file: Path
    until: str
    until_ms: int
    events: int
    partitions: int


@dataclass(frozen=True)
class WorkerRun:
    """What one run of each showed.

    Attributes:
        per_second: Events a second of all of them, from the first commit until the last alert was durable.
        late_per_second: The same, in the second half of the log alone.
        cpu_us: CPU microseconds an event of all of them, from their start until the last alert was durable.
        peak_mib: Their most resident memory, added up.
        evaluate_per_second: Events a second of `evaluate`, its start and the alerts' file included.
        evaluate_cpu_us: Its CPU microseconds an event, likewise.
        alerts: How many alert revisions both came to.
    """

    per_second: float
    late_per_second: float
    cpu_us: float
    peak_mib: float
    evaluate_per_second: float
    evaluate_cpu_us: float
    alerts: int


async def publish_log(log: Log, bench: Bench) -> None:
    """Create the topics and play the log into them, once."""
    environment = _environment(log, bench, "nobody")
    await _command(bench, environment, "topics", "create")
    await _command(bench, environment, "replay", str(log.file), "--until", log.until)


async def run_workers(log: Log, bench: Bench, count: int) -> WorkerRun:
    """Run `evaluate`, then so many workers with a new group and new topics for their state and their answers.

    Raises:
        AssertionError: One ended, they hung, or came to other alerts than `evaluate`.
    """
    group = f"worker-{uuid.uuid4().hex[:8]}"
    scratch = bench.directory / group
    scratch.mkdir(parents=True)
    environment = _environment(log, bench, group)
    alerts = scratch / "alerts.jsonl"
    words = ["evaluate", str(log.file), "--until", log.until, "--alerts", str(alerts), "--loads", f"{alerts}.loads"]
    wall, cpu = await _command(bench, environment, *words)

    outputs = {entry.name for entry in catalogue(_PREFIX, log.partitions)}
    await bench.view.drop(sorted(outputs - {entry.name for entry in input_topics(_PREFIX, log.partitions)}))
    await _command(bench, environment, "topics", "create")
    command = [sys.executable, "-m", "streams.cli.main", "worker", "--clock", "log", "--metrics-port", "0"]
    children = [ChildProcess(command, scratch / f"worker-{n}.log", environment=environment) for n in range(count)]
    settings = Settings.load(brokers=bench.view.address, partitions=log.partitions, group=group)
    try:
        topics = [entry.name for entry in case_topics(_PREFIX, log.partitions)]
        samples = await watch(children, bench, group, topics, until=_is_judged(log, settings))
        peak = sum(peak_mib(child.pid) for child in children)
    finally:
        for child in children:
            child.stop()
    comparison = AlertComparison(Expectation(str(alerts), _lines(alerts)))
    differences = comparison.differences(await compare_alerts(settings, log.partitions, comparison))
    assert not differences, f"{len(differences):,} alerts are not those of evaluate, first {differences[0]}"
    shutil.rmtree(scratch)
    return WorkerRun(
        per_second=window(samples, 1, samples[-1].committed).per_second,
        late_per_second=window(samples, log.events // 2, samples[-1].committed).per_second,
        cpu_us=samples[-1].cpu / log.events * 1e6,
        peak_mib=peak,
        evaluate_per_second=log.events / wall,
        evaluate_cpu_us=cpu / log.events * 1e6,
        alerts=comparison.found,
    )


def _is_judged(log: Log, settings: Settings) -> Callable[[int], Awaitable[bool]]:
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


def _environment(log: Log, bench: Bench, group: str) -> dict[str, str]:
    ours = {
        "BROKERS": bench.view.address,
        "PREFIX": _PREFIX,
        "GROUP": group,
        "PARTITIONS": str(log.partitions),
        "REPLICATION": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
    return {**inherited, "PYTHONPATH": str(ROOT), **{f"DOCKETWATCH_{name}": value for name, value in ours.items()}}


async def _command(bench: Bench, environment: dict[str, str], *words: str) -> tuple[float, float]:
    """Run a command of docketwatch to its end.

    Returns:
        Its wall seconds and its CPU seconds, start included.
    """
    before, began = os.times(), time.monotonic()
    child = ChildProcess(
        [sys.executable, "-m", "streams.cli.main", *words], bench.directory / "command.log", environment=environment
    )
    code = await asyncio.to_thread(child.wait)
    assert code == 0, child.said()[-3000:]
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in read_blocks(path):
        for line in block.splitlines():
            number += 1
            yield number, line
