"""`docketwatch explain` without files: a case from the workers' changelog."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.instants import to_ms, to_text
from schemas.policy import load_policy
from tests.driver import hot_event
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT
from tests.unit.cli.test_evaluate import OPENED

UNTIL = to_ms("2026-03-03T00:00:00Z")

pytestmark = pytest.mark.embedded


def explain(deployment: Deployment, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli.main", "explain", *words]
    return subprocess.run(
        command, env=deployment.environment, capture_output=True, text=True, check=False, timeout=LIMIT
    )


class TestExplain:
    def test_workers_and_files_give_the_same(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """The facts, anchors and deadlines of a lost case are those that the log itself gives."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        case_id = json.loads(docket.expected.alerts[-1])["case_id"]
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        deployment.feed(docket.events, until=docket.until)
        CliProcess(deployment, tmp_path / "worker.log", "worker", "--clock", "log").ready().finish(docket.until)

        kept = explain(deployment, case_id)
        read = explain(deployment, case_id, str(docket.log), "--until", to_text(docket.until))
        assert kept.returncode == read.returncode == 0, kept.stderr + read.stderr
        assert "office" in kept.stdout
        assert read.stdout == kept.stdout

    def test_it_explains_by_the_workers_policy(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """Another policy of that name and version is refused with both hashes; the workers' own is accepted."""
        theirs = tmp_path / "theirs.toml"
        theirs.write_text(
            'name = "default"\nversion = "1"\nreview_by = 2027-12-31\n[causes.no_officer]\nafter = "1h"\n'
        )
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        deployment.feed([hot_event(OPENED)], until=UNTIL)
        words = ("worker", "--clock", "log", "--policy", str(theirs))
        CliProcess(deployment, tmp_path / "worker.log", *words).ready().finish(UNTIL)

        refused = explain(deployment, "case-1")
        assert refused.returncode == 2
        assert refused.stderr == (
            f"docketwatch: the workers judged case case-1 by default@1 ({load_policy(theirs).hash}), not by default@1 "
            f"({load_policy().hash}): name the file of theirs with --policy, or this would explain what they did not "
            "decide\n"
        )
        done = explain(deployment, "case-1", "--policy", str(theirs))
        assert done.returncode == 0, done.stderr
        assert f"policy default@1 ({load_policy(theirs).hash})" in done.stdout
        assert "! no_officer (agency): stands" in done.stdout

    def test_a_packaged_policy_is_found(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """The command finds it by its hash, without an option."""
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        deployment.feed([hot_event(OPENED)], until=UNTIL)
        words = ("worker", "--clock", "log", "--policy", "permits")
        CliProcess(deployment, tmp_path / "worker.log", *words).ready().finish(UNTIL)

        done = explain(deployment, "case-1")
        assert done.returncode == 0, done.stderr
        assert f"policy {load_policy('permits').id} ({load_policy('permits').hash})" in done.stdout

    def test_an_unknown_case_is_reported(self, embedded_broker: str, namespace: str) -> None:
        """The command prints one sentence and exits with code 2."""
        done = explain(Deployment(embedded_broker, namespace, delivery="ordered").create(), "case-1")
        assert done.returncode == 2
        assert done.stderr.startswith("docketwatch: no event of case case-1 was seen by a worker; if that is an id of")
        assert done.stderr.count("\n") == 1

    def test_a_missing_broker_is_reported(self) -> None:
        """One sentence names the broker."""
        done = explain(Deployment("127.0.0.1:9", "nowhere"), "case-1")
        assert done.returncode == 2
        assert "127.0.0.1:9" in done.stderr
        assert done.stderr.count("\n") == 1
