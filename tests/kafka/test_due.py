"""`docketwatch due` and `docketwatch report` without files: the workers' cases, and the events of the topics."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.instants import to_text
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT

pytestmark = pytest.mark.embedded


def due(deployment: Deployment, *words: str, name: str = "due") -> subprocess.CompletedProcess[str]:
    """Run the command, or another one, as a process."""
    command = [sys.executable, "-m", "streams.cli.main", name, "--json", *words]
    return subprocess.run(
        command, env=deployment.environment, capture_output=True, text=True, check=False, timeout=LIMIT
    )


class TestDue:
    def test_workers_and_files_agree(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """The workers' state has every deadline within 30 days that the log gives, and no other."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        deployment.feed(docket.events, until=docket.until)
        CliProcess(deployment, tmp_path / "worker.log", "worker", "--clock", "log").ready().finish(docket.until)

        kept, read = due(deployment), due(deployment, str(docket.log), "--until", to_text(docket.until))
        assert kept.returncode == read.returncode == 0, kept.stderr + read.stderr
        expected = json.loads(read.stdout)
        assert expected["due"]
        assert expected == json.loads(kept.stdout)

    def test_without_an_event(self, embedded_broker: str, namespace: str) -> None:
        """The command says that there is no state."""
        printed = due(Deployment(embedded_broker, namespace, delivery="ordered").create())
        assert (printed.returncode, printed.stderr) == (2, "docketwatch: no worker has judged an event yet\n")


class TestReport:
    def test_topics_and_files_agree(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """While the topics hold the docket from its beginning, the report of them is that of the log."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        deployment.feed(docket.events, until=docket.until)
        words = ("--office", "WAS", "--week", "2026-W03")
        of_topics, of_files = (
            due(deployment, *words, name="report"),
            due(deployment, str(docket.log), *words, name="report"),
        )
        assert of_topics.returncode == of_files.returncode == 0, of_topics.stderr + of_files.stderr
        document, expected = json.loads(of_topics.stdout), json.loads(of_files.stdout)
        assert document.pop("log") == [f"the input topics ({len(docket.events):,} events)"]
        del expected["log"]
        assert expected == document
