"""The peers' environments: virtual environments and a jar under the benchmark's own directory.

No peer is installed beside docketwatch: the requirements of Quix Streams would not fit.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.kafka.jars import KafkaMissingError

__all__ = ["STREAMS_VERSION", "Homes"]

_HERE: Final = Path(__file__).parent
STREAMS_VERSION: Final = re.findall(
    "<kafka.version>(.*)</kafka.version>", (_HERE / "kafka_streams" / "pom.xml").read_text()
)[0]
_BUILD_SECONDS: Final = 900.0


class Homes:
    """Environments that are made on demand and kept for the next run of the benchmark.

    Args:
        directory: Their directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._class_paths: dict[str, str] = {}

    def python(self, name: str, *requirements: str) -> Path:
        """Return the interpreter of an environment of that name with those packages."""
        home = self._directory / f"venv-{name}"
        python, ready = home / "bin" / "python", home / "ready"
        if not ready.exists() or ready.read_text() != " ".join(requirements):
            _run([sys.executable, "-m", "venv", "--clear", str(home)])
            _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements])
            ready.write_text(" ".join(requirements))
        return python

    def java_class_path(self, program: str = "kafka_streams") -> str:
        """Return the class path of a program on Kafka Streams, which Maven builds.

        Args:
            program: The folder beside this file that holds its pom.xml.
        """
        target = self._directory / program.replace("_", "-")
        if program in self._class_paths:
            return self._class_paths[program]
        pom = _HERE / program / "pom.xml"
        goals = ["package", "dependency:copy-dependencies"]
        try:
            _run(["mvn", "-q", "-B", "-f", str(pom), f"-DbuildDirectory={target}", *goals])
        except FileNotFoundError as error:
            raise KafkaMissingError("no mvn on PATH: Kafka Streams cannot be built") from error
        self._class_paths[program] = f"{target}/*:{target}/lib/*"
        return self._class_paths[program]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
