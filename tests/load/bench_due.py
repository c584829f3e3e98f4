"""The cost of one reading of the deadlines ahead, as the console's page *Due soon* makes it every quarter of an hour.

    python -m tests.load.bench_due [--cases 600000] [--rounds 3]

Run it by hand, never in CI. It starts Apache Kafka, writes the state of a generated docket to the changelog and prints
one line per figure: of the command, which is a process of its own, and of the console, which reads its output.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from schemas.policy import load_policy
from streams.core.alerting.deadline_counts import DUE_DAYS
from streams.core.policy.rules import Rules
from streams.web.due_soon.families import deadline_families
from streams.web.due_soon.reading import DueSoonList, DueSoonQuery, DueSoonReading
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.load.large_state import LargeState

_PARTITIONS: Final = 8
_COPIES: Final = 10
_DAYS: Final = 61
_MIB: Final = 1024


def measured(deployment: Deployment, output: Path) -> None:
    """Run the command as the console does, and print what it took."""
    command = [sys.executable, "-m", "streams.cli.main", "due", "--json", "--days", str(DUE_DAYS)]
    started = time.monotonic()
    with output.open("wb") as file:
        child = subprocess.Popen(command, env=deployment.environment, stdout=file)
        _, status, used = os.wait4(child.pid, 0)
    assert 0 == os.waitstatus_to_exitcode(status)
    print(
        f"docketwatch due: {used.ru_utime + used.ru_stime:.1f} s of CPU, {time.monotonic() - started:.1f} s, at most "
        f"{used.ru_maxrss / _MIB:,.0f} MiB; {output.stat().st_size / _MIB**2:.1f} MiB of JSON"
    )


def resident() -> float:
    """Return the resident MiB of this process."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / _MIB


def read(output: Path, rules: Rules) -> None:
    """Read the output as the console does, and print what it took."""
    printed, before, started = output.read_bytes(), resident(), time.process_time()
    reading = DueSoonReading.of(printed, 0)
    decoded, held = time.process_time(), resident()
    found = DueSoonList(with_protected=True).find(reading, DueSoonQuery())
    queried = time.process_time()
    series = sum(len(family.samples) for family in deadline_families(reading, rules.policy.offices, 2_000))
    print(
        f"console: {found.total.whole:,} deadlines of {reading.cases:,} cases, {reading.left_out:,} unlisted; decoded "
        f"in {decoded - started:.2f} s of CPU, {held - before:,.0f} MiB more; a query {queried - decoded:.2f} s, "
        f"a scrape {time.process_time() - queried:.2f} s, {series:,} series"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=3)
    words = parser.parse_args()
    rules = Rules(load_policy())
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        state = LargeState.make(
            directory / "docket", rules, cases=words.cases // _COPIES, copies=_COPIES, days=_DAYS, loaded=_DAYS - 1
        )
        with KafkaBroker(directory / "kafka") as broker:
            deployment = Deployment(broker.bootstrap, "due", partitions=_PARTITIONS).create()
            print(f"{state.fill(deployment):,} cases in {_PARTITIONS} partitions")
            for _ in range(words.rounds):
                measured(deployment, directory / "due.json")
                read(directory / "due.json", rules)


if __name__ == "__main__":
    main()
