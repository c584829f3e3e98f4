"""Processes of a deployment: a worker or another command, and the workers of one test."""

import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Self

from streams.process.child_process import ChildProcess
from tests.kafka.deployment import Deployment
from tests.kafka.progress import have_passed
from tests.kafka.waiting import LIMIT, wait_until

__all__ = ["CliProcess", "Workers"]


class CliProcess:
    """A worker process, or any other process of docketwatch.

    Args:
        deployment: Its topics.
        log: File for its output.
        data: Its data directory; a directory beside the log when left out.
        words: Its command line.
    """

    def __init__(self, deployment: Deployment, log: Path, *words: str, data: Path | None = None) -> None:
        self._deployment = deployment
        self.child = ChildProcess(
            self.command(*words), log, environment=deployment.environment_with(data or log.with_suffix(".data"))
        )

    def command(self, *words: str) -> list[str]:
        """Return the program and its arguments."""
        # -P: otherwise the caller's folder comes before the checkout, and every release is this one
        return [self._deployment.python, "-P", "-m", "streams.cli.main", *words]

    def ready(self) -> Self:
        """Wait until it is ready."""
        wait_until(lambda: "ready:" in self.output() or self._ended(), "a worker that is ready")
        return self

    def _ended(self) -> bool:
        assert self.child.exit_code is None, self.output()
        return False

    def output(self) -> str:
        """Return its output so far."""
        return self.child.output()

    def metrics(self) -> str:
        """Return its metrics, as text.

        Raises:
            OSError: It ended, perhaps during its answer.
        """
        url = self.output().rpartition("metrics http://")[2].split()[0]
        try:
            # limit: a paused worker never answers, and callers ask again
            with urllib.request.urlopen(f"http://{url}", timeout=60) as answer:
                text: str = answer.read().decode()
        except HTTPException as error:  # the library reports a partial answer by another error
            raise ConnectionResetError(f"the worker at {url} ended while it answered") from error
        return text

    def values(self, name: str) -> list[float]:
        """Return the values of a metric, one per label set."""
        lines = [line for line in self.metrics().splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return [float(line.rpartition(" ")[2]) for line in lines]

    def total(self, name: str) -> int:
        """Return the sum of a counter over its labels."""
        self._ended()
        return int(sum(self.values(name)))

    def has_passed(self, until: int) -> bool:
        """Return whether it owns every partition, and each is past an instant (ms), its officers' loads too."""
        self._ended()
        return have_passed([self.metrics()], self._deployment.partitions, until)

    def finish(self, until: int) -> None:
        """Wait until everything up to an instant is processed; then stop it with SIGTERM."""
        wait_until(lambda: self.has_passed(until), "a worker that has worked through the log")
        self.stop()

    def stop(self) -> None:
        """Stop it with SIGTERM."""
        self.child.stop(grace=LIMIT)
        assert self.child.exit_code == 0, self.output()


class Workers:
    """Worker processes of a test.

    Args:
        directory: For their logs.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.running: list[CliProcess] = []

    def start(self, deployment: Deployment, *words: str, data: Path | None = None) -> CliProcess:
        """Start a worker; it uses the log's clock unless `words` say otherwise."""
        log = self._directory / f"worker-{len(self.running)}.log"
        worker = CliProcess(deployment, log, "worker", *(words or ("--clock", "log")), data=data)
        self.running.append(worker)
        return worker

    def alive(self) -> list[CliProcess]:
        """Return the workers that have not ended."""
        return [worker for worker in self.running if worker.child.exit_code is None]

    def end(self) -> None:
        """End all that still run, including those that are paused."""
        for worker in self.alive():
            worker.child.kill()
