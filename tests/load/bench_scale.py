"""The cost of an event with few cases and with millions, and with short and with long histories.

    python -m tests.load.bench_scale [--cases 10000 300000 2300000] [--appointments 10 200] [--events 300000]
        [--before CHECKOUT] [--rounds 3]

Each log opens and assigns its cases, and only the check-ins that follow are measured: as many events for few cases as
for many, and for short histories as for long ones. What is measured is the core (`evaluate` without files): state,
judging, deadlines, loads. CPU time is what counts; each figure is the least of its rounds. With --before the same is
measured of another checkout (its Cython modules compiled), in turn with this one.
"""

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schemas.decode import decode
from schemas.instants import to_text
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation, Step
from streams.core.policy.rules import Rules

_BEGIN: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

_DAY: Final = 86_400_000
_WINDOW: Final = 28 * _DAY
"""The check-ins of many cases lie in four weeks, so that as many load periods end in each log."""

_OFFICERS: Final = 204
_BATCH: Final = 512
_LEVELS: Final = ("intensive", "standard", "low", "annual")


def _event(kind: str, at: int, number: int, fields: str) -> bytes:
    instant = to_text(at)
    head = f'"v":1,"type":"{kind}","event_id":"e-{number}","source":"bench","occurred_at":"{instant}"'
    return f'{{{head},"recorded_at":"{instant}",{fields}}}'.encode()


def openings(cases: int) -> Iterator[bytes]:
    """Every case is opened, assigned and booked, a millisecond apart."""
    for case in range(cases):
        name, at = f'"case_id":"c-{case:07d}"', _BEGIN + case
        yield _event("case_opened", at, 3 * case, f'{name},"office":"ATL","level":"{_LEVELS[case % 4]}"')
        officer = f'"officer_id":"o-{case % _OFFICERS}","office":"ATL"'
        yield _event("officer_assigned", at, 3 * case + 1, f"{name},{officer}")
        yield _appointment(case, 0, at, 3 * case + 2)


def scattered(cases: int, events: int) -> Iterator[bytes]:
    """Check-ins of cases at random: the next one is booked, then the one before is completed, so no alert is raised."""
    draw = random.Random(7)
    start, number = _BEGIN + cases, 3 * cases
    done: dict[int, int] = {}
    for index in range(events):
        case, at = draw.randrange(cases), start + index * _WINDOW // events
        done[case] = step = done.get(case, 1) + 1
        yield _appointment(case, step, at, number + index)


def histories(cases: int, appointments: int) -> Iterator[bytes]:
    """As many appointments a case; each case books one and completes the one before every week, all cases in turn."""
    start, number = _BEGIN + cases, 3 * cases
    for index in range(2 * cases * appointments):
        at = start + index * 7 * _DAY // (2 * cases)
        yield _appointment(index % cases, index // cases + 2, at, number + index)


def _appointment(case: int, step: int, at: int, number: int) -> bytes:
    """Step 2n of a case books its appointment n, step 2n + 1 completes the appointment before."""
    name = f'"case_id":"c-{case:07d}","channel":"office","check_in_id":"k-{case:07d}'
    if step % 2:
        return _event("check_in_completed", at, number, f'{name}-{step // 2 - 1}"')
    return _event("check_in_scheduled", at, number, f'{name}-{step // 2}","due_at":"{to_text(at + 60 * _DAY)}"')


def _steps(evaluation: Evaluation, lines: Iterator[bytes]) -> Iterator[Step]:
    batch = []
    for line in lines:
        batch.append(decode(line))
        if len(batch) == _BATCH:
            yield evaluation.step(batch, batch[-1].recorded_at)
            batch = []
    if batch:
        yield evaluation.step(batch, batch[-1].recorded_at)


def measured(cases: int, lines: list[bytes]) -> dict[str, float]:
    """Open the cases, then measure the events of these lines."""
    evaluation = Evaluation(Rules(load_policy(None)))
    for _ in _steps(evaluation, openings(cases)):
        pass
    gc.freeze()
    started = time.process_time()
    alerts = sum(len(step.effects.alerts) for step in _steps(evaluation, iter(lines)))
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": spent / len(lines) * 1e6, "alerts": alerts, "mib": peak, "events": len(lines)}


def _child(cases: int, appointments: int, events: int) -> None:
    gc.disable()
    lines = list(histories(cases, appointments) if appointments else scattered(cases, events))
    sys.stdout.write(json.dumps(measured(cases, lines)))


def _measure(checkout: Path, cases: int, appointments: int, events: int) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    sizes = ("--child", str(cases), str(appointments), "--events", str(events))
    command = [sys.executable, str(Path(__file__).resolve()), *sizes]
    found = subprocess.run(command, env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(found.stdout)
    return figures


def run(sizes: list[tuple[int, int]], events: int, checkouts: dict[str, Path], rounds: int) -> None:
    """Print a line for each size and checkout; the ratio is to the first size.

    Args:
        sizes: (cases, appointments a case); 0 appointments: events of cases at random.
        events: How many are measured of each, about.
        checkouts: By name.
        rounds: How many, of which the least counts.
    """
    print(f"{'cases':>10}{'a case':>8}{'code':>8}{'us an event':>13}{'events':>10}{'alerts':>9}{'MiB':>8}")
    first: dict[str, float] = {}
    for cases, appointments in sizes:
        best: dict[str, dict[str, float]] = {}
        for _ in range(rounds):
            for name, checkout in checkouts.items():
                figures = _measure(checkout, cases, appointments, events)
                best[name] = min(best.get(name, figures), figures, key=lambda each: each["cpu"])
        for name, least in best.items():
            ratio = least["cpu"] / first.setdefault(name, least["cpu"])
            print(f"{cases:>10,}{appointments or '':>8}{name:>8}{least['cpu']:>13.2f}{least['events']:>10,}"
                  f"{least['alerts']:>9,}{least['mib']:>8,.0f}   {ratio:.2f} times", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, nargs="*", default=[10_000, 300_000, 2_300_000])
    parser.add_argument("--appointments", type=int, nargs="*", default=[10, 200])
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(*arguments.child, arguments.events)
    else:
        trees = {"before": arguments.before.resolve()} if arguments.before else {}
        trees["now"] = Path(__file__).resolve().parents[2]
        run([(cases, 0) for cases in arguments.cases], arguments.events, trees, arguments.rounds)
        long = [(max(1, arguments.events // (2 * each)), each) for each in arguments.appointments]
        run(long, arguments.events, trees, arguments.rounds)
