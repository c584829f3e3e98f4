"""A worker with a static group member id: a restart within the session timeout moves no partition."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kafka.deployment import Deployment, StaticMemberDeployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

TAKEN = re.compile(r"case-state: takes over partitions (\[.*?\])")


Start = Callable[[str], CliProcess]


@pytest.fixture
def start(apache_kafka: str, namespace: str, tmp_path: Path) -> Iterator[Start]:
    """Start a worker with a static id; end the processes that a failed test leaves."""
    started: list[CliProcess] = []

    def starting(name: str) -> CliProcess:
        deployment = StaticMemberDeployment(apache_kafka, namespace, name=name)
        log = tmp_path / f"{name}-{len(started)}.log"
        started.append(CliProcess(deployment, log, "worker", "--clock", "log", data=tmp_path / name))
        return started[-1]

    yield starting
    for worker in started:
        if worker.child.exit_code is None:
            worker.child.kill()


def taken(worker: CliProcess) -> list[str]:
    """Return the case partitions of every assignment that a worker got."""
    return TAKEN.findall(worker.output())


class TestStaticMembership:
    @pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
    def test_a_restart_moves_nothing(
        self, crash: bool, apache_kafka: str, namespace: str, start: Start, tmp_path: Path
    ) -> None:
        """The other worker continues; the restarted one has its former partitions, and everything counts once."""
        docket = Docket.make(tmp_path / "docket", cases=300, days=10)
        deployment = Deployment(apache_kafka, namespace).create()
        first, other = start("first").ready(), start("other").ready()
        wait_until(lambda: taken(first)[-1] != "[0, 1, 2, 3]", "partitions that are shared out")
        had, undisturbed = taken(first)[-1], taken(other)
        half = len(docket.events) // 2
        deployment.feed(docket.events[:half])
        if crash:
            first.child.kill()
        else:
            first.stop()
        deployment.feed(docket.events[half:], until=docket.until)
        again = start("first").ready()
        wait_until(lambda: clocks(again) + clocks(other) == [docket.until / 1000] * 4, "clocks at the end")

        assert taken(again) == [had]
        assert taken(other) == undisturbed


def clocks(worker: CliProcess) -> list[float]:
    """Return the watermarks of the case partitions that a worker owns."""
    return worker.values("docketwatch_clock_timestamp_seconds")


class TestTwoWithOneId:
    def test_one_of_them_ends_with_a_sentence(self, apache_kafka: str, namespace: str, start: Start) -> None:
        """The coordinator takes the second for a restart of the first; the first of them that learns of it ends."""
        Deployment(apache_kafka, namespace).create()
        both = [start("same").ready(), start("same")]
        wait_until(lambda: any(worker.child.exit_code is not None for worker in both), "one that ends")
        ended = next(worker for worker in both if worker.child.exit_code is not None)
        (line,) = [line for line in ended.output().splitlines() if "the worker stops" in line]

        assert 70 == ended.child.exit_code, ended.output()
        why = "another worker is in it as same: give each", "another worker owns it now"
        assert any(sentence in line for sentence in why), ended.output()
        assert "Traceback" not in ended.output()
