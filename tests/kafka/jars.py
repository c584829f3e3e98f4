"""The jars of Apache Kafka, which Maven fetches once, and the command that runs one of their classes."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["VERSION", "KafkaMissingError", "jars", "java"]

VERSION: Final = "4.3.1"
_DEPLOY: Final = Path(__file__).parents[2] / "deploy" / "kafka"
_FETCH_SECONDS: Final = 600.0
_JAVA: Final = ("-XX:+UseParallelGC", "-XX:ActiveProcessorCount=2", "-Djava.awt.headless=true")


class KafkaMissingError(Exception):
    """Apache Kafka is not available; the text says why."""


def jars() -> Path:
    """Return the directory of the broker's jars; fetch them if it does not exist.

    Raises:
        KafkaMissingError: There is no java or no mvn, or Maven cannot fetch the jars.
    """
    if shutil.which("java") is None:
        raise KafkaMissingError("no java on PATH: install a JRE, 17 or later")
    given = os.environ.get("DOCKETWATCH_KAFKA_LIB")
    library = Path(given) if given else Path.home() / ".cache" / "docketwatch" / f"kafka-{VERSION}"
    library.parent.mkdir(parents=True, exist_ok=True)
    with (library.parent / f"{library.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of parallel test runs only one fetches
        if not any(library.glob("kafka_*.jar")):
            _fetch(library)
    return library


def java(library: Path, heap_mb: int, main: str, *arguments: str, for_long: bool = False) -> list[str]:
    """Return the command that runs a class.

    Args:
        library: The directory of the jars.
        heap_mb: Its maximum heap.
        main: The class.
        arguments: Its arguments.
        for_long: Whether it runs long enough for the optimising compiler, which doubles the cost of a start.
    """
    program = shutil.which("java")
    assert program is not None
    logging = f"-Dlog4j2.configurationFile={_DEPLOY / 'log4j2.yaml'}"
    heap = (f"-Xms{heap_mb // 3}m", f"-Xmx{heap_mb}m")
    compiler = () if for_long else ("-XX:TieredStopAtLevel=1",)
    return [program, *heap, *compiler, *_JAVA, logging, "-cp", f"{library}/*", main, *arguments]


def _fetch(library: Path) -> None:
    if shutil.which("mvn") is None:
        raise KafkaMissingError(f"no jars in {library}, and no mvn on PATH to fetch them")
    with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
        fetched = Path(scratch) / "lib"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
        command = ["mvn", "-q", "-B", "-f", str(_DEPLOY / "pom.xml"), *goal]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise KafkaMissingError(f"mvn has not fetched the jars within {_FETCH_SECONDS:g} s") from error
        if done.returncode:
            raise KafkaMissingError(f"mvn cannot fetch the jars: {(done.stdout + done.stderr)[-2000:]}")
        if library.exists():
            shutil.rmtree(library)
        fetched.rename(library)
