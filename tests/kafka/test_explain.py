"""`docketwatch explain` without files: a case as the workers keep it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.instants import to_ms, to_text
from schemas.policy import load_policy
from tests.driver import hot_event
from tests.kafka.docket import Docket, Place, Running
from tests.unit.cli.test_evaluate import OPENED

UNTIL = to_ms("2026-03-03T00:00:00Z")

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]


def explain(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli.main", "explain", *words]
    return subprocess.run(command, env=place.environment, capture_output=True, text=True, check=False, timeout=60)


class TestExplain:
    def test_workers_and_files_tell_the_same(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """The facts, anchors and deadlines of a lost case are those that the log itself gives."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        case_id = json.loads(docket.said.alerts[-1])["case_id"]
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        place.feed(docket.events, until=docket.until)
        Running(place, tmp_path / "worker.log", "worker", "--clock", "log").ready().finish(docket.until)

        kept = explain(place, case_id)
        read = explain(place, case_id, str(docket.log), "--until", to_text(docket.until))
        assert kept.returncode == read.returncode == 0, kept.stderr + read.stderr
        assert "office" in kept.stdout
        # but for the first line: a partition keeps its clock as of the last time that something changed
        assert read.stdout.splitlines()[1:] == kept.stdout.splitlines()[1:]

    def test_it_explains_by_the_policy_of_the_workers(
        self, embedded_broker: str, namespace: str, tmp_path: Path
    ) -> None:
        """One of the same name and version is refused, and both hashes are named; theirs is taken."""
        theirs = tmp_path / "theirs.toml"
        theirs.write_text(
            'name = "default"\nversion = "1"\nreview_by = 2027-12-31\n[causes.no_officer]\nafter = "1h"\n'
        )
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        place.feed([hot_event(OPENED)], until=UNTIL)
        words = ("worker", "--clock", "log", "--policy", str(theirs))
        Running(place, tmp_path / "worker.log", *words).ready().finish(UNTIL)

        refused = explain(place, "case-1")
        assert refused.returncode == 2
        assert refused.stderr == (
            f"docketwatch: the workers judged case case-1 by default@1 ({load_policy(theirs).hash}), not by default@1 "
            f"({load_policy().hash}): name the file of theirs with --policy, or this would explain what they did not "
            "decide\n"
        )
        told = explain(place, "case-1", "--policy", str(theirs))
        assert told.returncode == 0, told.stderr
        assert f"policy default@1 ({load_policy(theirs).hash})" in told.stdout
        assert "! no_officer (agency): stands" in told.stdout

    def test_a_packaged_policy_of_the_workers_is_found(
        self, embedded_broker: str, namespace: str, tmp_path: Path
    ) -> None:
        """By its hash, without being named."""
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        place.feed([hot_event(OPENED)], until=UNTIL)
        words = ("worker", "--clock", "log", "--policy", "permits")
        Running(place, tmp_path / "worker.log", *words).ready().finish(UNTIL)

        told = explain(place, "case-1")
        assert told.returncode == 0, told.stderr
        assert f"policy {load_policy('permits').id} ({load_policy('permits').hash})" in told.stdout

    def test_a_case_that_no_worker_knows_is_said(self, embedded_broker: str, namespace: str) -> None:
        """One sentence, exit code 2."""
        told = explain(Place(embedded_broker, namespace, delivery="ordered").create(), "case-1")
        assert told.returncode == 2
        assert told.stderr.startswith("docketwatch: no event of case case-1 was seen by a worker; if that is an id of")
        assert told.stderr.count("\n") == 1

    def test_a_broker_that_is_not_there_is_said(self) -> None:
        """One sentence that names the broker."""
        told = explain(Place("127.0.0.1:9", "nowhere"), "case-1")
        assert told.returncode == 2
        assert "127.0.0.1:9" in told.stderr
        assert told.stderr.count("\n") == 1
