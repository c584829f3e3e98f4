"""The cost of an event with few and with many officers: the same log, its cases spread over more and more of them.

    python -m tests.load.bench_officers [--cases 18000] [--days 180] [--log FILE] [--before CHECKOUT] [--rounds 3]

A load period must cost only the officers whose counts changed in it. `evaluate` is the core without
JSON; `worker` is a case agent and an officer agent of one partition, without a broker: their CPU time, their writes to
docket.load-partials, and the officer agent's changelog. The figures are CPU time, the least of the rounds.
--before measures another checkout (its Cython modules compiled) in turn with this one.
"""

import argparse
import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from schemas.decode import decode
from schemas.instants import to_ms
from schemas.policy import load_policy
from schemas.topics import case_topics, topic, topic_of
from streams.agents.cases import CaseProcessor
from streams.agents.feeds import FeedWatch
from streams.agents.office_zones import OfficeZones
from streams.agents.officers import OfficerProcessor
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.kafka.batches import Batch
from streams.kafka.client.settings import Settings
from streams.kafka.work import Work
from streams.metrics.stats import WorkerStats
from streams.sources.logs import read_events
from tests.load.bench_evaluate import generate

_SHARES: Final = (1, 17, 170, 500)
"""Over how many the cases of each generated officer are spread: of 12 officers 12, 204, 2,040 and 6,000 are made."""

_OFFICER: Final = re.compile(r'"officer_id":\s*"([^"]+)"')
_CASE: Final = re.compile(r'"case_id":\s*"([^"]+)"')
_RECORDED: Final = re.compile(r'"recorded_at":\s*"([^"]+)"')
_TYPE: Final = re.compile(r'"type":\s*"([^"]+)"')
_BATCH: Final = 500


class BenchmarkRecord(NamedTuple):
    """A record as an agent reads it."""

    offset: int
    key: bytes | None
    value: bytes | None


def spread(log: Path, share: int, target: Path) -> int:
    """Write the log with the cases of each officer spread over so many; return how many officers it names."""
    names = set()
    with log.open() as lines, target.open("w") as out:
        for line in lines:
            officer, case = _OFFICER.search(line), _CASE.search(line)
            if officer is not None:
                part = crc32(case[1].encode()) % share if case is not None else 0
                names.add((officer[1], part))
                line = f"{line[: officer.end(1)]}.{part}{line[officer.end(1) :]}"
            out.write(line)
    return len(names)


def evaluated(log: Path) -> dict[str, float]:
    """Run the whole core: state, deadlines, loads, alerts of officers; without JSON output."""
    until = to_ms("9999-12-31T00:00:00Z") if not _until(log) else _until(log)
    started = time.process_time()
    events = sum(step.events for step in Evaluation(Rules(load_policy(None))).run(iter(read_events([log])), until))
    return {"events": events, "cpu": (time.process_time() - started) / events * 1e6}


def worked(log: Path) -> dict[str, float]:
    """Run a case agent and the officer agent that reads its partials."""
    settings = Settings.load(partitions=1)
    names = [entry.name for entry in case_topics(settings.prefix)]
    officers, partials = topic("officers", settings.prefix).name, topic("load-partials", settings.prefix).name
    rules, stats = Rules(load_policy(None)), WorkerStats()
    feeds = FeedWatch(settings, [*names, officers, partials], lambda: [0])
    cases = CaseProcessor(
        0, settings, rules, stats, feeds, OfficeZones(rules.policy), follows_wall=False, now=lambda: 0
    )
    board = OfficerProcessor(0, settings, rules, stats, feeds, follows_wall=False, now=lambda: 0)
    cases.on_restored()
    board.on_restored()
    events = sent = kept = records = 0
    offsets: dict[str, int] = {}
    spent = {"cases": 0.0, "officers": 0.0}

    def put(who: CaseProcessor | OfficerProcessor, name: str, rows: list[tuple[bytes, bytes]]) -> list[Work]:
        start = offsets.get(name, 0)
        offsets[name] = start + len(rows)
        batch = Batch(name, 0, [BenchmarkRecord(start + index, key, value) for index, (key, value) in enumerate(rows)])
        began = time.process_time()
        work = list(who.process(batch))
        spent["cases" if who is cases else "officers"] += time.process_time() - began
        return work

    for batch, clock in _batches(log, [*names, officers]):
        events += sum(map(len, batch.values()))
        work = [each for name in names for each in put(cases, name, [*batch[name], (b"", clock)])]
        rows = [row for each in work for out in each.outputs if out.topic == partials for row in out.records]
        sent += sum(len(value or b"") for _, value in rows)
        records += len(rows)
        came = put(board, officers, [*batch[officers], (b"", clock)])
        if rows:
            came += put(board, partials, [(key or b"", value or b"") for key, value in rows])
        kept += sum(len(key) + len(value or b"") for each in came for key, value in each.changelog)
    return {
        "events": events,
        "cpu": sum(spent.values()) / events * 1e6,
        "cases": spent["cases"] / events * 1e6,
        "officers": spent["officers"] / events * 1e6,
        "sent": sent / events,
        "kept": kept / events,
        "records": records,
    }


def _batches(log: Path, names: list[str]) -> Iterator[tuple[dict[str, list[tuple[bytes, bytes]]], bytes]]:
    """Yield the log by topic in batches of some hundred events, each followed by a clock record."""
    with log.open("rb") as lines:
        while some := list(islice(lines, _BATCH)):
            batch: dict[str, list[tuple[bytes, bytes]]] = {name: [] for name in names}
            for line in some:
                event = line.decode()
                kind, key = _TYPE.search(event), _CASE.search(event) or _OFFICER.search(event)
                if kind is None or key is None:
                    raise ValueError("the log holds a line that is no event of a case or of an officer")
                batch[topic_of(kind[1])].append((key[1].encode(), line))
            recorded = _RECORDED.search(some[-1].decode())
            clock = {"v": 1, "event_id": "e-clock", "type": "clock", "source": "bench"}
            at = recorded[1] if recorded is not None else ""
            yield batch, json.dumps({**clock, "occurred_at": at, "recorded_at": at}).encode()


def _until(log: Path) -> int:
    last = decode(log.read_bytes().rstrip().rpartition(b"\n")[2])
    return last.recorded_at


def _child(stage: str, log: Path) -> None:
    gc.disable()
    figures = (evaluated if stage == "evaluate" else worked)(log)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**figures, "mib": peak}))


def _measure(stage: str, log: Path, checkout: Path) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, str(Path(__file__).resolve()), "--child", stage, "--log", str(log)]
    found = subprocess.run(command, env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(found.stdout)
    return figures


def run(log: Path, checkouts: dict[str, Path], rounds: int) -> None:
    """Print a line for each number of officers, stage and checkout."""
    print(f"Python {sys.version.split()[0]}, {log.stat().st_size / 1e6:,.1f} MB, the least of {rounds} rounds")
    print(f"{'officers':>9}{'code':>8}{'evaluate us':>13}{'worker us':>11}{'cases':>8}{'officers':>10}"
          f"{'partials B':>12}{'kept B':>9}   (an event)")  # fmt: skip
    first: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for share in _SHARES:
            made = Path(scratch) / f"{share}.jsonl"
            officers = spread(log, share, made)
            best: dict[tuple[str, str], dict[str, float]] = {}
            for _ in range(rounds):
                for stage in ("evaluate", "worker"):
                    for name, checkout in checkouts.items():
                        figures = _measure(stage, made, checkout)
                        held = best.setdefault((name, stage), figures)
                        best[name, stage] = min(held, figures, key=lambda each: each["cpu"])
            for name in checkouts:
                core, worker = best[name, "evaluate"], best[name, "worker"]
                ratio = core["cpu"] / first.setdefault(name, core["cpu"])
                print(f"{officers:>9,}{name:>8}{core['cpu']:>13.2f}{worker['cpu']:>11.2f}{worker['cases']:>8.2f}"
                      f"{worker['officers']:>10.2f}{worker['sent']:>12,.0f}{worker['kept']:>9,.0f}   {ratio:.2f} times",
                      flush=True)  # fmt: skip
            made.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=18_000)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child, arguments.log)
    else:
        trees = {"before": arguments.before.resolve()} if arguments.before else {}
        trees["now"] = Path(__file__).resolve().parents[2]
        if arguments.log:
            run(arguments.log.resolve(), trees, arguments.rounds)
        else:
            with tempfile.TemporaryDirectory() as directory:
                run(generate(arguments.cases, arguments.days, directory), trees, arguments.rounds)
