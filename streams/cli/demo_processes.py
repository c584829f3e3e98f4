"""The processes of `demo`: broker, worker, console and replay, which always end together."""

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
_OURS: Final = "docketwatch: "  # the prefix of main's error messages


class DemoProcessEndedError(DocketwatchError):
    """A process ended unexpectedly; the text has its last output."""

    exit_code = 70


class DemoProcesses:
    """The child processes of `demo`.

    Start them from the main thread: they end with the thread that started them.

    Args:
        directory: For the files of the processes.
        port: Port of the broker; any free one by default.
        partitions: The number of partitions of every topic.
    """

    def __init__(self, directory: Path, *, port: int | None, partitions: int) -> None:
        self._directory = directory
        self._broker = EmbeddedBroker(log=directory / "broker.log", port=port)
        self._partitions = partitions
        self._worker: ChildProcess | None = None
        self._console: ChildProcess | None = None
        self._replay: ChildProcess | None = None
        self._is_ending = False
        self.settings: Settings

    def start_broker(self) -> None:
        """Run the broker and create the topics.

        Raises:
            BrokerError: The port is taken, or the broker does not come up.
        """
        self._broker.start()
        self.settings = Settings.embedded(self._broker.port, partitions=self._partitions)
        with AdminClient(self.settings) as admin:
            create_topics(admin, self.settings)

    def start_worker(self, metrics_port: int, policy: Path | None) -> None:
        """Run a worker with `--clock log`."""
        words = ["worker", "--clock", "log", "--metrics-port", str(metrics_port)]
        self._worker = self._run("worker", [*words, *(["--policy", str(policy)] if policy else [])])

    def start_console(self, port: int, policy: Path | None, log: Path) -> str:
        """Run a console with one new supervisor token.

        Args:
            port: Its port.
            policy: The policy; None is the packaged default.
            log: The log that will be replayed, of which it makes reports.

        Returns:
            Its URL, with the token in the fragment.
        """
        token = secrets.token_urlsafe(18)
        file = self._directory / "supervisors"
        file.touch(mode=0o600)
        file.write_text(f"demo {token}\n")
        words = ["console", "--port", str(port), *(["--policy", str(policy)] if policy else [])]
        self._console = self._run(
            "console", words, CONSOLE_SUPERVISOR_TOKENS_FILE=str(file), CONSOLE_EVENT_LOG=str(log)
        )
        return f"http://127.0.0.1:{port}/#token={token}"

    def start_replay(self, log: Path, speed: str) -> None:
        """Replay a log."""
        self._replay = self._run("replay", ["replay", str(log), "--speed", speed])

    def check(self) -> None:
        """Check that all processes run.

        Raises:
            BrokerError: The broker has ended unexpectedly.
            UsageError: The log cannot be replayed; the sentence is the replay's.
            DemoProcessEndedError: The worker or the console has ended, or the replay failed.
        """
        self._broker.wait(0)
        for name, child in (("worker", self._worker), ("console", self._console)):
            if child is not None and child.exit_code is not None:
                raise DemoProcessEndedError(_exit_message(name, child))
        if self._replay is not None and self._replay.exit_code:
            output = self._replay.output().strip().rpartition(_OURS)[2]
            if self._replay.exit_code == UsageError.exit_code and output:
                raise UsageError(output)  # the sentence names the file, the line and the field
            raise DemoProcessEndedError(_exit_message("replay", self._replay))

    @property
    def is_played(self) -> bool:
        """Whether the replay has finished."""
        return self._replay is not None and self._replay.exit_code == 0

    def request_exit(self) -> None:
        """Send SIGTERM to the worker, the console and the replay without waiting; for a signal handler."""
        self._is_ending = True
        for child in self._children():
            os.kill(child.pid, signal.SIGTERM)

    def stop(self) -> None:
        """End all processes within about three seconds; a broker in memory has nothing to save."""
        children = self._children()
        if not self._is_ending:
            self.request_exit()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in children:
            if child.wait(max(0.0, deadline - time.monotonic())) is None:
                child.kill()
        self._broker.stop(grace=0.2)  # its only clients have ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # a second Ctrl-C must not leave a process behind
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
        variables = {
            "BROKERS": settings.brokers,
            "GROUP": settings.group,
            "PREFIX": settings.prefix,
            "DELIVERY": settings.delivery,
            "DATA_DIR": str(self._directory),
            "SESSION_TIMEOUT": f"{settings.session_timeout.total_seconds():.0f}s",
            **more,
        }
        # settings for another cluster, such as credentials, must not reach this one
        others = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
        environment = {**others, **{f"DOCKETWATCH_{key}": value for key, value in variables.items()}}
        return ChildProcess(
            [sys.executable, "-m", "streams.cli.main", *words], self._directory / f"{name}.log", environment=environment
        )


def usable_port(wanted: int | None, usual: int, what: str) -> int:
    """The wanted port, else the usual one if it is free, else any free one.

    Raises:
        UsageError: The wanted port is in use.
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


def _exit_message(name: str, child: ChildProcess) -> str:
    last = "\n".join(child.output().strip().splitlines()[-_LAST_LINES:])
    return f"the {name} ended unexpectedly with code {child.exit_code}; its last output:\n{last}"
