"""A rolling upgrade and its rollback, under load: the alerts are the same, whichever release worked on which partition.

    python -m tests.load.rolling_upgrade --before CHECKOUT [--python FILE] [--cases 2000] [--days 60] [--seconds 120]

Two workers of CHECKOUT (its Cython modules compiled; --python is its interpreter, CHECKOUT/.venv/bin/python when left
out) work on Apache Kafka while a log is replayed. One after the other is replaced by one of this checkout, then one
after the other by one of CHECKOUT again, and once more each way; one worker of each pair is stopped, the other killed,
so partitions move from either release to the other, and within each. The outputs are compared with those of
both checkouts' `evaluate`, in the fields that both have.

It prints a line per kind of alert and a line with the messages of refused states, and exits with 1 when a
revision is lost, doubled or false. An alert on which the two checkouts differ is left out, and counted.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from schemas.instants import to_text
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.progress import CLOCKS, clocks
from tests.kafka.waiting import wait_until

__all__ = ["KINDS", "ReleaseComparison", "Revision", "compare", "evaluated", "run"]

_POLICY: Final = """name = "rolling-upgrade"
version = "1"
review_by = 2099-01-01
"""
KINDS: Final = {
    "alerts of cases": ("lost-track-alerts", "restricted-alerts"),
    "alerts of officers": ("officer-alerts",),
}
_NOT_COMPARED: Final = "observed_at"
_SIZE: Final = 2
_REFUSED: Final = "Nothing is published on it"

Revision = dict[str, Any]


@dataclass
class ReleaseComparison:
    """The outcome for alerts of one kind.

    Attributes:
        kind: The kind of alert.
        expected: Revisions that both checkouts expect.
        found: Revisions of the alerts that are compared.
        left_out: Alerts on which the two checkouts differ.
        lost, doubled, false: Revisions that are missing, repeated, not expected.
        examples: Some of those.
    """

    kind: str
    expected: int
    found: int
    left_out: int
    lost: int
    doubled: int
    false: int
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Return whether nothing was lost, doubled or false."""
        return not (self.lost or self.doubled or self.false)

    def __str__(self) -> str:
        return (
            f"{self.kind}: expected {self.expected:,}, found {self.found:,}, lost {self.lost}, doubled {self.doubled}, "
            f"false {self.false}; {self.left_out} alerts that the two checkouts judge otherwise are left out"
        )


def compare(
    kind: str, found: Sequence[Revision], before: Sequence[Revision], after: Sequence[Revision]
) -> ReleaseComparison:
    """Compare revisions with those that two releases expect, in the fields that both have."""
    fields = (
        set.intersection(*(set(each) for each in (*before, *after))) - {_NOT_COMPARED} if before and after else set()
    )

    def texts(revisions: Iterable[Revision]) -> Counter[str]:
        return Counter(json.dumps({name: row[name] for name in sorted(fields)}) for row in revisions)

    def ids(some: Iterable[str]) -> set[str]:
        return {json.loads(text)["alert_id"] for text in some}

    by_before, by_after = texts(before), texts(after)
    left_out = ids((by_before - by_after) + (by_after - by_before))
    expected = texts(row for row in after if row["alert_id"] not in left_out)
    published = texts(row for row in found if row["alert_id"] not in left_out)
    lost, more = expected - published, published - expected
    doubled = sum(count for text, count in more.items() if text in expected)
    examples = [f"lost: {text}" for text in list(lost)[:3]] + [f"more: {text}" for text in list(more)[:3]]
    return ReleaseComparison(
        kind,
        expected.total(),
        published.total(),
        len(left_out),
        lost.total(),
        doubled,
        more.total() - doubled,
        examples,
    )


class _Upgrade:
    """Two workers, each of either release, and the replay that feeds them.

    Args:
        before, after: The same topics, for workers of either release.
        docket: The log.
        policy: File of the policy.
        directory: For their logs.
    """

    def __init__(self, before: Deployment, after: Deployment, docket: Docket, policy: Path, directory: Path) -> None:
        self._before, self._after, self._docket, self._policy = before, after, docket, policy
        self._directory = directory
        self._started = 0
        self._pair: list[tuple[CliProcess, Deployment]] = []
        self.workers: list[CliProcess] = []
        self._replay: CliProcess | None = None

    def run(self, seconds: float) -> None:
        """Replay the log while the releases alternate: old, new, old, new, old; return when it is processed."""
        for _ in range(_SIZE):
            self._start(self._before)
        self._wait(self._is_ready, "workers that are ready")
        steps = [release for release in (self._after, self._before) * 2 for _ in range(_SIZE)]
        rate = str(max(1, int(len(self._docket.events) / seconds)))
        words = ("replay", str(self._docket.log), "--rate", rate, "--until", to_text(self._docket.until))
        self._replay = CliProcess(self._after, self._directory / "replay.log", *words)
        for number, release in enumerate(steps, 1):
            until = time.monotonic() + seconds / (len(steps) + 1)
            self._wait(lambda until=until: time.monotonic() >= until, "a moment to come")
            self._replace(release, is_killed=number % 2 == 0)
        self._wait(lambda: self._replay is not None and self._replay.child.exit_code is not None, "the whole replay")
        assert self._replay.child.exit_code == 0, self._replay.output()
        # a watermark that advanced before a replacement is not in the state: further reading restores it
        self._after.feed([], until=self._docket.until)
        self._wait(self._has_passed, f"workers at {to_text(self._docket.until)}")
        for worker, _ in self._pair:
            worker.stop()

    def end(self) -> None:
        """End the processes that still run."""
        for running in (*self.workers, *([self._replay] if self._replay else [])):
            if running.child.exit_code is None:
                running.child.kill()

    def _start(self, deployment: Deployment) -> None:
        words = ("worker", "--clock", "log", "--policy", str(self._policy))
        self._started += 1
        worker = CliProcess(deployment, self._directory / f"worker-{self._started}.log", *words)
        self._pair.append((worker, deployment))
        self.workers.append(worker)

    def _replace(self, release: Deployment, *, is_killed: bool) -> None:
        """Replace a worker of the other release with one of this, which takes over while the other worker continues."""
        leaving = next(each for each in self._pair if each[1] is not release)
        self._pair.remove(leaving)
        if is_killed:
            os.kill(leaving[0].child.pid, signal.SIGKILL)
            leaving[0].child.wait()
        else:
            leaving[0].stop()
        self._start(release)
        self._wait(self._is_ready, "workers that are ready")

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        wait_until(lambda: self._tend() and condition(), what)

    def _tend(self) -> bool:
        """Restart each worker that has ended, as a supervisor does."""
        for worker, deployment in list(self._pair):
            if worker.child.exit_code is not None:
                assert worker.child.exit_code == 70, worker.output()[-3000:]
                self._pair.remove((worker, deployment))
                self._start(deployment)
        return True

    def _is_ready(self) -> bool:
        return all("ready:" in worker.output() for worker, _ in self._pair)

    def _has_passed(self) -> bool:
        """Return whether every case partition is at the end, and no officer partition waits."""
        try:
            scrapes = [worker.metrics() for worker, _ in self._pair if "ready:" in worker.output()]
        except OSError:
            return False
        return all(
            sorted(number for text in scrapes for number, _ in clocks(text, name))
            == sorted(str(number) for number in range(self._after.partitions))
            and min(at for text in scrapes for _, at in clocks(text, name)) * 1000 >= self._docket.until
            for name in CLOCKS
        )


def evaluated(deployment: Deployment, docket: Docket, policy: Path, directory: Path) -> Iterator[list[Revision]]:
    """Return the outputs of a release's `evaluate`: alerts of cases, then alerts of officers."""
    directory.mkdir()
    files = [directory / name for name in ("cases.jsonl", "officers.jsonl")]
    words = ("evaluate", str(docket.log), "--policy", str(policy), "--until", to_text(docket.until))
    outputs = ("--alerts", str(files[0]), "--officer-alerts", str(files[1]))
    command = [deployment.python, "-m", "streams.cli.main", *words, *outputs]
    subprocess.run(
        command, env=deployment.environment, cwd=deployment.root, check=True, capture_output=True, timeout=600
    )
    for file in files:
        yield [json.loads(line) for line in file.read_bytes().splitlines()]


def run(before: Path, python: Path, *, cases: int, days: int, seconds: float, policy: str = _POLICY) -> bool:
    """Upgrade, roll back, and print the outcome.

    Returns:
        Whether nothing was lost, doubled or false, and no state was refused.
    """
    with tempfile.TemporaryDirectory() as scratch, KafkaBroker(Path(scratch) / "kafka") as broker:
        directory = Path(scratch)
        after = Deployment(broker.bootstrap, "upgrade").create()
        old = replace(after, root=before, python=str(python))
        docket = Docket.make(directory, cases=cases, days=days)
        file = directory / "policy.toml"
        file.write_text(policy)
        expected = [list(evaluated(each, docket, file, directory / name)) for name, each in (("b", old), ("a", after))]
        upgrade = _Upgrade(old, after, docket, file, directory)
        try:
            upgrade.run(seconds)
        finally:
            upgrade.end()
        refused = [line for worker in upgrade.workers for line in worker.output().splitlines() if _REFUSED in line]
        print(f"{len(docket.events):,} events, {len(upgrade.workers)} workers, {len(refused)} states refused")
        is_clean = not refused
        for line in refused:
            print(line)
        for index, (kind, shorts) in enumerate(KINDS.items()):
            found = [json.loads(row.value) for short in shorts for row in after.read(short) if row.value is not None]
            comparison = compare(kind, found, expected[0][index], expected[1][index])
            print(comparison, *comparison.examples, sep="\n")
            is_clean = is_clean and comparison.is_clean
        letters = Counter(json.loads(row.value or b"")["topic"] for row in after.read("dead-letters"))
        print(f"dead letters: {dict(letters)}")
        return is_clean


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--policy", type=Path, help="TOML; the defaults when left out.")
    arguments = parser.parse_args()
    root = arguments.before.resolve()
    sys.exit(
        not run(
            root,
            arguments.python or root / ".venv" / "bin" / "python",
            cases=arguments.cases,
            days=arguments.days,
            seconds=arguments.seconds,
            policy=arguments.policy.read_text() if arguments.policy else _POLICY,
        )
    )
