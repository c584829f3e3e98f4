"""`docketwatch load` without files: the records that workers have published."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from schemas.instants import to_text
from schemas.policy import load_policy
from streams.cli.office_study.answering import ahead
from streams.core.policy.rules import Rules
from streams.tools import docket_events
from streams.web.studies.answers import CurveOfOffice, OfficeAhead
from streams.web.studies.questions import AheadQuestion, StudyOrder
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT

pytestmark = pytest.mark.embedded


def load(deployment: Deployment, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process."""
    command = [sys.executable, "-m", "streams.cli.main", "load", "--json", *words]
    return subprocess.run(
        command, env=deployment.environment, capture_output=True, text=True, check=False, timeout=LIMIT
    )


def without_unchanged(document: dict[str, Any]) -> dict[str, Any]:
    """A load has the instant of its last change; all-zero rows may be missing (CONTRACT.md §8)."""
    for record in document["officers"]:
        del record["as_of"]
    document["officers"] = [each for each in document["officers"] if each["open_cases"] or each["status"]]
    return document


@dataclass(frozen=True)
class JudgedLog:
    """A log, and the topics of workers that have judged it."""

    docket: Docket
    deployment: Deployment

    def read(self, command: str) -> dict[str, Any]:
        """Return what a command says of the log at its end."""
        words = [str(self.docket.log), "--until", to_text(self.docket.until), "--json"]
        line = [sys.executable, "-m", "streams.cli.main", command, *words]
        document: dict[str, Any] = json.loads(
            subprocess.run(line, check=True, capture_output=True, timeout=LIMIT).stdout
        )
        return document

    def order(self) -> StudyOrder:
        """Return the order of a console that has no log."""
        policy, deployment = load_policy(), self.deployment
        document = policy.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"review_by"})
        broker = (deployment.broker, deployment.prefix, deployment.partitions)
        return StudyOrder(AheadQuestion(), document, policy.review_by, *broker, (), self.docket.until)


@pytest.fixture(scope="module")
def judged(embedded_broker: str, tmp_path_factory: pytest.TempPathFactory) -> JudgedLog:
    """Run a worker over a log."""
    folder = tmp_path_factory.mktemp("judged")
    docket = Docket.make(folder / "docket", cases=60, days=20)
    deployment = Deployment(embedded_broker, "judged", delivery="ordered").create()
    deployment.feed(docket.events, until=docket.until)
    CliProcess(deployment, folder / "worker.log", "worker", "--clock", "log").ready().finish(docket.until)
    return JudgedLog(docket, deployment)


class TestLoad:
    def test_workers_and_files_agree(self, judged: JudgedLog) -> None:
        """Offices, officers and what the need rests on are what the log gives at the same instant."""
        deployment, docket = judged.deployment, judged.docket
        published, read = (
            load(deployment, "--deadlines"),
            load(deployment, str(docket.log), "--until", to_text(docket.until)),
        )
        assert published.returncode == read.returncode == 0, published.stderr + read.stderr
        expected = without_unchanged(json.loads(read.stdout))
        assert expected["officers"]
        assert expected == without_unchanged(json.loads(published.stdout))

    def test_before_a_worker_ran(self, embedded_broker: str, namespace: str) -> None:
        """The command says that nothing is published."""
        printed = load(Deployment(embedded_broker, namespace, delivery="ordered").create())
        assert (printed.returncode, printed.stderr) == (2, "docketwatch: no worker has published a load yet\n")


class TestOfficesAhead:
    def test_the_input_topics_stand_for_the_log(self, judged: JudgedLog) -> None:
        """The page of offices shows of them what `forecast` and `balance` say of the log."""
        answer = ahead(judged.order(), Rules(load_policy()))
        assert msgspec.convert(judged.read("forecast")["offices"], list[OfficeAhead]) == answer.offices
        assert msgspec.convert(judged.read("balance")["offices"], list[CurveOfOffice]) == answer.curves
        assert answer.source == f"the input topics ({len(judged.docket.events):,} events)"

    def test_topics_that_hold_too_many_events(self, judged: JudgedLog, monkeypatch: pytest.MonkeyPatch) -> None:
        """The curves are of the workers' state; in place of the forecast stands why there is none."""
        monkeypatch.setattr(docket_events, "MOST_EVENTS", 10)
        answer = ahead(judged.order(), Rules(load_policy()))
        assert msgspec.convert(judged.read("balance")["offices"], list[CurveOfOffice]) == answer.curves
        assert [] == answer.offices
        assert answer.source.startswith("the workers' state, ")
        assert answer.no_forecast == (
            "The input topics hold more than 10 events: name an event log in DOCKETWATCH_CONSOLE_EVENT_LOG"
        )
