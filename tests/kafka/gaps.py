"""Reads of input gaps: a worker's metrics and readiness, the audit records, and the command that accepts a gap."""

import json
import urllib.request
from typing import Any

import pytest

from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.same_outputs import without_observed_at
from tests.kafka.waiting import LIMIT, wait_until
from tests.unit.cli.test_evaluate import run


def values(deployment: Deployment, short: str = "lost-track-alerts") -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in deployment.read(short) if record.value is not None]


def alert_revisions(deployment: Deployment) -> Any:
    """Return every published revision, as comparable texts."""
    both = (*deployment.read("lost-track-alerts"), *deployment.read("restricted-alerts"))
    return without_observed_at(record.value for record in both)


def audit_records(deployment: Deployment) -> list[dict[str, Any]]:
    return values(Deployment(deployment.broker, deployment.prefix, 1), "audit")


def gaps(worker: CliProcess) -> dict[str, float]:
    """Return the metric of gaps, by its labels."""
    lines = [line for line in worker.metrics().splitlines() if line.startswith("docketwatch_input_gap_records{")]
    return {line.partition("{")[2].partition("}")[0]: float(line.rpartition(" ")[2]) for line in lines}


def labels(deployment: Deployment, short: str, number: int) -> str:
    return f'partition="{number}",topic="{deployment.prefix}.{short}"'


def clocks(worker: CliProcess) -> list[float]:
    return [seconds * 1000 for seconds in worker.values("docketwatch_clock_timestamp_seconds")]


def unread(worker: CliProcess, deployment: Deployment, *but: str) -> float:
    """Return how many records of the input the group has not read, except those of some topics."""
    lines = [line for line in worker.metrics().splitlines() if line.startswith("docketwatch_unread_records{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if not any(f'.{short}"' in line for short in but))


def readiness(worker: CliProcess) -> str:
    url = worker.output().rpartition("metrics http://")[2].split()[0].replace("/metrics", "/readyz")
    with urllib.request.urlopen(f"http://{url}", timeout=LIMIT) as answer:
        return str(answer.read().decode())


def broker_options(deployment: Deployment) -> tuple[str, ...]:
    return ("--brokers", deployment.broker, "--prefix", deployment.prefix)


def accept(capsys: pytest.CaptureFixture[str], deployment: Deployment, short: str, *words: str) -> str:
    code, out, err = run(capsys, "gaps", "accept", short, *words, "--actor", "ops-1", *broker_options(deployment))
    assert code == 0, err
    return out


def await_gap(worker: CliProcess, deployment: Deployment, short: str, *numbers: int) -> None:
    """Wait until reading stops at the gaps, and all other readable input is read."""
    wanted = {labels(deployment, short, number) for number in numbers}
    wait_until(lambda: set(gaps(worker)) == wanted, "a gap that is known")
    wait_until(lambda: unread(worker, deployment, short, "load-partials") == 0, "a worker that has read all it may")
