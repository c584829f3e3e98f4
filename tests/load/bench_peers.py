"""docketwatch beside other systems, the kernel and the full worker, on one Apache Kafka; run by hand, never by tests.

    python -m tests.load.bench_peers [--rounds 3] [--events 3000000] [--systems NAME,...] [--json FILE]

The kernel decodes an event of 200 bytes of JSON, merges it into its case and makes the case durable in a compacted
changelog before it commits the offset. Every system reads the same topic of four partitions with a new group per run,
commits at the same interval, and runs alone with the broker on this machine: one system after the other, round after
round, after one run that only warms the broker.
Rates are measured between two commits in the second half of the topic, so that they include no start and no warm-up:
the broker gives the offsets, Linux the CPU time of all threads of the process. After each run the changelog must
have every case in its expected state, or the benchmark fails.

The full work: `docketwatch worker --clock log` on a generated log in topics of four partitions, beside a program on
Kafka Streams that does CONTRACT.md §2 to §7 (full_streams.py says what it leaves out). `docketwatch evaluate` runs
first in every round, and every alert revision of every run is compared with its own, or the benchmark fails. CPU time
is from the start of the process on; that of a JVM's compiler threads is left out in a column of its own, since a
service compiles once. Two full workers share the log as two machines would, but for the cores, which they share with
the broker and with each other.

Peers are installed in virtual environments and a build directory under --directory when they are missing.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from schemas.instants import to_ms
from tests.kafka.brokers import KafkaBroker
from tests.kafka.jars import VERSION
from tests.load.bench_evaluate import generate
from tests.load.peers.broker_view import BrokerView
from tests.load.peers.environments import Homes
from tests.load.peers.events import expected, publish
from tests.load.peers.full_streams import STREAMS, run_streams
from tests.load.peers.full_work import FullRun, GeneratedLog, publish_log, run_evaluate
from tests.load.peers.full_worker import run_workers
from tests.load.peers.run import Bench, Input, KernelRun, run
from tests.load.peers.systems import SYSTEMS, System, versions
from tests.load.peers.table import full_table, kernel_table, progress

_PARTITIONS: Final = 4
_WORKERS: Final = {"full worker": 1, "two full workers": 2}
_FULL: Final = (*_WORKERS, *STREAMS)
_EVALUATE: Final = "evaluate"


async def kernels(systems: Sequence[System], rounds: int, events: int, bench: Bench) -> dict[str, list[KernelRun]]:
    """Run every system so many times, one after the other; each round begins with the next of them.

    One run before them does not count: the first system would meet a broker whose JVM has compiled nothing, which cost
    the broker two microseconds per event more, and the system under test a tenth of its rate.
    """
    inputs: dict[int, Input] = {}
    for count in {system.events_of(events) for system in systems}:
        topic = f"events-{count}"
        await bench.view.create(topic, _PARTITIONS)
        await publish(bench.view.address, topic, _PARTITIONS, count)
        inputs[count] = Input(topic, _PARTITIONS, count, expected(count))
    runs: dict[str, list[KernelRun]] = {system.name: [] for system in systems}
    first = systems[0]
    print(progress(0, first.name, await run(first, inputs[first.events_of(events)], bench)), flush=True)
    for turn in range(1, rounds + 1):
        begin = (turn - 1) % len(systems)
        for system in [*systems[begin:], *systems[:begin]]:
            runs[system.name].append(await run(system, inputs[system.events_of(events)], bench))
            print(progress(turn, system.name, runs[system.name][-1]), flush=True)
    return runs


async def full_work(names: Sequence[str], log: GeneratedLog, rounds: int, bench: Bench) -> dict[str, list[FullRun]]:
    """Run `evaluate` and then every system so many times; each round begins with the next of them."""
    await publish_log(log, bench)
    runs: dict[str, list[FullRun]] = {name: [] for name in (_EVALUATE, *names)}
    for turn in range(1, rounds + 1):
        reference = await run_evaluate(log, bench)
        runs[_EVALUATE].append(reference.run)
        begin = (turn - 1) % len(names)
        for name in [*names[begin:], *names[:begin]]:
            if name in _WORKERS:
                found = await run_workers(log, bench, _WORKERS[name], reference)
            else:
                found = await run_streams(log, bench, STREAMS[name], reference)
            runs[name].append(found)
            print(f"round {turn}: {name}: {found}", flush=True)
    return runs


def the_log(directory: Path, cases: int, days: int) -> GeneratedLog:
    """Return a generated log, which the next run of the benchmark uses again."""
    home = directory / f"log-{cases}-{days}"
    manifest = home / "manifest.json"
    if not manifest.exists():
        generate(cases, days, str(home))
    counts = json.loads(manifest.read_text())
    return GeneratedLog(
        home / "events.jsonl", counts["until"], to_ms(counts["until"]), sum(counts["events"].values()), _PARTITIONS
    )


async def bench_all(arguments: argparse.Namespace) -> None:
    """Run the requested benchmarks and print them."""
    wanted = [name.strip() for name in arguments.systems.split(",")]
    systems = [system for system in SYSTEMS if system.name in wanted]
    homes = Homes(arguments.directory)
    used = versions(systems, homes)
    print(f"Apache Kafka {VERSION}; {used}")
    figures: dict[str, object] = {"versions": used}
    with (
        tempfile.TemporaryDirectory(dir=arguments.directory) as scratch,
        KafkaBroker(Path(scratch) / "kafka", for_long=True) as broker,
    ):
        async with BrokerView(broker.bootstrap) as view:
            bench = Bench(view, broker.pid, homes, Path(scratch), arguments.commit_ms)
            if systems:
                kernel = await kernels(systems, arguments.rounds, arguments.events, bench)
                print("\n".join(["", *kernel_table(kernel), ""]), flush=True)
                figures["kernel"] = {name: [asdict(each) for each in its] for name, its in kernel.items()}
            if full := [name for name in _FULL if name in wanted]:
                log = the_log(arguments.directory, arguments.cases, arguments.days)
                runs = await full_work(full, log, arguments.rounds, bench)
                print("\n".join(["", f"{log.events:,} events", *full_table(runs, full[0]), ""]), flush=True)
                figures |= {name: [asdict(each) for each in its] for name, its in runs.items()}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*(system.name for system in SYSTEMS), *_FULL]
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=3_000_000, help="of the kernel's topic; slow systems get less")
    parser.add_argument("--commit-ms", type=int, default=1_000)
    parser.add_argument("--cases", type=int, default=141_000, help="of the full work's log")
    parser.add_argument("--days", type=int, default=180, help="of the full work's log")
    parser.add_argument("--systems", default=",".join(names), help="names, divided by commas: " + ", ".join(names))
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "docketwatch-peers")
    parser.add_argument("--json", type=Path, help="file for every figure of every run")
    arguments = parser.parse_args()
    unknown = {name.strip() for name in arguments.systems.split(",")} - set(names)
    if unknown:
        parser.error(f"--systems: no such system: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(bench_all(arguments))


if __name__ == "__main__":
    main()
