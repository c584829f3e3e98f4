"""The time of `evaluate`, stage by stage, on a generated docket; run by hand, never by the tests.

    python -m tests.load.bench_evaluate [--cases 100000] [--days 180] [--log FILE]

Each stage runs in its own process and includes the stages before it, so a stage costs the difference.
The figures are CPU time, because the machines are shared. Resident memory is what the stage adds to an empty process.
"""

import argparse
import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from schemas import hot
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.cli.main import main
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.sources.log_blocks import read_blocks
from streams.sources.logs import read_events

FOREVER = to_ms("9999-12-31T00:00:00Z")


def blocks(log: Path) -> int:
    """Read the file and cut it into lines."""
    return sum(len(block.splitlines()) for block in read_blocks(log))


def decoded(log: Path) -> int:
    """Read, survey and decode every event."""
    return sum(1 for _ in read_events([log]))


def evaluated(log: Path) -> int:
    """Run the whole core: state, deadlines, loads, alerts of officers; without JSON output."""
    return sum(step.events for step in Evaluation(Rules(load_policy(None))).run(_known(log), _last(log)))


def written(log: Path) -> int:
    """Do the same and write every alert as JSON."""
    events = 0
    for step in Evaluation(Rules(load_policy(None))).run(_known(log), _last(log)):
        events += step.events
        for alert in step.effects.alerts:
            alert.json()
    return events


def _known(log: Path) -> Iterator[hot.Event]:
    return iter(read_events([log]))


def _last(log: Path) -> int:
    manifest = log.with_name("manifest.json")
    if manifest.exists():
        return to_ms(manifest.read_text().split('"until": "')[1].split('"')[0])
    return FOREVER


def _measure(
    stage: Callable[[Path], int], log: Path, answer: "multiprocessing.Queue[tuple[int, float, float, int]]"
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.disable()
    wall, cpu = time.perf_counter(), time.process_time()
    events = stage(log)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    answer.put((events, wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))


def run(log: Path) -> None:
    """Print one line per stage."""
    context = multiprocessing.get_context("spawn")
    print(f"Python {sys.version.split()[0]}, {log}, {log.stat().st_size / 1e6:,.1f} MB")
    print(f"{'stage':<12}{'events':>12}{'events/s':>12}{'CPU us/event':>14}{'MiB':>8}")
    for stage in (blocks, decoded, evaluated, written):
        answer: multiprocessing.Queue[tuple[int, float, float, int]] = context.Queue()
        process = context.Process(target=_measure, args=(stage, log, answer))
        process.start()
        events, wall, cpu, kib = answer.get()
        process.join()
        print(f"{stage.__name__:<12}{events:>12,}{events / wall:>12,.0f}{cpu / events * 1e6:>14.2f}{kib / 1024:>8.0f}")


def generate(cases: int, days: int, directory: str) -> Path:
    """Generate the log once."""
    try:
        main(["generate", "--cases", str(cases), "--days", str(days), "--seed", "7", "--out", directory])
    except SystemExit as done:
        if done.code:
            raise
    return Path(directory) / "events.jsonl"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--log", type=Path)
    arguments = parser.parse_args()
    if arguments.log:
        run(arguments.log)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            run(generate(arguments.cases, arguments.days, scratch))
