"""The cost of a what-if beside one `evaluate`: it judges both sides, and reads and decodes the log once.

    python -m tests.load.bench_whatif [--cases 30000] [--days 120] [--log FILE] [--rounds 3]

Both commands run as whole processes, in turn. The figures are CPU time, because the machines are shared.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.load.bench_evaluate import generate

_EDITS: Final = ("--set", "causes.no_officer.after=1bd")
_MOST: Final = 1.9


def cpu_seconds(*words: str) -> float:
    """Return user and system seconds of one command of docketwatch.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    before = os.times()
    subprocess.run([sys.executable, "-m", "streams.cli.main", *words], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def run(log: Path, rounds: int) -> None:
    """Print one line per round, and the median of the ratios."""
    manifest = json.loads(log.with_name("manifest.json").read_text())
    events, until = sum(manifest["events"].values()), manifest["until"]
    print(f"{log}: {events:,} events; CPU us an event")
    ratios = []
    for number in range(1, rounds + 1):
        once = cpu_seconds("evaluate", str(log), "--until", until)
        twice = cpu_seconds("whatif", str(log), "--until", until, *_EDITS)
        ratios.append(twice / once)
        figures = f"evaluate {once / events * 1e6:.2f}, whatif {twice / events * 1e6:.2f}, ratio {ratios[-1]:.2f}"
        print(f"round {number}: {figures}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}; the goal is at most {_MOST}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--log", type=Path, help="events.jsonl of docketwatch generate, with its manifest beside it")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.log:
        run(arguments.log, arguments.rounds)
    else:
        with tempfile.TemporaryDirectory() as directory:
            run(generate(arguments.cases, arguments.days, directory), arguments.rounds)
