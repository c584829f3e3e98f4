"""The steps of deploy/upgrade.md on Apache Kafka: export, check, restore into empty topics, the same alerts."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schemas.instants import to_text
from tests.kafka.deployment import ROOT, Deployment
from tests.kafka.docket import Docket
from tests.kafka.jars import jars, java
from tests.kafka.processes import Workers
from tests.kafka.waiting import LIMIT

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


def _log_to_stderr(folder: Path, config: Path) -> Path:
    """Return a configuration that logs as the tools of Kafka's own package do: their output is that of records."""
    own = folder / "log4j2.yaml"
    own.write_text(config.read_text().replace("      name: out\n", "      name: out\n      target: SYSTEM_ERR\n"))
    return own


class PageCommands:
    """Runs commands of the page in a folder, with the programs that it names.

    Args:
        folder: Where they run.
        until: The last instant of the log (ms).
    """

    def __init__(self, folder: Path, until: int) -> None:
        self._folder, self._until = folder, until
        programs = folder / "programs"
        programs.mkdir()
        consumer = java(jars(), 128, "org.apache.kafka.tools.consumer.ConsoleConsumer")
        at = next(index for index, word in enumerate(consumer) if "log4j2" in word)
        consumer[at] = f"-Dlog4j2.configurationFile={_log_to_stderr(folder, Path(consumer[at].partition('=')[2]))}"
        for name, words in (
            ("docketwatch", [sys.executable, "-P", "-m", "streams.cli.main"]),
            ("kafka-console-consumer.sh", consumer),
        ):
            (programs / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
            (programs / name).chmod(0o755)
        self._path = f"{programs}:{os.environ['PATH']}"

    def run(self, mark: str, deployment: Deployment) -> None:
        """Run a block of the page."""
        settings = {"PATH": self._path, "UNTIL": to_text(self._until)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block(mark)],
            cwd=self._folder, env={**deployment.environment_with(self._folder / "data"), **settings},
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
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
