"""The scale and the seed of a run, a docket and a fleet for each scenario; a run prints every result at its end."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.fleet import Fleet
from tests.chaos.scale import SCALES, Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.conftest import apache_kafka, kafka_needed, namespace, workers
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket

__all__ = [
    "StartFleet",
    "apache_kafka",
    "docket",
    "fleets",
    "kafka_needed",
    "namespace",
    "result",
    "scale",
    "seed",
    "workers",
]

StartFleet = Callable[..., Fleet]

_RESULTS: list[ScenarioResult] = []


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    """Return the scale that --chaos names."""
    return SCALES[request.config.getoption("--chaos")]


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Return the seed of --chaos-seed, or a new one per run."""
    asked: int | None = request.config.getoption("--chaos-seed")
    return random.SystemRandom().randrange(1_000_000) if asked is None else asked


@pytest.fixture(scope="session")
def docket(scale: Scale, tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate one docket for all scenarios that do not change it."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=scale.cases, days=scale.days)


@pytest.fixture
def result(request: pytest.FixtureRequest, seed: int) -> ScenarioResult:
    """Return the result of this scenario."""
    made = ScenarioResult(request.node.name, seed)
    _RESULTS.append(made)
    return made


@pytest.fixture
def fleets(docket: Docket, result: ScenarioResult, seed: int, tmp_path: Path) -> Iterator[StartFleet]:
    """Return a function that makes the scenario's fleet, and end the processes that a failed test leaves."""
    made: list[Fleet] = []

    def make(deployment: Deployment, *, log: Docket = docket, **more: Any) -> Fleet:
        moments = random.Random(f"{seed} {result.scenario}")
        made.append(Fleet(deployment, log, tmp_path, result, moments, **more))
        return made[-1]

    yield make
    for fleet in made:
        fleet.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the results, including those of passed scenarios."""
    if _RESULTS:
        terminalreporter.section("chaos")
        for result in _RESULTS:
            terminalreporter.write_line(str(result))
