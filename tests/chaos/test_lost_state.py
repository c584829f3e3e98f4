"""Changelogs that are lost, whole or in part: workers refuse them, a command mends them, and no output is missing."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas import hot
from tests.chaos.conftest import StartFleet
from tests.chaos.fleet import Fleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.brokers import KafkaBroker
from tests.kafka.damage import MeteredDeployment, delete_records, published, recreate, refusal, run_command
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class StateFault:
    """A way to lose a changelog of cases.

    Attributes:
        make: The function that does it.
        sentence: The message of a worker that refuses the rest.
        way: The command that mends it.
        is_once: Whether it works only once, because another record is first afterwards.
    """

    make: Callable[[Deployment], None]
    sentence: str
    way: str = "rebuild"
    is_once: bool = False


def _delete(deployment: Deployment) -> None:
    deployment.delete("case-state")


FAULTS = {
    "deleted": StateFault(_delete, "there is no state"),
    "emptied": StateFault(lambda deployment: delete_records(deployment, "case-state"), "there is no state"),
    "made-anew": StateFault(lambda deployment: recreate(deployment, "case-state"), "there is no state"),
    "cut-at-its-beginning": StateFault(
        lambda deployment: delete_records(deployment, "case-state", 5), "the changelog was truncated at its beginning"
    ),
    # the partition's own record and no case: the remaining state is complete, and the worker continues
    "cut-behind-its-claim": StateFault(
        lambda deployment: delete_records(deployment, "case-state", 1),
        "the changelog was truncated at its beginning",
        "accept",
        is_once=True,
    ),
}
NAMED = ("deleted", "made-anew")
"""Those that a running worker sees by itself: it ends, and names the topic."""


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    """The topics of this test alone."""
    return Deployment(apache_kafka, namespace).create()


@pytest.fixture(scope="module")
def docket(scale: Scale, tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """A small docket, because every rebuild reads it again."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=scale.cases // 4, days=scale.days)


def pieces(docket: Docket, count: int) -> list[tuple[list[hot.Event], int]]:
    """Return the log in so many pieces, each with the instant (ms) of its end."""
    begin = docket.events[0].recorded_at
    ends = [begin + (docket.until - begin) * part // count for part in range(1, count + 1)]
    starts = [begin - 1, *ends[:-1]]
    return [
        ([event for event in docket.events if start < event.recorded_at <= end], end)
        for start, end in zip(starts, ends, strict=True)
    ]


def mend(deployment: Deployment, fault: StateFault, fleet: Fleet, result: ScenarioResult) -> None:
    """Check that a worker refuses the state before it publishes; then run the command that mends it."""
    before, seen = published(deployment), MeteredDeployment(deployment.broker, deployment.prefix)
    assert fault.sentence in refusal(seen, fleet.start_another(seen, disk=0))
    assert before == published(deployment)
    done = run_command(deployment, "state", fault.way, "--actor", "ops")
    assert done[0] == 0, done[1]
    result.faults += 1
    if fault.way == "rebuild":
        result.rebuilds += 1


class TestLostState:
    @pytest.mark.parametrize("name", FAULTS)
    def test_a_changelog(
        self,
        name: str,
        deployment: Deployment,
        docket: Docket,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path: Path,
    ) -> None:
        """The loss happens under workers and, every second time, while none runs; no worker continues on the rest."""
        fault, fleet = FAULTS[name], fleets(deployment)
        faults = 1 if fault.is_once else scale.faults
        for number, (events, until) in enumerate(pieces(docket, faults + 1)):
            fleet.await_ready()
            deployment.feed(events, until=until)
            if number == faults:
                break
            fleet.await_passed(until)
            if number % 2:
                fleet.stop_all()
            fault.make(deployment)
            if name in NAMED:
                fleet.await_ends(f"{deployment.prefix}.case-state")
            fleet.kill_all()
            if name == "deleted":
                assert run_command(deployment, "topics", "create")[0] == 0
            mend(deployment, fault, fleet, result)
        fleet.finish()
        assert result.faults == faults

    def test_one_that_is_truncated(
        self,
        kafka_needed: None,
        namespace: str,
        docket: Docket,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        tmp_path: Path,
    ) -> None:
        """The broker crashes and loses its last writes, as in an unclean leader election."""
        fault = StateFault(
            lambda _: None, "the state is older than its offsets: the changelog was truncated at its end"
        )
        with KafkaBroker(tmp_path / "kafka") as broker:
            deployment = Deployment(broker.bootstrap, namespace).create()
            fleet = fleets(deployment, broker_may_be_away=True)
            sizes: dict[Path, int] = {}
            for number, (events, until) in enumerate(pieces(docket, 2 * scale.faults + 1)):
                fleet.await_ready()
                deployment.feed(events, until=until)
                fleet.await_passed(until)
                if number % 2 == 0:
                    sizes = {file: file.stat().st_size for file in _segments(broker, deployment)}
                    continue
                if number % 4 == 3:
                    fleet.stop_all()
                broker.kill()
                for file, size in sizes.items():
                    os.truncate(file, size)
                broker.start()
                result.broker_restarts += 1
                fleet.kill_all()
                mend(deployment, fault, fleet, result)
            fleet.finish()
            assert result.faults == scale.faults


def _segments(broker: KafkaBroker, deployment: Deployment) -> list[Path]:
    """Return the changelog files that the broker writes now."""
    names = [f"{deployment.prefix}.case-state-{number}" for number in range(deployment.partitions)]
    return [max((broker.data / name).glob("*.log")) for name in names]
