"""The deadlines ahead of one docket: the same in `due`, `load`, `report`, and the metrics of console and worker."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.causes import Cause
from tests.browser.consoles import ConsoleProcess, ask
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.embedded

TOKEN = "metrics-token-of-a-test-0123456789"
WINDOWS = ("7d", "14d")
Counts = Counter[tuple[str | None, ...]]


@dataclass(frozen=True)
class DeploymentWithToken(Deployment):
    """The topics, and the file of the token that its metrics require.

    Attributes:
        token: The file.
    """

    token: Path = field(kw_only=True)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings."""
        return {**super().environment, "DOCKETWATCH_METRICS_TOKEN_FILE": str(self.token)}


@dataclass(frozen=True)
class SurfacesOfDeadlines:
    """A log, and what each surface says of the workers that have judged it.

    Attributes:
        deployment: The topics.
        docket: The log.
        due: What `due --json` prints.
        worker, console: Their metrics.
    """

    deployment: Deployment
    docket: Docket
    due: dict[str, Any]
    worker: str
    console: str


def command(deployment: Deployment, *words: str) -> dict[str, Any]:
    """Return the JSON that a command prints."""
    line = [sys.executable, "-m", "streams.cli.main", *words, "--json"]
    done = subprocess.run(line, env=deployment.environment, capture_output=True, text=True, check=False, timeout=LIMIT)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def listed(due: dict[str, Any], *names: str) -> Counts:
    """Count the deadlines that `due` lists by the values of fields and by window."""
    return Counter(
        (*(each[name] for name in names), window)
        for each in due["due"]
        for window in WINDOWS
        if window == "14d" or each["within_7d"]
    )


def counted(records: list[dict[str, Any]], name: str) -> Counts:
    """Return the counts of `load` or `report` by a field, by cause and by window."""
    return Counter(
        {
            (record[name], cause, window): number
            for record in records
            for cause, counts in record["by_cause"].items()
            for window in WINDOWS
            if (number := counts[f"within_{window}"])
        }
    )


def series(metrics: str, name: str, *labels: str) -> Counts:
    """Return the samples of a metric above 0, by these labels."""
    return Counter(
        {
            tuple(sample.labels[label] for label in labels): int(sample.value)
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
            if sample.name == name and sample.value
        }
    )


@pytest.fixture(scope="module")
def judged(embedded_broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SurfacesOfDeadlines]:
    """Run a worker over a log, then a console that has not read anything before."""
    folder = tmp_path_factory.mktemp("deadlines")
    docket = Docket.make(folder / "docket", cases=120, days=20)
    deployment = Deployment(embedded_broker, "deadlines", partitions=2, delivery="ordered").create()
    deployment.feed(docket.events, until=docket.until)
    worker = CliProcess(deployment, folder / "worker.log", "worker", "--clock", "log").ready()
    (folder / "token").write_text(TOKEN)
    metrics = ""
    try:
        wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
        with_token = DeploymentWithToken(
            deployment.broker, deployment.prefix, deployment.partitions, token=folder / "token"
        )
        console = ConsoleProcess(with_token, folder / "console")
        try:
            console.await_data()

            def has_read() -> bool:
                nonlocal metrics
                metrics = ask(f"{console.url}metrics", headers={"Authorization": f"Bearer {TOKEN}"})[1]
                return "docketwatch_deadlines_ahead{" in metrics

            wait_until(has_read, "a console that has read the deadlines")
        finally:
            console.child.kill()
        yield SurfacesOfDeadlines(deployment, docket, command(deployment, "due"), worker.metrics(), metrics)
    finally:
        worker.child.kill()


class TestOfTheWorkers:
    def test_in_load(self, judged: SurfacesOfDeadlines) -> None:
        """`load --deadlines` has those of `due` by office and by officer, each by cause; all together come first."""
        found = command(judged.deployment, "load", "--deadlines")["deadlines"]
        assert judged.due["as_of"] == found["as_of"]
        whole, *offices = found["offices"]
        assert listed(judged.due, "office", "cause") == counted(offices, "office")
        assert listed(judged.due, "officer_id", "cause") == counted(found["officers"], "officer_id")
        assert listed(judged.due, "cause") == Counter(
            {(cause, window): number for (_, cause, window), number in counted([whole], "office").items()}
        )
        assert ("*", len(judged.due["due"])) == (whole["office"], whole["within_14d"])

    def test_without_the_option(self, judged: SurfacesOfDeadlines) -> None:
        """`load` of what is published reads no case, and says that it does not know."""
        assert command(judged.deployment, "load")["deadlines"] is None

    def test_in_the_metrics_of_the_console(self, judged: SurfacesOfDeadlines) -> None:
        """By office and cause, and by officer and office."""
        assert listed(judged.due, "office", "cause") == series(
            judged.console, "docketwatch_deadlines_ahead", "office", "cause", "within"
        )
        with_officer = {**judged.due, "due": [each for each in judged.due["due"] if each["officer_id"]]}
        assert listed(with_officer, "officer_id", "office") == series(
            judged.console, "docketwatch_officer_deadlines_ahead", "officer", "office", "within"
        )

    def test_in_the_metrics_of_the_worker(self, judged: SurfacesOfDeadlines) -> None:
        """An officer's cases with a deadline are those of the officer's record, and of the list."""
        records = command(judged.deployment, "load")["officers"]
        expected = {(each["officer_id"],): each["deadlines_7d"] for each in records if each["deadlines_7d"]}
        assert expected == series(judged.worker, "docketwatch_officer_deadlines_7d", "officer")
        cases = {(each["officer_id"], each["case_id"]) for each in judged.due["due"] if each["within_7d"]}
        assert expected == Counter((officer,) for officer, _ in cases if officer)


class TestOfALog:
    def test_in_load_and_report(self, judged: SurfacesOfDeadlines) -> None:
        """At the end of a week, `due`, `load` and `report` of a log have the same deadlines of an office."""
        log, deployment = str(judged.docket.log), judged.deployment
        report = command(deployment, "report", log, "--office", "WAS", "--week", "2026-W03")
        due = command(deployment, "due", log, "--until", report["until"])
        ahead = command(deployment, "load", log, "--until", report["until"])["deadlines"]
        of_office = {**due, "due": [each for each in due["due"] if each["office"] == "WAS"]}
        assert of_office["due"]
        assert listed(of_office, "officer_id", "cause") == counted(report["deadlines"], "officer_id")
        assert listed(of_office, "cause") == Counter(
            {
                (cause.value, window): number
                for cause in Cause
                for window in WINDOWS
                if (number := report["causes"][cause.value][f"due_{window}"])
            }
        )
        assert listed(due, "office", "cause") == counted(ahead["offices"][1:], "office")
        assert listed(due, "officer_id", "cause") == counted(ahead["officers"], "officer_id")
