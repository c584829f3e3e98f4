"""A worker that a command starts and stops itself."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from streams.errors import BrokerError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.process.child_process import ChildProcess

__all__ = ["own_worker", "still_runs"]


@contextmanager
def own_worker(
    settings: "Settings",
    partitions: int,
    policy_file: Path | None,
    *,
    clock: str = "log",
    name: str,
    more: Mapping[str, str] | None = None,
) -> "Iterator[ChildProcess]":
    """Run a worker while the block runs.

    Args:
        settings: Its brokers and prefix; the environment sets the rest.
        partitions: The number of partitions of the case topics.
        policy_file: Its policy; the default when None.
        clock: `log` or `wall`.
        name: The prefix of its log file's name.
        more: Additional settings, by name without prefix.
    """
    from streams.process.child_process import ChildProcess  # imported late: --help does not need it

    words = [sys.executable, "-m", "streams.cli.main", "worker", "--clock", clock, "--metrics-port", "0"]
    if policy_file is not None:
        words += ["--policy", str(policy_file)]
    ours = {"BROKERS": settings.brokers, "PREFIX": settings.prefix, "PARTITIONS": str(partitions), **(more or {})}
    environment = {**os.environ, **{f"DOCKETWATCH_{name}": value for name, value in ours.items()}}
    worker = ChildProcess(words, settings.data_dir / f"{name}-worker.log", environment=environment)
    try:
        yield worker
    finally:
        worker.stop()


def still_runs(worker: "ChildProcess") -> None:
    """Check that a worker still runs.

    Raises:
        BrokerError: It has ended; the text has its last output.
    """
    if worker.exit_code is not None:
        output = worker.output().strip()
        last = output.rpartition("docketwatch: ")[2] if "docketwatch: " in output else output.rpartition("\n")[2]
        raise BrokerError(f"the worker ended with code {worker.exit_code}: {last}; see {worker.log}")
