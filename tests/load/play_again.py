"""Replays a log twice, three times, and backwards by topic, and prints how the outputs differ from those of one replay.

    python -m tests.load.play_again [--cases 2900] [--days 180] [--log FILE --until T]

It generates a log, inserts repeating feeds and facts that become known after the repetitions, and prints one line per
way of replaying: revisions of case alerts and officer alerts, and load rows, that differ.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas import hot
from schemas.instants import to_ms
from schemas.policy import load_policy
from schemas.topics import topic_of
from streams.core.effects import Effects
from streams.core.evaluation import Evaluation
from streams.core.officers.table import OfficerEffects
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from tests.repeating import repeat_in

__all__ = ["WAYS", "PublishedOutputs", "differences", "make", "played"]

WAYS: Final = ("twice", "three times", "backwards by topic")
_DAY_MS: Final = 86_400_000
_PORTION: Final = 500
"""How many events are read at once when they come again."""


@dataclass(frozen=True)
class PublishedOutputs:
    """All published outputs, as JSON lines.

    Attributes:
        revisions: Revisions of alerts of cases and of officers.
        loads: Load rows.
    """

    revisions: list[bytes]
    loads: list[bytes]


def make(directory: Path, *, cases: int, days: int, seed: int = 7) -> tuple[list[hot.Event], int]:
    """Generate a log whose feeds repeat themselves; return it by recorded_at, and its last instant (ms)."""
    options = Options(cases=cases, days=days, seed=seed)
    generate(options, directory)
    log = directory / "events.jsonl"
    repeat_in(log, until=options.end_ms)
    return list(read_events([log])), options.end_ms


def played(events: Sequence[hot.Event], until: int, *again: Sequence[hot.Event]) -> PublishedOutputs:
    """Return the outcome of a log, parts of which are read again at its end, and of a silent day after it."""
    evaluation = Evaluation(Rules(load_policy(None)))
    revisions: list[bytes] = []

    def take(cases: Effects, officers: OfficerEffects) -> None:
        revisions.extend(revision.json() for revision in cases.alerts)
        revisions.extend(revision.json() for revision in officers.alerts)

    for step in evaluation.run(events, until):
        take(step.effects, step.officers)
    for part in again:
        for start in range(0, len(part), _PORTION):
            portion = part[start : start + _PORTION]
            for event in portion:
                if isinstance(event, hot.OfficerEvent):
                    evaluation.table.apply(event, until)
            effects = evaluation.cases.advance([one for one in portion if isinstance(one, hot.CaseEvent)], until)
            take(effects, evaluation.table.advance(until))
    for step in evaluation.run((), until + _DAY_MS):
        take(step.effects, step.officers)
    return PublishedOutputs(revisions, [load.json() for load in evaluation.loads()])


def differences(events: Sequence[hot.Event], until: int, way: str, once: PublishedOutputs) -> tuple[int, int]:
    """Return how many revisions and load rows differ when a log is replayed in one of `WAYS`."""
    parts: tuple[Sequence[hot.Event], ...]
    if way == "backwards by topic":
        backwards = reversed(events)
        parts = (sorted(backwards, key=lambda event: topic_of(event.type)),)
    else:
        parts = (events,) * (1 + WAYS.index(way))
    outcome = played(events, until, *parts)
    revisions = set(outcome.revisions) ^ set(once.revisions)
    return len(revisions), len(set(outcome.loads) ^ set(once.loads))


def run(events: Sequence[hot.Event], until: int) -> None:
    """Print one line per way."""
    once = played(events, until)
    print(f"{len(events):,} events, {len(once.revisions):,} revisions, {len(once.loads):,} load rows, played once")
    print(f"{'played':<22}{'revisions differ':>18}{'loads differ':>14}")
    for way in WAYS:
        revisions, loads = differences(events, until, way, once)
        print(f"{way:<22}{revisions:>18,}{loads:>14,}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2_900)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--until", type=to_ms)
    arguments = parser.parse_args()
    if arguments.log:
        run(list(read_events([arguments.log])), arguments.until)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            run(*make(Path(scratch), cases=arguments.cases, days=arguments.days))
