"""One run of one system: start it, watch its commits, stop it, check its changelog, clean up."""

import asyncio
import os
import shutil
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.process.child_process import ChildProcess
from tests.load.peers.broker_view import BrokerView
from tests.load.peers.contents import check
from tests.load.peers.environments import Homes
from tests.load.peers.events import Kept
from tests.load.peers.meter import CompilerMeter, Sample, Window, cpu_seconds, peak_mib, window
from tests.load.peers.systems import System
from tests.load.peers.task import Task

__all__ = ["ROOT", "Bench", "Input", "KernelRun", "has_committed", "process_topic", "run", "watch"]

ROOT: Final = Path(__file__).parents[3]
_LOOK_SECONDS: Final = 0.05
_LONGEST_RUN_SECONDS: Final = 900.0
_GRACE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Bench:
    """The environment of the runs.

    Attributes:
        view: The broker.
        broker_pid: The broker's process id.
        homes: The peers' environments.
        directory: For the runs' files.
        commit_ms: Time between two commits.
    """

    view: BrokerView
    broker_pid: int
    homes: Homes
    directory: Path
    commit_ms: int


@dataclass(frozen=True)
class Input:
    """A topic of events.

    Attributes:
        topic: Its name.
        partitions: How many partitions it has.
        count: How many events it has.
        kept: The expected cases.
    """

    topic: str
    partitions: int
    count: int
    kept: dict[str, Kept]


@dataclass(frozen=True)
class KernelRun:
    """The figures of one run.

    Attributes:
        window: The rates after the warm-up.
        cpu_us_from_start: CPU microseconds per event over the whole run, start and warm-up included.
        peak_mib: The most resident memory, in MiB.
        records: How many records the changelog has.
    """

    window: Window
    cpu_us_from_start: float
    peak_mib: float
    records: int


async def run(system: System, given: Input, bench: Bench) -> KernelRun:
    """Run a system over a whole topic with a new group.

    Raises:
        AssertionError: It ended, hung, or has another changelog than expected.
    """
    samples, peak, records = await process_topic(system, given, bench)
    # half of the topic is warm-up: a JVM compiles its hot code, and dictionaries grow
    rates = window(samples, given.count // 2, given.count)
    return KernelRun(rates, samples[-1].cpu / given.count * 1e6, peak, records)


async def process_topic(system: System, given: Input, bench: Bench) -> tuple[list[Sample], float, int]:
    """Let a system process a topic; stop it, check its changelog and delete its topics.

    Returns:
        What was sampled; its peak memory in MiB; the number of records of its changelog.

    Raises:
        AssertionError: See `run`.
    """
    view = bench.view
    group = f"bench-{uuid.uuid4().hex[:8]}"
    scratch = bench.directory / group
    scratch.mkdir(parents=True)
    task = Task(
        broker=view.address,
        topic=given.topic,
        group=group,
        changelog=f"{group}-state",
        partitions=given.partitions,
        commit_ms=system.commit_ms or bench.commit_ms,
        directory=scratch,
    )
    if system.changelog is None:
        await view.create(task.changelog, given.partitions, is_compacted=True)
    environment = {**os.environ, **task.environment, **system.environment, "PYTHONPATH": str(ROOT)}
    child = ChildProcess(system.command(bench.homes), scratch / "program.log", environment=environment)
    try:
        samples = await watch([child], bench, group, [given.topic], until=has_committed(given.count))
        peak = peak_mib(child.pid)
    finally:
        child.stop(_GRACE_SECONDS)
    records = await check(view, system.changelog_of(task), system.form, given.kept)
    await view.drop([topic for topic in await view.topics() if group in topic])
    shutil.rmtree(scratch)
    return samples, peak, records


def has_committed(count: int) -> Callable[[int], Awaitable[bool]]:
    """Return a condition for `watch`: so many offsets are committed."""

    async def is_done(committed: int) -> bool:
        return committed >= count

    return is_done


async def watch(
    children: Sequence[ChildProcess],
    bench: Bench,
    group: str,
    topics: Sequence[str],
    *,
    until: Callable[[int], Awaitable[bool]],
) -> list[Sample]:
    """Sample programs that share one work.

    Args:
        children: The programs; their figures are added up.
        bench: Where they run.
        group: Their consumer group.
        topics: The topics whose committed offsets count.
        until: Gets the committed count; returns whether that is all.

    Raises:
        AssertionError: One of them ended, or they did not finish in time.
    """
    samples: list[Sample] = []
    compilers = [CompilerMeter(child.pid) for child in children]
    deadline = time.monotonic() + _LONGEST_RUN_SECONDS
    is_done = False
    while not is_done:
        for child in children:
            assert child.exit_code is None, f"it ended with {child.exit_code}:\n{child.output()[-3000:]}"
            assert time.monotonic() < deadline, f"{samples[-1].committed:,} are committed:\n{child.output()[-3000:]}"
        committed = await bench.view.committed(group, topics)
        cpu = sum(cpu_seconds(child.pid) for child in children)
        compiler_cpu = sum(compiler.seconds() for compiler in compilers)
        samples.append(Sample(time.monotonic(), cpu, cpu_seconds(bench.broker_pid), committed, compiler_cpu))
        is_done = await until(committed)
        await asyncio.sleep(_LOOK_SECONDS)  # the pause between two samples; nothing depends on its length
    return samples
