"""How throughput grows with workers: 64 partitions on 1 to 16 workers, run in turn, CPU accounted.

    python -m tests.load.bench_workers [--cases 30000] [--days 60] [--partitions 64] [--workers 1 2 4 8 16]

A generated log is divided into partitions by the key, as Kafka divides it, and each worker of so many is a process of
its own that evaluates its partitions, one after the other on this machine. Officers' tables are left out, and so is the
broker: what is measured is the core of the case agent, with the load partials that every partition makes. The rate of a
number of workers is that of the slowest of them: all events by the most CPU time that one took. Before its clock runs,
each worker has read the log and evaluated one partition.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import cast

from schemas import hot
from schemas.policy import load_policy
from streams.core.evaluation import batches
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.registers import APPLIERS
from streams.kafka.client.partitioning import partition_of
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events


def evaluated(rules: Rules, number: int, events: list[hot.CaseEvent], until: int) -> int:
    """Evaluate one partition; the number of its alert revisions."""
    partition = CasePartition(rules, number)
    return sum(
        len(partition.advance(cast(list[hot.CaseEvent], batch), watermark).alerts)
        for batch, watermark in batches(events, until)
    )


def worked(log: Path, partitions: int, worker: int, workers: int) -> dict[str, float]:
    """Evaluate the partitions of one worker, and account its CPU time."""
    events: dict[int, list[hot.CaseEvent]] = defaultdict(list)
    until = 0
    for event in read_events([log]):
        until = event.recorded_at
        if type(event) in APPLIERS:
            of_case = cast(hot.CaseEvent, event)
            number = partition_of(of_case.case_id.encode(), partitions)
            if number % workers == worker:
                events[number].append(of_case)
    rules = Rules(load_policy(None))
    gc.disable()
    gc.freeze()
    evaluated(rules, *min(events.items()), until)  # the days and time zones of the rules are worked out once a process
    started = time.process_time()
    alerts = sum(evaluated(rules, number, its, until) for number, its in sorted(events.items()))
    return {"cpu": time.process_time() - started, "events": sum(map(len, events.values())), "alerts": alerts}


def main(arguments: argparse.Namespace) -> int:
    """Print a line a number of workers; 1 when the alerts differ between two of them."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        generate(Options(cases=arguments.cases, days=arguments.days, seed=3), Path(folder), policy=load_policy())
        alerts = set()
        print("| workers | events/s | by that of one | CPU us an event | the fullest worker by the mean |")
        print("|---|---|---|---|---|")
        single = 0.0
        for workers in arguments.workers:
            found = []
            for worker in range(workers):
                command = [sys.executable, "-m", "tests.load.bench_workers", "--log", str(log)]
                command += ["--partitions", str(arguments.partitions), "--child", str(worker), str(workers)]
                ended = subprocess.run(command, check=True, capture_output=True, text=True)
                found.append(json.loads(ended.stdout))
            events, cpu = sum(each["events"] for each in found), sum(each["cpu"] for each in found)
            most = max(each["cpu"] for each in found)
            single = single or events / most
            rate, spent, fullest = events / most, cpu / events * 1e6, most * workers / cpu
            print(f"| {workers} | {rate:,.0f} | {rate / single:.2f} | {spent:.1f} | {fullest:.2f} |", flush=True)
            alerts.add(sum(each["alerts"] for each in found))
    return 0 if len(alerts) == 1 else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--partitions", type=int, default=64)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(worked(given.log, given.partitions, *given.child)))
        sys.exit(0)
    sys.exit(main(given))
