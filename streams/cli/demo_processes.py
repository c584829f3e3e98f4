"""The processes of `demo`: broker, worker, console and replay, ended together and never left behind."""

import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.errors import DocketwatchError, UsageError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import create_topics
from streams.process.child_process import ChildProcess
from streams.tools.embedded_broker import EmbeddedBroker

__all__ = ["DemoProcessEndedError", "DemoProcesses", "usable_port"]

_GRACE_SECONDS: Final = 2.0
_LAST_LINES: Final = 8
_OURS: Final = "docketwatch: "  # how main begins what it says


class DemoProcessEndedError(DocketwatchError):
    """A process that should run has ended by itself; the text holds the last of what it said."""

    exit_code = 70


class DemoProcesses:
    """Everything that `demo` runs beside itself.

    Start it from the main thread: what it runs ends with the thread that started it.

    Args:
        directory: For what the processes write.
        port: Port of the broker; any free one when left out.
        partitions: Of every topic.
    """

    def __init__(self, directory: Path, *, port: int | None, partitions: int) -> None:
        self._directory = directory
        self._broker = EmbeddedBroker(log=directory / "broker.log", port=port)
        self._partitions = partitions
        self._worker: ChildProcess | None = None
        self._console: ChildProcess | None = None
        self._replay: ChildProcess | None = None
        self._is_asked = False
        self.settings: Settings

    def start_broker(self) -> None:
        """Run the broker and make the topics.

        Raises:
            BrokerError: The port is taken, or the broker does not come up.
        """
        self._broker.start()
        self.settings = Settings.embedded(self._broker.port, partitions=self._partitions)
        with AdminClient(self.settings) as admin:
            create_topics(admin, self.settings)

    def start_worker(self, metrics_port: int, policy: Path | None) -> None:
        """Run a worker that keeps the log's time."""
        words = ["worker", "--clock", "log", "--metrics-port", str(metrics_port)]
        self._worker = self._run("worker", [*words, *(["--policy", str(policy)] if policy else [])])

    def start_console(self, port: int, policy: Path | None) -> str:
        """Run a console with one token, a new one, for a supervisor.

        Returns:
            Its URL, which brings the token along.
        """
        token = secrets.token_urlsafe(18)
        file = self._directory / "supervisors"
        file.touch(mode=0o600)
        file.write_text(f"demo {token}\n")
        words = ["console", "--port", str(port), *(["--policy", str(policy)] if policy else [])]
        self._console = self._run("console", words, CONSOLE_SUPERVISOR_TOKENS_FILE=str(file))
        return f"http://127.0.0.1:{port}/#token={token}"

    def start_replay(self, log: Path, speed: str) -> None:
        """Play a log."""
        self._replay = self._run("replay", ["replay", str(log), "--speed", speed])

    def check(self) -> None:
        """Whether all is as it should be.

        Raises:
            BrokerError: The broker has ended by itself.
            UsageError: The log cannot be played; the sentence is the replay's.
            ChildEndedError: The worker or the console has, or the replay failed.
        """
        self._broker.wait(0)
        for name, child in (("worker", self._worker), ("console", self._console)):
            if child is not None and child.exit_code is not None:
                raise DemoProcessEndedError(_obituary(name, child))
        if self._replay is not None and self._replay.exit_code:
            said = self._replay.said().strip().rpartition(_OURS)[2]
            if self._replay.exit_code == UsageError.exit_code and said:
                raise UsageError(said)  # one sentence says all: of a log, the file, the line and the field
            raise DemoProcessEndedError(_obituary("replay", self._replay))

    @property
    def is_played(self) -> bool:
        """Whether the log is played to its end."""
        return self._replay is not None and self._replay.exit_code == 0

    def ask_to_end(self) -> None:
        """Ask the worker, the console and the replay to end, and do not wait; for a signal handler."""
        self._is_asked = True
        for child in self._children():
            os.kill(child.pid, signal.SIGTERM)

    def stop(self) -> None:
        """End everything, in some three seconds at most; nothing in a broker in memory is worth more."""
        children = self._children()
        if not self._is_asked:
            self.ask_to_end()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in children:
            if child.wait(max(0.0, deadline - time.monotonic())) is None:
                child.kill()
        self._broker.stop(grace=0.2)  # it has no clients any more but those that we just ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Ctrl-C pressed again must not leave a process behind
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.stop()
        finally:
            signal.signal(signal.SIGINT, before)

    def _children(self) -> list[ChildProcess]:
        children = (self._replay, self._console, self._worker)
        return [child for child in children if child is not None and child.exit_code is None]

    def _run(self, name: str, words: list[str], **more: str) -> ChildProcess:
        settings = self.settings
        told = {
            "BROKERS": settings.brokers,
            "GROUP": settings.group,
            "PREFIX": settings.prefix,
            "DELIVERY": settings.delivery,
            "DATA_DIR": str(self._directory),
            "SESSION_TIMEOUT": f"{settings.session_timeout.total_seconds():.0f}s",
            **more,
        }
        # what is set for another cluster, such as its credentials, is not for this one
        others = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
        environment = {**others, **{f"DOCKETWATCH_{key}": value for key, value in told.items()}}
        return ChildProcess(
            [sys.executable, "-m", "streams.cli.main", *words], self._directory / f"{name}.log", environment=environment
        )


def usable_port(wanted: int | None, usual: int, what: str) -> int:
    """The wanted port, or the usual one when nobody has it, or any.

    Raises:
        UsageError: The wanted one is taken.
    """
    if _is_free(wanted if wanted is not None else usual):
        return wanted if wanted is not None else usual
    if wanted is not None:
        raise UsageError(f"port {wanted} of 127.0.0.1 is in use: name another one for {what}, or leave it out for any")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _obituary(name: str, child: ChildProcess) -> str:
    last = "\n".join(child.said().strip().splitlines()[-_LAST_LINES:])
    return f"the {name} ended by itself with code {child.exit_code}; it said:\n{last}"
