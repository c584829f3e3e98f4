"""`docketwatch load` without files: the records that workers have published."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.instants import to_text
from tests.kafka.docket import Docket, Place, Running

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]


def load(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process."""
    command = [sys.executable, "-m", "streams.cli.main", "load", "--json", *words]
    return subprocess.run(command, env=place.environment, capture_output=True, text=True, check=False, timeout=60)


def without_instants(document: dict[str, Any]) -> dict[str, Any]:
    """A partition publishes as of its own clock; all-zero rows may be missing (CONTRACT.md §8)."""
    for records in (document["offices"], document["officers"]):
        for record in records:
            del record["as_of"]
    del document["as_of"]
    document["officers"] = [each for each in document["officers"] if each["open_cases"] or each["status"]]
    return document


class TestLoad:
    def test_workers_and_files_agree(self, embedded_broker: str, namespace: str, tmp_path: Path) -> None:
        """Offices, officers and what the need rests on are what the log gives at the same instant."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        place.feed(docket.events, until=docket.until)
        Running(place, tmp_path / "worker.log", "worker", "--clock", "log").ready().finish(docket.until)

        published, read = load(place), load(place, str(docket.log), "--until", to_text(docket.until))
        assert published.returncode == read.returncode == 0, published.stderr + read.stderr
        expected = without_instants(json.loads(read.stdout))
        assert expected["officers"]
        assert expected == without_instants(json.loads(published.stdout))

    def test_before_a_worker_ran(self, embedded_broker: str, namespace: str) -> None:
        """The command says that nothing is published."""
        printed = load(Place(embedded_broker, namespace, delivery="ordered").create())
        assert (printed.returncode, printed.stderr) == (2, "docketwatch: no worker has published a load yet\n")
