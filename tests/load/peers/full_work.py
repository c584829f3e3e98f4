"""The full work, CONTRACT.md §2 to §7: its log, the result of `evaluate`, and the figures of one run of a system."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.topics import catalogue, input_topics
from streams.kafka.client.settings import Settings
from streams.process.child_process import ChildProcess
from streams.sources.log_blocks import read_blocks
from streams.tools.verify.alert_comparison import AlertComparison, Expectation
from streams.tools.verify.alert_reader import compare_alerts
from tests.load.peers.meter import Sample, window
from tests.load.peers.run import ROOT, Bench

__all__ = [
    "PREFIX",
    "FullRun",
    "GeneratedLog",
    "ReferenceRun",
    "check_alerts",
    "clear_outputs",
    "environment_of",
    "full_run",
    "publish_log",
    "run_evaluate",
]

PREFIX: Final = "docket"


@dataclass(frozen=True)
class GeneratedLog:
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
class FullRun:
    """The figures of one run; CPU times are in microseconds per event.

    Attributes:
        per_second: Events per second, from the first commit until the last alert was durable.
        late_per_second: The same, in the second half of the log alone.
        cpu_us: CPU time from the start until the last alert was durable.
        late_cpu_us: The same, in the second half of the log alone.
        compiler_us: The part of `cpu_us` that a JVM's compiler threads took.
        late_compiler_us: The part of `late_cpu_us`, likewise.
        peak_mib: The most resident memory, in MiB.
        alerts: How many alert revisions it published.
    """

    per_second: float
    late_per_second: float | None
    cpu_us: float
    late_cpu_us: float | None
    compiler_us: float
    late_compiler_us: float
    peak_mib: float
    alerts: int


@dataclass(frozen=True)
class ReferenceRun:
    """The result of `evaluate`.

    Attributes:
        alerts: The file of the revisions.
        run: The figures of its run, with its start and its file.
    """

    alerts: Path
    run: FullRun


async def publish_log(log: GeneratedLog, bench: Bench) -> None:
    """Create the topics and write the log into them, once."""
    environment = environment_of(log, bench, "unused")
    await _command(bench, environment, "topics", "create")
    await _command(bench, environment, "replay", str(log.file), "--until", log.until)


async def clear_outputs(log: GeneratedLog, bench: Bench, group: str) -> None:
    """Recreate every output topic, so that it has only this run's records."""
    outputs = {entry.name for entry in catalogue(PREFIX, log.partitions)}
    await bench.view.drop(sorted(outputs - {entry.name for entry in input_topics(PREFIX, log.partitions)}))
    await _command(bench, environment_of(log, bench, group), "topics", "create")


async def run_evaluate(log: GeneratedLog, bench: Bench) -> ReferenceRun:
    """Run `evaluate` on the log."""
    alerts = bench.directory / "alerts.jsonl"
    words = ["evaluate", str(log.file), "--until", log.until, "--alerts", str(alerts), "--loads", f"{alerts}.loads"]
    wall, cpu = await _command(bench, environment_of(log, bench, "unused"), *words)
    return ReferenceRun(
        alerts,
        FullRun(
            per_second=log.events / wall,
            late_per_second=None,
            cpu_us=cpu / log.events * 1e6,
            late_cpu_us=None,
            compiler_us=0.0,
            late_compiler_us=0.0,
            peak_mib=0.0,
            alerts=sum(1 for _ in _lines(alerts)),
        ),
    )


async def check_alerts(log: GeneratedLog, settings: Settings, reference: ReferenceRun) -> int:
    """Compare the alerts on the broker with those of `evaluate`, every revision.

    Returns:
        How many alerts there are.

    Raises:
        AssertionError: They differ.
    """
    comparison = AlertComparison(Expectation(str(reference.alerts), _lines(reference.alerts)))
    differences = comparison.differences(await compare_alerts(settings, log.partitions, comparison))
    assert not differences, f"{len(differences):,} alerts are not those of evaluate, first {differences[0]}"
    return comparison.found


def full_run(log: GeneratedLog, samples: Sequence[Sample], peak: float, alerts: int) -> FullRun:
    """Return the figures of a run's samples."""
    last = samples[-1]
    late = window(samples, log.events // 2, last.committed)
    return FullRun(
        per_second=window(samples, 1, last.committed).per_second,
        late_per_second=late.per_second,
        cpu_us=last.cpu / log.events * 1e6,
        late_cpu_us=late.cpu_us,
        compiler_us=last.compiler_cpu / log.events * 1e6,
        late_compiler_us=late.compiler_cpu_us,
        peak_mib=peak,
        alerts=alerts,
    )


def environment_of(log: GeneratedLog, bench: Bench, group: str) -> dict[str, str]:
    """Return the environment of docketwatch's commands."""
    ours = {
        "BROKERS": bench.view.address,
        "PREFIX": PREFIX,
        "GROUP": group,
        "PARTITIONS": str(log.partitions),
        "REPLICATION": "1",
    }
    # an installation has its bytecode: no command of it compiles its own sources at each start
    ours_alone = ("DOCKETWATCH_", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours_alone)}
    return {**inherited, "PYTHONPATH": str(ROOT), **{f"DOCKETWATCH_{name}": value for name, value in ours.items()}}


async def _command(bench: Bench, environment: dict[str, str], *words: str) -> tuple[float, float]:
    """Run a command of docketwatch until it ends.

    Returns:
        Its wall seconds and its CPU seconds, start included.
    """
    before, began = os.times(), time.monotonic()
    child = ChildProcess(
        [sys.executable, "-m", "streams.cli.main", *words], bench.directory / "command.log", environment=environment
    )
    code = await asyncio.to_thread(child.wait)
    assert code == 0, child.output()[-3000:]
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in read_blocks(path):
        for line in block.splitlines():
            number += 1
            yield number, line
