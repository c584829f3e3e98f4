"""The length of a run, its seed, a docket and a fleet for each scenario; the end of the run prints every score."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.fleet import Fleet
from tests.chaos.scale import SCALES, Scale
from tests.chaos.score import Score
from tests.kafka.conftest import apache_kafka, kafka_needed, namespace
from tests.kafka.docket import Docket, Place

__all__ = ["StartFleet", "apache_kafka", "docket", "fleets", "kafka_needed", "namespace", "scale", "score", "seed"]

StartFleet = Callable[..., Fleet]

_SCORES: list[Score] = []


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
def score(request: pytest.FixtureRequest, seed: int) -> Score:
    """Return the score of this scenario."""
    made = Score(request.node.name, seed)
    _SCORES.append(made)
    return made


@pytest.fixture
def fleets(docket: Docket, score: Score, seed: int, tmp_path: Path) -> Iterator[StartFleet]:
    """Return a function that makes the scenario's fleet, and end the processes that a failed test leaves."""
    made: list[Fleet] = []

    def make(place: Place, *, log: Docket = docket, **more: Any) -> Fleet:
        moments = random.Random(f"{seed} {score.scenario}")
        made.append(Fleet(place, log, tmp_path, score, moments, **more))
        return made[-1]

    yield make
    for fleet in made:
        fleet.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the scores, including those of passed scenarios."""
    if _SCORES:
        terminalreporter.section("chaos")
        for score in _SCORES:
            terminalreporter.write_line(str(score))
