"""The steps of deploy/upgrade.md on Apache Kafka: export, check, restore into empty topics, the same alerts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schemas.instants import to_text
from tests.kafka.deployment import ROOT, Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.programs import Shell

pytestmark = pytest.mark.kafka

PAGE: Final = (ROOT / "deploy" / "upgrade.md").read_text()
TOPICS: Final = ("lost-track-alerts", "restricted-alerts", "officer-alerts")


def block(mark: str) -> str:
    """Return the commands between `<!-- mark -->` and `<!-- end -->`."""
    found = re.search(rf"<!-- {mark} -->\n```\n(.*?)```\n<!-- end -->", PAGE, re.DOTALL)
    assert found, mark
    return found.group(1)


def revisions(deployment: Deployment, topic: str) -> list[str]:
    """Return every published revision without the time of its publication."""
    read = [json.loads(record.value) for record in deployment.read(topic) if record.value is not None]
    return sorted(json.dumps({**each, "observed_at": None}, sort_keys=True) for each in read)


class PageCommands:
    """Runs commands of the page in a folder, with the programs that it names.

    Args:
        folder: Where they run.
        until: The last instant of the log (ms).
    """

    def __init__(self, folder: Path, until: int) -> None:
        self._shell, self._data, self._until = Shell(folder), folder / "data", until

    def run(self, mark: str, deployment: Deployment) -> None:
        """Run a block of the page."""
        done = self._shell.run(block(mark), {**deployment.environment_with(self._data), "UNTIL": to_text(self._until)})
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Start workers, and end them after the test."""
    workers = Workers(tmp_path)
    yield workers
    workers.end()


class TestBackup:
    def test_a_restore_gives_the_same_alerts(
        self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """Every revision comes again with its id; nothing but the exported lines went from one to the other."""
        docket = Docket.make(tmp_path / "docket", cases=150, days=40)
        shell = PageCommands(tmp_path, docket.until)
        old = Deployment(apache_kafka, f"{namespace}-old").create()
        worker = workers.start(old).ready()
        old.feed(docket.events, until=docket.until)
        worker.finish(docket.until)
        before = {topic: revisions(old, topic) for topic in TOPICS}
        assert before["lost-track-alerts"]

        shell.run("back up", old)
        shell.run("check", old)
        restored = Deployment(apache_kafka, f"{namespace}-new")
        shell.run("create", restored)
        other = workers.start(restored).ready()
        shell.run("restore", restored)
        other.finish(docket.until)

        assert before == {topic: revisions(restored, topic) for topic in TOPICS}
        checked = (tmp_path / "backup" / "alerts.jsonl").read_text().splitlines()
        assert len(checked) == len(before["lost-track-alerts"]) + len(before["restricted-alerts"])
