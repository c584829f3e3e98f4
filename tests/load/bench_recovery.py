"""The cost of a large state: recovery, memory, checkpoints, failover, and an event beside that of a small state.

    python -m tests.load.bench_recovery [--cases 2300000] [--events 400000]

Run it by hand, never in CI. It starts Apache Kafka and workers, writes the state of a generated docket to the
changelog and prints one line per figure. The figures are CPU time, because the machines are shared.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer

from schemas.policy import load_policy
from schemas.topics import topic
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.tools.verify.alert_reader import wait_until_judged
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until
from tests.load.large_state import LargeState
from tests.newest import newest

_PARTITIONS: Final = 8
_SMALL: Final = 10_000
_COPIES: Final = 10
_SESSION: Final = 6.0
_SILENCE: Final = 86_400_000
"""How long (ms) nothing happens after the kill: of millions of cases, some deadlines pass in every partition."""

_POLICY: Final = """\
name = "bench"
version = "1"
review_by = 2099-12-31

[load]
period = "24h"
"""
"""The small docket takes many months for its events: load periods of an hour would be dear for each of them, and are
not for those of the large one."""

_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class BenchmarkDeployment(Deployment):
    """The topics of the benchmark.

    Attributes:
        every: The least time between two checkpoints.
        policy: File of the policy.
    """

    partitions: int = _PARTITIONS
    every: str = "60s"
    policy: Path = field(kw_only=True)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a worker."""
        ours = {"CHECKPOINT_EVERY": self.every, "POLICY_FILE": str(self.policy)}
        return {**super().environment, **{f"DOCKETWATCH_{name}": value for name, value in ours.items()}}


class MeasuredWorker:
    """A worker under measurement.

    Args:
        deployment: Its topics.
        directory: For its log and its data.
        name: The name of both.
    """

    def __init__(self, deployment: Deployment, directory: Path, name: str) -> None:
        self.started = time.monotonic()
        self.worker = CliProcess(
            deployment, directory / f"{name}.log", "worker", "--clock", "log", data=directory / f"{name}.data"
        )

    def recovered(self) -> "MeasuredWorker":
        """Wait until it is ready."""
        wait_until(self._is_ready, "a worker that is ready", limit=4_500)
        self.wall = time.monotonic() - self.started
        return self

    def _is_ready(self) -> bool:
        assert self.worker.child.exit_code is None, self.worker.output()
        return "ready:" in self.worker.output()

    @property
    def cpu(self) -> float:
        """Return the seconds of CPU time that it has used."""
        fields = Path(f"/proc/{self.worker.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def memory(self, kind: str) -> float:
        """Return resident MiB, now (VmRSS) or at most (VmHWM)."""
        status = Path(f"/proc/{self.worker.child.pid}/status").read_text()
        return int(re.findall(rf"{kind}:\s+(\d+) kB", status)[0]) / 1024

    def restored(self) -> tuple[int, float]:
        """Return records and seconds of the last restore of cases."""
        count, seconds = re.findall(r"case-state: owns .* restored (\d+) records in ([\d.]+) s", self.worker.output())[
            -1
        ]
        return int(count), float(seconds)

    def owns(self) -> int:
        """Return how many case partitions it owns."""
        return len(self.worker.values("docketwatch_clock_timestamp_seconds"))

    def print_recovery(self, what: str) -> None:
        """Print its recovery."""
        count, seconds = self.restored()
        print(
            f"{what}: {count:,} records restored in {seconds:.1f} s, ready after {self.wall:.1f} s, "
            f"{self.cpu:.1f} s of CPU; resident {self.memory('VmRSS'):,.0f} MiB, at most {self.memory('VmHWM'):,.0f}"
        )


def checkpointed(deployment: BenchmarkDeployment, directory: Path) -> None:
    """Measure the recovery from the changelog alone and the cost of checkpoints."""
    worker = MeasuredWorker(deployment, directory, "large").recovered()
    worker.print_recovery("from the changelog")
    before, at = worker.cpu, time.monotonic()
    files = directory / "large.data" / topic("case-state", deployment.prefix).name

    def written() -> list[Path]:
        return list(files.glob("*.checkpoint"))

    wait_until(lambda: len(written()) == _PARTITIONS, "checkpoints of all partitions", limit=4_500)
    size = sum(path.stat().st_size for path in written())
    print(
        f"checkpoints: {size / 2**20:,.0f} MiB in {time.monotonic() - at:.1f} s, {worker.cpu - before:.1f} s of CPU, "
        f"beside the ticks; resident {worker.memory('VmRSS'):,.0f} MiB"
    )
    at = time.monotonic()
    worker.worker.stop()
    print(f"clean stop: {time.monotonic() - at:.1f} s")


def per_event(
    deployment: Deployment, directory: Path, name: str, state: LargeState, most: int
) -> tuple[MeasuredWorker, float]:
    """Return a worker that has judged the later events, and its CPU time (us) per event.

    The events are there when it starts: with a trickle, the transactions would be measured.
    """
    events, until = state.events(most)
    deployment.feed(events, until=until)
    worker = MeasuredWorker(deployment, directory, name).recovered()
    before, at = worker.cpu, time.monotonic()
    settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix, partitions=_PARTITIONS)
    asyncio.run(wait_until_judged(settings, _PARTITIONS, until, patience=60))
    seconds, cost = time.monotonic() - at, (worker.cpu - before) / len(events) * 1e6
    days = (until - state.watermark) / 86_400_000
    print(
        f"{name} state: {len(events):,} events of {days:,.1f} days in {seconds:.1f} s, {cost:.1f} us of CPU an event; "
        f"resident {worker.memory('VmRSS'):,.0f} MiB, at most {worker.memory('VmHWM'):,.0f}"
    )
    return worker, cost


def failover(first: MeasuredWorker, deployment: Deployment, directory: Path, until: int) -> None:
    """Kill a worker; measure how long until the other one publishes alerts of each of its partitions."""
    second = MeasuredWorker(deployment, directory, "second").recovered()
    half = _PARTITIONS // 2
    wait_until(lambda: first.owns() == half == second.owns(), "partitions shared between two workers", limit=4_500)
    second.print_recovery("a second worker takes half")
    taken = {
        int(number)
        for number in re.findall(r'docketwatch_clock_timestamp_seconds{partition="(\d+)"}', first.worker.metrics())
    }
    seconds = asyncio.run(_until_alerts(deployment, taken, lambda: _kill(first, deployment, until)))
    count, restore = second.restored()
    print(
        f"failover: alerts of all {half} partitions {seconds:.1f} s after SIGKILL, that is {seconds - _SESSION:.1f} s "
        f"after the session timeout; {restore:.1f} s of them restored {count:,} records, which is what a standby saves"
    )
    second.worker.child.kill()


def _kill(worker: MeasuredWorker, deployment: Deployment, until: int) -> None:
    worker.worker.child.kill()
    deployment.feed([], until=until + _SILENCE)


async def _until_alerts(deployment: Deployment, numbers: set[int], act: Callable[[], None]) -> float:
    reader = AIOKafkaConsumer(
        topic("lost-track-alerts", deployment.prefix).name,
        bootstrap_servers=deployment.broker,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    )
    await reader.start()
    for place_ in reader.assignment():
        await reader.position(place_)  # only later records count
    missing, at = set(numbers), time.monotonic()
    await asyncio.to_thread(act)
    async with asyncio.timeout(300):
        while missing:
            for records in (await reader.getmany(timeout_ms=100)).values():
                for record in records:
                    if record.value is not None:
                        case_id = json.loads(record.value)["case_id"]
                        missing.discard(partition_of(case_id.encode(), deployment.partitions))
    seconds = time.monotonic() - at
    await reader.stop()
    return seconds


def run(cases: int, most: int, directory: Path) -> None:
    """Print the figures."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a new topic has no leader for a moment
    print(f"Python {sys.version.split()[0]}; {cases:,} cases in {_PARTITIONS} partitions")
    policy = directory / "policy.toml"
    policy.write_text(_POLICY)
    rules = Rules(load_policy(policy))
    large = LargeState.make(directory / "log", rules, cases=cases // _COPIES, copies=_COPIES, days=8)
    small = LargeState.make(directory / "small-log", rules, cases=_SMALL, copies=1, days=600)
    bytes_ = sum(len(value) for _, value in large.records) / len(large.records)
    print(f"a case takes {bytes_:.0f} bytes, packed")
    partition = CasePartition(rules)
    partition.restore(newest(large.records))
    at = time.perf_counter()
    partition.records()
    print(f"a snapshot of {len(partition):,} cases holds the loop for {(time.perf_counter() - at) * 1e3:.1f} ms")
    del partition
    with KafkaBroker(directory / "kafka") as broker:
        deployment = BenchmarkDeployment(broker.bootstrap, "large", every="1s", policy=policy).create()
        large.fill(deployment)
        checkpointed(deployment, directory)
        deployment = BenchmarkDeployment(broker.bootstrap, "large", policy=policy)
        worker = MeasuredWorker(deployment, directory, "large").recovered()
        worker.print_recovery("from checkpoints")
        worker.worker.stop()
        worker, with_large = per_event(deployment, directory, "large", large, most)
        failover(worker, deployment, directory, large.events(most)[1])
        deployment = BenchmarkDeployment(broker.bootstrap, "small", policy=policy).create()
        small.fill(deployment)
        worker, with_small = per_event(deployment, directory, "small", small, most)
        worker.worker.stop()
    print(f"an event with the large state costs {with_large / with_small:.2f} times one with the small state")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2_300_000)
    parser.add_argument("--events", type=int, default=400_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run(arguments.cases, arguments.events, Path(scratch))
