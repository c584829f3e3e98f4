"""The steps of deploy/upgrade.md on Apache Kafka: two workers go to this release and back while events arrive.

The earlier release is the program of 0.1.0 itself, unpacked from `tests/data/releases`: it writes the state,
checkpoints and offsets that this one reads.
"""

import json
import re
import subprocess
import tarfile
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

import pytest

from streams.core.time.business_days import DAY_MS
from tests.kafka.deployment import PARTITIONS, ROOT, Deployment, StaticMemberDeployment, TopicRecord
from tests.kafka.docket import Docket
from tests.kafka.page_commands import PageCommands
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.progress import CLOCKS, clocks, have_passed
from tests.kafka.waiting import LIMIT, wait_until
from tests.load.rolling_upgrade import KINDS, compare, evaluated

pytestmark = pytest.mark.kafka

ARCHIVE: Final = ROOT / "tests" / "data" / "releases" / "docketwatch-0.1.0.tar.xz"
NAMES: Final = ("docketwatch-worker-1", "docketwatch-worker-0")
"""The pods of the StatefulSet, in the order in which Kubernetes replaces them."""

POLICY: Final = """name = "upgrade"
version = "1"
review_by = 2099-01-01

[officers.overloaded]  # low, so that there are alerts of officers
raise = 0.3
clear = 0.2
periods = 3

[officers.intake]  # never: 0.1.0 also judges the first 30 days of a log
per_open = 0.1667
least = 100000
"""
ADDRESSES: Final = {
    "RUNBOOKS": "https://runbooks.agency.gov",
    "CONSOLE": "https://docketwatch.agency.gov",
    "HOOKS": "https://hooks.agency.gov",
}


class EventFeed:
    """A log that is sent part by part, each followed by `clock` records.

    Args:
        docket: The log.
        deployment: Its topics.
        days: The time that a part covers.

    Attributes:
        until: The last instant of the part sent last (ms).
    """

    def __init__(self, docket: Docket, deployment: Deployment, days: int) -> None:
        self._docket, self._deployment, self._step = docket, deployment, days * DAY_MS
        self.until = docket.events[0].recorded_at - 1

    def send(self) -> None:
        """Send the next part."""
        self._send(self.until + self._step)

    def send_rest(self) -> None:
        """Send what is left, as one part."""
        self._send(self._docket.until)

    def _send(self, until: int) -> None:
        events = [event for event in self._docket.events if self.until < event.recorded_at <= until]
        self.until = until
        self._deployment.feed(events, until=until)


def is_ready(worker: CliProcess) -> bool:
    """Return whether a worker's readiness probe succeeds."""
    address = worker.output().rpartition("metrics http://")[2].partition("/")[0]
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=LIMIT) as answer:
            return answer.status == 200
    except HTTPError:
        return False


def run(release: Deployment, directory: Path, *words: str) -> None:
    """Run a command of a release to its end."""
    done = subprocess.run(
        [release.python, "-P", "-m", "streams.cli.main", *words], cwd=directory, env=release.environment,
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


class RollingReplacement:
    """Two workers with names and volumes of their own, which are replaced one after the other.

    Args:
        workers: The workers of the test.
        release: The deployment of the first two.
        feed: The events.
        directory: For their volumes.
        policy: File of their policy.
    """

    def __init__(
        self, workers: Workers, release: StaticMemberDeployment, feed: EventFeed, directory: Path, policy: Path
    ) -> None:
        self._workers, self._feed, self._directory, self._policy = workers, feed, directory, policy
        self._running = {name: self._start(name, release) for name in NAMES}
        self.wait_until_ready()

    def to(self, release: StaticMemberDeployment) -> None:
        """Replace both by those of another release, as a StatefulSet does; events come before, meanwhile and after."""
        for name in NAMES:
            self._feed.send()
            self._running[name].stop()
            self._feed.send()
            self._running[name] = self._start(name, release)
            self._feed.send()
            self.wait_until_ready()
            wait_until(self._have_judged_cases, f"cases that are judged beside the other release: {name}")

    def finish(self) -> None:
        """Wait until everything that was sent is processed, loads and alerts of officers included."""
        wait_until(lambda: have_passed(self._metrics(), PARTITIONS, self._feed.until), "workers at the end of the log")

    def stop(self) -> None:
        """Stop both."""
        for worker in self._running.values():
            worker.stop()

    def policies(self) -> set[str]:
        """Return the policies that they report."""
        found = [
            re.search(r'^docketwatch_worker_info{.*policy="(.*?)"', text, re.MULTILINE) for text in self._metrics()
        ]
        return {each[1] for each in found if each is not None}

    def restart(self, release: StaticMemberDeployment) -> CliProcess:
        """Stop the first one, if it runs, and start one of another release under its name."""
        name = NAMES[0]
        if self._running[name].child.exit_code is None:
            self._running[name].stop()
        self._running[name] = self._start(name, release)
        return self._running[name]

    def wait_until_ready(self) -> None:
        """Wait as `kubectl rollout status` does."""
        for worker in self._running.values():
            worker.ready()
            wait_until(lambda worker=worker: is_ready(worker), "a readiness probe that succeeds")

    def _start(self, name: str, release: StaticMemberDeployment) -> CliProcess:
        words = ("--clock", "log", "--policy", str(self._policy))
        return self._workers.start(replace(release, name=name), *words, data=self._directory / name)

    def _metrics(self) -> list[str]:
        for worker in self._running.values():
            assert worker.child.exit_code is None, worker.output()
        return [worker.metrics() for worker in self._running.values()]

    def _have_judged_cases(self) -> bool:
        found = [clock for text in self._metrics() for clock in clocks(text, CLOCKS[0])]
        return len(found) == PARTITIONS and min(at for _, at in found) * 1000 >= self._feed.until


class Upgrade:
    """The steps of the page, between two releases.

    Args:
        earlier, later: The same topics, for workers of either release.
        workers: The workers of the test.
        directory: Of the test.
        days: See `EventFeed`.
    """

    def __init__(
        self,
        earlier: StaticMemberDeployment,
        later: StaticMemberDeployment,
        workers: Workers,
        directory: Path,
        *,
        days: int,
    ) -> None:
        self.earlier, self.later = earlier, later
        self._directory = directory
        self._docket = Docket.make(directory / "docket", cases=200, days=60)
        self._policy = directory / "policy.toml"
        self._policy.write_text(POLICY)
        self._shell = PageCommands(directory, POLICY=str(self._policy), **ADDRESSES)
        run(earlier, directory, "topics", "create")
        self.feed = EventFeed(self._docket, later, days)
        self.pair = RollingReplacement(workers, earlier, self.feed, directory, self._policy)

    def go(self, *, restarts: int = 0) -> None:
        """Upgrade, and restart the workers as often as "Before you upgrade" says."""
        self.feed.send()
        self._shell.run("new topics", self.later)
        for _ in range(1 + restarts):
            self.pair.to(self.later)
        self.pair.finish()
        self._shell.run("check states", self.later)
        self._shell.run("export rules", self.later)
        rules = (self._directory / "monitoring" / "prometheus" / "docketwatch.rules.yaml").read_text()
        [policy] = self.pair.policies()
        assert f'docketwatch_worker_info{{policy!="{policy}"}}' in rules

    def go_back(self) -> None:
        """Roll back."""
        self.pair.to(self.earlier)
        self.pair.finish()
        self._shell.run("check states", self.later)

    def finish(self) -> None:
        """Send what is left, wait until it is processed, and stop the workers."""
        self.feed.send_rest()
        self.pair.wait_until_ready()
        self.pair.finish()
        self.pair.stop()

    def published(self) -> set[tuple[str, TopicRecord]]:
        """Return every record of the alert topics."""
        return {(short, record) for shorts in KINDS.values() for short in shorts for record in self.later.read(short)}

    def assert_the_alerts_of_evaluate(self) -> None:
        """Check that both releases expect the same alerts, and that each revision was published once."""
        expected = [
            list(evaluated(release, self._docket, self._policy, self._directory / name))
            for name, release in (("earlier", self.earlier), ("later", self.later))
        ]
        for index, (kind, shorts) in enumerate(KINDS.items()):
            found = [json.loads(row.value) for short in shorts for row in self.later.read(short) if row.value]
            comparison = compare(kind, found, *(alerts[index] for alerts in expected))
            assert comparison.expected
            assert comparison.is_clean, comparison.examples
            assert 0 == comparison.left_out
        letters = [json.loads(row.value or b"") for row in self.later.read("dead-letters")]
        # 0.1.0 refuses load partials of this release, as "Before you upgrade" says
        assert {f"{self.later.prefix}.load-partials"} >= {letter["topic"] for letter in letters}


@pytest.fixture(scope="module")
def earlier_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the program of 0.1.0."""
    folder = tmp_path_factory.mktemp("docketwatch-0.1.0")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


class TestUpgrade:
    def test_workers_of_an_earlier_release_go_to_this_one(
        self, apache_kafka: str, namespace: str, workers: Workers, earlier_release: Path, tmp_path: Path
    ) -> None:
        """Every alert comes once, as `evaluate` of both has it; 0.1.0 refuses the officers' state of this release.

        No alert of an officer is due while both releases run: workers of 0.1.0 pass period ends over then.
        """
        this = StaticMemberDeployment(apache_kafka, namespace, name=NAMES[0])
        upgrade = Upgrade(replace(this, root=earlier_release), this, workers, tmp_path, days=1)
        upgrade.go(restarts=1)
        upgrade.feed.send()
        upgrade.pair.finish()
        before = upgrade.published()
        refused = upgrade.pair.restart(upgrade.earlier)
        assert 70 == refused.child.wait(LIMIT), refused.output()
        assert "the worker stops: its state could not be restored" in refused.output()
        assert before == upgrade.published()
        upgrade.pair.restart(this)
        upgrade.finish()
        upgrade.assert_the_alerts_of_evaluate()

    def test_workers_go_back(self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path) -> None:
        """Between releases that read each other's state, here two of this one, nothing is lost on the way back."""
        this = StaticMemberDeployment(apache_kafka, namespace, name=NAMES[0])
        upgrade = Upgrade(this, this, workers, tmp_path, days=4)
        upgrade.go()
        upgrade.go_back()
        upgrade.finish()
        upgrade.assert_the_alerts_of_evaluate()
