"""The steps of deploy/upgrade.md on Apache Kafka: export, check, restore into empty topics, the same alerts."""

import json
from pathlib import Path
from typing import Final

import pytest

from schemas.instants import to_text
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.page_commands import PageCommands
from tests.kafka.processes import Workers

pytestmark = pytest.mark.kafka

TOPICS: Final = ("lost-track-alerts", "restricted-alerts", "officer-alerts")


def revisions(deployment: Deployment, topic: str) -> list[str]:
    """Return every published revision without the time of its publication."""
    read = [json.loads(record.value) for record in deployment.read(topic) if record.value is not None]
    return sorted(json.dumps({**each, "observed_at": None}, sort_keys=True) for each in read)


class TestBackup:
    def test_a_restore_gives_the_same_alerts(
        self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """Every revision comes again with its id; nothing but the exported lines went from one to the other."""
        docket = Docket.make(tmp_path / "docket", cases=150, days=40)
        shell = PageCommands(tmp_path, UNTIL=to_text(docket.until))
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
