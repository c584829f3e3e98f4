"""Settings of a benchmarked program: environment variables, which Python and Java both read."""

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Task", "until_asked_to_stop"]


@dataclass(frozen=True)
class Task:
    """One run of one program.

    Attributes:
        broker: Kafka's address, host:port.
        topic: The input topic, read from its beginning.
        group: Consumer group or application id; a new one each run.
        changelog: The topic of the state, if the program can choose it.
        partitions: Partitions of both topics.
        commit_ms: Time between two commits.
        directory: For files; empty at the start.
    """

    broker: str
    topic: str
    group: str
    changelog: str
    partitions: int
    commit_ms: int
    directory: Path

    @classmethod
    def given(cls) -> Self:
        """Return the task that this process was started with."""
        return cls(
            broker=os.environ["BENCH_BROKER"],
            topic=os.environ["BENCH_TOPIC"],
            group=os.environ["BENCH_GROUP"],
            changelog=os.environ["BENCH_CHANGELOG"],
            partitions=int(os.environ["BENCH_PARTITIONS"]),
            commit_ms=int(os.environ["BENCH_COMMIT_MS"]),
            directory=Path(os.environ["BENCH_DIRECTORY"]),
        )

    @property
    def environment(self) -> dict[str, str]:
        """Return the same as variables of a process to start."""
        return {
            "BENCH_BROKER": self.broker,
            "BENCH_TOPIC": self.topic,
            "BENCH_GROUP": self.group,
            "BENCH_CHANGELOG": self.changelog,
            "BENCH_PARTITIONS": str(self.partitions),
            "BENCH_COMMIT_MS": str(self.commit_ms),
            "BENCH_DIRECTORY": str(self.directory),
        }


def until_asked_to_stop() -> threading.Event:
    """Return an event that SIGTERM sets; call it in the main thread."""
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    return asked
