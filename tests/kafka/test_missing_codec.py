"""The worker and the commands without the library that unpacks records: one sentence at the start, and no work."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kafka.damage import MeteredDeployment, published
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.producers import send_by_librdkafka
from tests.kafka.same_outputs import assert_same
from tests.kafka.test_codecs import by_topic
from tests.kafka.waiting import LIMIT

pytestmark = pytest.mark.kafka

SENTENCE = (
    "docketwatch: records that are compressed with snappy, lz4, zstd cannot be read, because the library cramjam is "
    "not installed: `pip install cramjam`\n"
)
COMMANDS = [
    ("worker", "--clock", "log"),
    ("console", "--port", "0"),
    ("state", "check"),
    ("topics", "check"),
    ("gaps", "list"),
    ("dead-letters", "list"),
    ("alerts", "republish"),
    ("explain", "c-1"),
    ("load",),
    ("due",),
]


@dataclass(frozen=True)
class BareDeployment(MeteredDeployment):
    """A deployment whose interpreter cannot import the library.

    Attributes:
        hook: The directory of a `sitecustomize` that blocks the import.
    """

    hook: Path = Path()

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of a process."""
        found = super().environment
        return {
            **found,
            "PYTHONPATH": os.pathsep.join([str(self.hook), found["PYTHONPATH"]]),
            "DOCKETWATCH_CONSOLE_TRUSTED_PROXIES": "127.0.0.1",  # the console asks for a way to sign in first
        }


class TestMissingLibrary:
    def test_each_command_says_so_and_ends(
        self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """The topics hold zstd records, and nothing is published; with the library the same records are read."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        deployment = MeteredDeployment(apache_kafka, namespace).create()
        for name, records in by_topic(deployment, docket.events).items():
            send_by_librdkafka(deployment.broker, name, records, "zstd")
        deployment.feed([], until=docket.until)
        before = published(deployment)
        (tmp_path / "sitecustomize.py").write_text('import sys\n\nsys.modules["cramjam"] = None\n')
        bare = BareDeployment(apache_kafka, namespace, hook=tmp_path)
        ends = {words: self.end_of(bare, *words) for words in COMMANDS}

        assert dict.fromkeys(COMMANDS, (2, "", SENTENCE)) == ends
        assert before == published(deployment)
        workers.start(deployment).ready().finish(docket.until)
        assert_same(docket, deployment)

    @staticmethod
    def end_of(deployment: BareDeployment, *words: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error of a command."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "streams.cli.main", *words], env=deployment.environment, capture_output=True,
            text=True, check=False, timeout=LIMIT,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr
