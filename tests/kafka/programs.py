"""The programs that pages name, as scripts in a folder of a test: docketwatch, and the tools of Apache Kafka."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.kafka.jars import jars, java
from tests.kafka.waiting import LIMIT

__all__ = ["KAFKA_TOOLS", "Shell"]

KAFKA_TOOLS: Final = {
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-get-offsets.sh": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
}
"""Each tool of Kafka's own package by the class that it starts."""


class Shell:
    """Runs commands of a page in a folder.

    Args:
        folder: Where they run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        programs = folder / "programs"
        programs.mkdir()
        for name, main in KAFKA_TOOLS.items():
            _script(programs / name, _logging_to_stderr(folder, java(jars(), 128, main)))
        _script(programs / "docketwatch", [sys.executable, "-P", "-m", "streams.cli.main"])
        self._path = f"{programs}:{os.environ['PATH']}"

    def run(self, commands: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run commands until one fails."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self._folder, env={**environment, "PATH": self._path},
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip


def _script(path: Path, words: list[str]) -> None:
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)


def _logging_to_stderr(folder: Path, words: list[str]) -> list[str]:
    """Return the command with a configuration as in Kafka's own package: the output is that of the tool alone."""
    at = next(index for index, word in enumerate(words) if "log4j2" in word)
    config = Path(words[at].partition("=")[2])
    own = folder / "log4j2.yaml"
    own.write_text(config.read_text().replace("      name: out\n", "      name: out\n      target: SYSTEM_ERR\n"))
    return [*words[:at], f"-Dlog4j2.configurationFile={own}", *words[at + 1 :]]
